"""Orders that exist: facts to hear of, what to offer for a late payment, and how to end an order or a pool."""

from core.commerce.orders.actions import note as note
from core.commerce.orders.events import HoldsExpired as HoldsExpired
from core.commerce.orders.events import HoldsReleased as HoldsReleased
from core.commerce.orders.events import OrderCancelled as OrderCancelled
from core.commerce.orders.events import OrderPaid as OrderPaid
from core.commerce.orders.events import OrderPlaced as OrderPlaced
from core.commerce.payments.actions.cuts import lower_price as lower_price
from core.commerce.payments.actions.deadlines import cancel_pool as cancel_pool
from core.commerce.payments.actions.deadlines import complete_pool as complete_pool
from core.commerce.payments.actions.deadlines import extend_pool as extend_pool
from core.commerce.payments.actions.refund import cancel_unshipped as cancel_unshipped
from core.commerce.payments.events import RefundDone as RefundDone
from core.commerce.payments.events import RefundRequested as RefundRequested
from core.commerce.payments.replacements import PaidOrder as PaidOrder
from core.commerce.payments.replacements import Replacement as Replacement
