"""Pure values: money, prices, reasons and refusals; the only door for a plugin's `domain.py`."""

from core.commerce.pricing.adjustments import Adjustment as Adjustment
from core.commerce.pricing.adjustments import Kind as Kind
from core.commerce.pricing.adjustments import Reason as Reason
from core.commerce.pricing.claw_back import kept_discount as kept_discount
from core.commerce.pricing.price_input import CustomerFacts as CustomerFacts
from core.commerce.pricing.price_input import PriceInput as PriceInput
from core.commerce.pricing.price_input import PriceLine as PriceLine
from core.commerce.pricing.priced import Applied as Applied
from core.commerce.pricing.priced import PricedCart as PricedCart
from core.commerce.pricing.stages import Stage as Stage
from core.commerce.pricing.unapplied import Need as Need
from core.commerce.pricing.unapplied import Unapplied as Unapplied
from core.commerce.pricing.workings import RunningTotals as RunningTotals
from core.kernel.i18n import N_ as N_
from core.kernel.money import Money as Money
from core.kernel.money import allocate as allocate
