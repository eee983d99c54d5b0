"""What happens to the catalog that plugins may want to hear of."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event
from core.kernel.i18n import N_


class ProductsChanged(Event):
    """Products were made, edited, put on sale or put away: text, pictures, prices, variants or status."""

    name: ClassVar[str] = "catalog.products_changed"
    label: ClassVar[str] = N_("Products changed")

    product_ids: tuple[UUID, ...]
