"""A stand-in for Stripe's API: an HTTP service that moves no money and misbehaves on command, driven by the real SDK."""

from tests.stripe_stand_in.notices import signed
from tests.stripe_stand_in.server import StripeStandIn, stripe_stand_in

__all__ = ["StripeStandIn", "signed", "stripe_stand_in"]
