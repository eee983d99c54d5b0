"""Refusals of the shipping room."""

from core.kernel.errors import NotFound


class UnknownMethod(NotFound):
    """No such delivery method in this shop."""

    code = "shipping.unknown_method"


class UnknownPickupPoint(NotFound):
    """No such pick-up point in this shop."""

    code = "shipping.unknown_pickup_point"
