"""What can go wrong with products, beyond a field that needs another look."""

from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_


class UnknownProduct(NotFound):
    """No such product in this shop."""

    code = "catalog.unknown_product"


class UnknownCollection(NotFound):
    """No such collection in this shop."""

    code = "catalog.unknown_collection"


class VariantGone(PinpuError):
    """A saved form names a variant that is not one of the product's."""

    code = "catalog.variant_gone"
    status = 409
    message = N_("A variant in this form does not belong to the product any more.")
    fix = N_("Reload, look at the new values and save again.")
