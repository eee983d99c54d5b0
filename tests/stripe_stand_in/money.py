"""Money at the stand-in: what can be charged in which currency, fees, and the account's balance."""

from collections import defaultdict
from typing import Any

import stripe

from tests.stripe_stand_in.books import Book, seconds
from tests.stripe_stand_in.wire import Json, refused

# As Stripe publishes it, written down here a second time on purpose: the gateway's own table is tested against this one.
ZERO_DECIMAL = {
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
}
THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
WHOLE_HUNDREDS = {"isk", "ugx"}
SMALLEST = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "jpy": 50,
    "sgd": 50,
    "aud": 50,
    "cad": 50,
    "cny": 400,
}
CURRENCIES_OF = {
    "wechat_pay": {"aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "hkd", "jpy", "nok", "sek", "sgd", "usd"},
    "alipay": {"aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "myr", "nzd", "sgd", "usd"},
}
_FIXED_FEE = 235
_FEE_POINTS = 340


def check_amount(amount: int, currency: str) -> None:
    """Refuse what cannot be charged; raises Problem."""
    if amount < SMALLEST.get(currency, 50):
        raise refused("Amount must convert to at least 400 hkd.", code="amount_too_small", param="amount")
    if amount > 99_999_999:
        raise refused("Amount must be no more than 999,999.99", code="amount_too_large", param="amount")
    step = 100 if currency in WHOLE_HUNDREDS else 10 if currency in THREE_DECIMAL else 1
    if amount % step:
        raise refused(
            f"Invalid amount: {currency} is not divisible that far.",
            code="invalid_charge_amount",
            param="amount",
        )


def fee_of(amount: int) -> int:
    """3.4 % and 2.35, as in Hong Kong; in minor units."""
    return (amount * _FEE_POINTS + 5000) // 10000 + _FIXED_FEE


def book_movement(
    book: Book, kind: str, *, amount: int, currency: str, source: str, category: str, fee: int = 0
) -> Json:
    """Move the balance by a signed amount less `fee`, in the account's own currency if it has one."""
    rate: float | None = None
    if book.settlement is not None and book.settlement[0] != currency:
        currency, rate = book.settlement
        amount, fee = round(amount * rate), round(fee * rate)
    details: list[Json] = []
    if fee:
        details = [
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ]
    values: dict[str, Any] = {
        "amount": amount,
        "available_on": seconds() + 2 * 86400,
        "balance_type": "payments",
        "currency": currency,
        "exchange_rate": rate,
        "fee": fee,
        "fee_details": details,
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "pending",
        "type": kind,
    }
    return book.add(stripe.BalanceTransaction, "txn", **values)


def balance_of(book: Book) -> dict[str, int]:
    """What the account holds, by currency, in minor units."""
    held: dict[str, int] = defaultdict(int)
    for one in book.all_of("txn"):
        held[one["currency"]] += one["net"]
    return dict(held)
