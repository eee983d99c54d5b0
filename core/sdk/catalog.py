"""Products and variants as the shop sells them, their pictures and their stock, as frozen values."""

from core.commerce.catalog.listings import collection_choices as collection_choices
from core.commerce.catalog.memberships import collections_of as collections_of
from core.commerce.catalog.queries import SoldVariant as SoldVariant
from core.commerce.catalog.queries import product_titles as product_titles
from core.commerce.catalog.queries import sold_variants as sold_variants
from core.commerce.media.queries import Picture as Picture
from core.commerce.merchandising.queries import products_index as products_index
from core.commerce.reservations.stock import stock_of as stock_of
