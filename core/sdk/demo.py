"""What a plugin's example data is played with: the real actions, under a clock that moves, paid at the test gateway."""

from core.commerce.checkout.actions import place_order as place_order
from core.commerce.checkout.actions import quote_checkout as quote_checkout
from core.commerce.customers.queries import addresses_of as addresses_of
from core.commerce.fulfilment.actions import ship_order as ship_order
from core.commerce.payments.rehearsal import Rehearsal as Rehearsal
from core.commerce.shipping.queries import shipping_methods as shipping_methods
from core.rendering.extensions import DemoSeed as DemoSeed
from core.rendering.extensions import Opening as Opening
