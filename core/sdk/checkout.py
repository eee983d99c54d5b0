"""From a basket to an order: open a checkout for marked lines, and claim what its order needs."""

from core.commerce.checkout.actions import start_checkout as start_checkout
from core.commerce.checkout.basket import BasketLine as BasketLine
from core.commerce.checkout.claims import Claim as Claim
from core.commerce.checkout.claims import OrderClaimed as OrderClaimed
from core.commerce.orders.draft import HoldDraft as HoldDraft
