"""Amounts as Stripe counts them: its smallest units are not ISO's for every currency."""

from core.commerce.payments.gateways.interface import GatewayRefused, PaymentMethod
from core.kernel.money import exponent

# Stripe's own tables. Króna and shilling are zero-decimal currencies of ISO 4217 that it keeps with two places; the ariary
# is the other way round.
_NO_PLACES = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_PLACES = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# Smallest charges that Stripe publishes, in ISO minor units; for others it converts, and says so itself.
SMALLEST = {
    "USD": 50,
    "AED": 200,
    "AUD": 50,
    "BGN": 100,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
}
# In which currencies buyers can pay with a wallet; whether the shop's account may is for Stripe to say.
WALLET_CURRENCIES: dict[PaymentMethod, frozenset[str]] = {
    "wechat_pay": frozenset(
        ["AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "JPY", "NOK", "SEK", "SGD", "USD"]
    ),
    "alipay": frozenset(["AUD", "CAD", "CNY", "EUR", "GBP", "HKD", "JPY", "MYR", "NZD", "SGD", "USD"]),
}


def stripe_amount(amount: int, currency: str) -> int:
    """ISO minor units as Stripe's; raises GatewayRefused for an amount that Stripe cannot express."""
    shift = _places(currency) - exponent(currency)
    wanted: int
    wanted, rest = divmod(amount * 10 ** max(shift, 0), 10 ** max(-shift, 0))
    # Dinars have three places, and banks take the last one as zero only.
    if rest or (_places(currency) == 3 and wanted % 10):
        raise GatewayRefused("amount_not_possible")
    return wanted


def our_amount(amount: int, currency: str) -> int:
    """Stripe's smallest units as ISO minor units; what is below one is cut off, towards zero."""
    shift = exponent(currency) - _places(currency)
    whole: int = abs(amount) * 10 ** max(shift, 0) // 10 ** max(-shift, 0)
    return whole if amount >= 0 else -whole


def _places(currency: str) -> int:
    return 0 if currency in _NO_PLACES else 3 if currency in _THREE_PLACES else 2


def check_smallest(amount: int, currency: str) -> None:
    """Raise GatewayRefused("amount_too_small") for what Stripe would not charge."""
    if amount < SMALLEST.get(currency, 1):
        raise GatewayRefused("amount_too_small")
