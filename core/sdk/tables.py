"""Core's tables for reading: join your own with them on `shop_id` and key, and say `shop_id =` yourself.

These are plain tables, not classes: nothing read through them can be changed and saved by accident. Amounts are minor
units, instants UTC. What core promises of them are the columns that `docs/writing_a_plugin.md` names.
"""

from typing import cast

from sqlalchemy import Table

from core.commerce.catalog.models import Product, Variant
from core.commerce.checkout.models import Checkout
from core.commerce.customers.models import Customer
from core.commerce.orders.models import Order, OrderAdjustment, OrderLine
from core.commerce.payments.models import Refund
from core.commerce.reservations.models import Pool, Reservation

CHECKOUT = cast(Table, Checkout.__table__)
CUSTOMER = cast(Table, Customer.__table__)
ORDER = cast(Table, Order.__table__)
ORDER_ADJUSTMENT = cast(Table, OrderAdjustment.__table__)
ORDER_LINE = cast(Table, OrderLine.__table__)
POOL = cast(Table, Pool.__table__)
PRODUCT = cast(Table, Product.__table__)
REFUND = cast(Table, Refund.__table__)
RESERVATION = cast(Table, Reservation.__table__)
VARIANT = cast(Table, Variant.__table__)
