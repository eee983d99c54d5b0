"""Products and variants as the shop sells them, as frozen values."""

from core.commerce.catalog.queries import SoldVariant as SoldVariant
from core.commerce.catalog.queries import sold_variants as sold_variants
from core.commerce.media.queries import Picture as Picture
