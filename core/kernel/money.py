"""Amounts of money as whole minor units of one currency, and the ways to split them without losing a cent."""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, current_locale
from core.kernel.tenancy import scope_or_none

# ISO 4217 exponents that are not 2. CLDR's own table differs (it prints AFN or IQD without their minor unit),
# and the minor unit is what gateways charge.
_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
         "XAF", "XOF", "XPF"), 0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
MINUS = "\N{MINUS SIGN}"
MAXIMUM_AMOUNT = 10**12


class MoneyError(ValueError):
    """A programming error with money: two currencies mixed, a float, a split that cannot be made."""


class MoneyInputError(PinpuError):
    """An amount that somebody typed and that we cannot take; `reason` says why, `text` says it in words.

    `reason` is one of "empty", "not_a_number", "negative", "too_many_decimals", "too_large"; `code` is
    "money." + reason.
    """

    code = "money.refused"
    status = 422
    reason = ""

    @staticmethod
    def of(reason: str, **params: Any) -> "MoneyInputError":
        """The error for one reason."""
        return _INPUT_ERRORS[reason](**params)


class _EmptyAmountError(MoneyInputError):
    """Nothing was typed."""

    code = "money.empty"
    reason = "empty"
    message = N_("Enter an amount.")


class _NotAnAmountError(MoneyInputError):
    """What was typed is no amount."""

    code = "money.not_a_number"
    reason = "not_a_number"
    message = N_("This is not an amount. Write it like 1234.50.")


class _NegativeAmountError(MoneyInputError):
    """An amount below zero."""

    code = "money.negative"
    reason = "negative"
    message = N_("An amount cannot be negative.")


class _TooFineAmountError(MoneyInputError):
    """More decimals than the currency has."""

    code = "money.too_many_decimals"
    reason = "too_many_decimals"
    message = N_("Use at most %(decimals)s decimals for %(currency)s.")


class _TooLargeAmountError(MoneyInputError):
    """More than an amount can be."""

    code = "money.too_large"
    reason = "too_large"
    message = N_("This amount is too large; the most is %(maximum)s.")


_INPUT_ERRORS: dict[str, type[MoneyInputError]] = {
    kind.reason: kind
    for kind in (
        _EmptyAmountError,
        _NotAnAmountError,
        _NegativeAmountError,
        _TooFineAmountError,
        _TooLargeAmountError,
    )
}


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(Locale.parse("en").currencies)


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """How many decimals one major unit of `currency` has: 2 for CNY, 0 for JPY, 3 for KWD.

    Raises MoneyError for anything that is not an ISO 4217 code in capitals.
    """
    if not isinstance(currency, str) or currency not in _currencies():
        raise MoneyError(f"unknown currency {currency!r}")
    return _EXPONENTS.get(currency, 2)


def _whole(number: object, what: str) -> int:
    if type(number) is not int:
        raise MoneyError(f"{what} must be an int, not {type(number).__name__}")
    return number


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` minor units (cents, fen, yen) of `currency` (ISO 4217). Never a float, never two currencies."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        _whole(self.minor, "minor")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in `currency`."""
        return cls(0, currency)

    def _same(self, other: object) -> int:
        if not isinstance(other, Money):
            raise MoneyError(f"money and {type(other).__name__} do not mix")
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * _whole(times, "a factor"), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return f"{plain_amount(self)} {self.currency}"

    def ratio(self, num: int, den: int) -> "Money":
        """This times `num` / `den`, rounded once, half away from zero."""
        if _whole(den, "den") <= 0:
            raise MoneyError("den must be positive")
        product = self.minor * _whole(num, "num")
        rounded = (2 * abs(product) + den) // (2 * den)
        return Money(rounded if product >= 0 else -rounded, self.currency)

    def basis_points(self, bp: int) -> "Money":
        """`bp` hundredths of a percent of this, rounded once, half away from zero."""
        return self.ratio(bp, 10_000)


def allocate(amount: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> list[int]:
    """Split `amount` minor units by `weights`, no share above its cap, the sum exact.

    Largest remainder; ties go to the larger weight, then to the lower index. What a capped share cannot take
    flows to the others by their weights; where all weights are 0 the split is even.
    Raises MoneyError if amount > Σ caps, if there is nobody to give to, or for negative numbers.
    """
    rooms = list(caps) if caps is not None else [amount] * len(weights)
    if len(rooms) != len(weights):
        raise MoneyError("weights and caps differ in length")
    if min(_whole(number, "every number of a split") for number in (amount, *weights, *rooms)) < 0:
        raise MoneyError("a split takes no negative numbers")
    if amount > sum(rooms):
        raise MoneyError(f"{amount} is more than the {sum(rooms)} that can be taken")
    shares = [0] * len(weights)
    open_to = [index for index, room in enumerate(rooms) if room]
    while amount:
        heavy = {index: weights[index] for index in open_to}
        if not any(heavy.values()):
            heavy = dict.fromkeys(open_to, 1)
        total = sum(heavy.values())
        full = [index for index in open_to if amount * heavy[index] > rooms[index] * total]
        if not full:
            _largest_remainder(amount, heavy, total, shares)
            break
        for index in full:
            shares[index] = rooms[index]
        amount -= sum(rooms[index] for index in full)
        open_to = [index for index in open_to if index not in set(full)]
    return shares


def _largest_remainder(amount: int, weights: dict[int, int], total: int, shares: list[int]) -> None:
    left = amount
    for index, weight in weights.items():
        shares[index] = amount * weight // total
        left -= shares[index]

    def rank(index: int) -> tuple[int, int, int]:
        return -(amount * weights[index] % total), -weights[index], index

    for index in sorted(weights, key=rank)[:left]:
        shares[index] += 1


def unit_shares(total: int, quantity: int) -> list[int]:
    """Split `total` minor units over `quantity` equal units; the sum is exact, shares differ by one at most.

    Dealt one by one, so the first units carry the odd cents. A larger total never gives any unit less: that
    is what keeps each unit at or above zero when several discounts are split one after another.
    """
    return [dealt(total, quantity, unit + 1) - dealt(total, quantity, unit) for unit in range(quantity)]


def dealt(total: int, quantity: int, units: int) -> int:
    """What the first `units` of `quantity` units hold together of `total` minor units (see `unit_shares`)."""
    if (
        min(_whole(total, "total"), _whole(quantity, "quantity"), _whole(units, "units"), quantity - units)
        < 0
    ):
        raise MoneyError(f"cannot deal {total} to {units} of {quantity} units")
    if not quantity:
        if total:
            raise MoneyError(f"nobody to deal {total} to")
        return 0
    each, odd = divmod(total, quantity)
    return each * units + min(units, odd)


def _decimal(money: Money) -> Decimal:
    digits = tuple(int(digit) for digit in str(abs(money.minor)))
    return Decimal((0, digits, -exponent(money.currency)))


def plain_amount(money: Money) -> str:
    """The amount as a form field holds it: "1234.50", "-3", no separators, no sign of the currency."""
    return f"{'-' if money.minor < 0 else ''}{_decimal(money):f}"


# "CN¥", "US$": letters that tell currencies apart where several meet.
_COUNTRY_LETTERS = re.compile(r"(?<![A-Z])[A-Z]{2,3}(?=[¥$€£₩₹฿₫])")


def format_money(money: Money, locale: str | Locale | None = None) -> str:
    """`money` as people write it in `locale` (Babel locale or tag like "zh-CN"), with a real minus sign.

    `locale` is by default the current one. In the bound shop's own currency the sign stands alone: "¥5.00", not
    "CN¥5.00".
    """
    scope = scope_or_none()
    own = scope is not None and scope.currency == money.currency
    return _written(money, locale or current_locale(), own)


@lru_cache(maxsize=4096)
def _written(money: Money, locale: str | Locale, own: bool) -> str:
    pattern, parsed = _money_pattern(locale, exponent(money.currency))
    text = str(pattern.apply(_decimal(money), parsed, currency=money.currency, currency_digits=False))
    return (MINUS if money.minor < 0 else "") + (_COUNTRY_LETTERS.sub("", text) if own else text)


@lru_cache(maxsize=64)
def _money_pattern(locale: str | Locale, decimals: int) -> tuple[NumberPattern, Locale]:
    parsed = locale if isinstance(locale, Locale) else Locale.parse(locale.replace("-", "_"))
    pattern = copy(parsed.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern, parsed


_WIDE = str.maketrans(
    "０１２３４５６７８９．。，－﹣−–＋（）￥\u3000\u00a0\u202f\u2009",
    "0123456789..,----+()¥    ",
)
# Longer than any amount that we take, whatever its separators.
_LONGEST = 64
_AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]*)(?:\.([0-9]*))?")


def parse_amount(text: str, currency: str, *, maximum: int = MAXIMUM_AMOUNT) -> int:
    """The minor units that somebody typed: "12.5", "1,234.50", "１２．５０", "¥12".

    Full-width digits and punctuation, thousands separators and the currency's own sign are understood.
    Raises MoneyInputError: nothing, no number, below zero, finer than the minor unit, or above `maximum`
    minor units.
    """
    decimals = exponent(currency)
    plain = _without_sign_of(currency, text.translate(_WIDE).strip())
    if not plain:
        raise MoneyInputError.of("empty")
    negative = plain.startswith("-") or (plain.startswith("(") and plain.endswith(")"))
    unsigned = _without_sign_of(currency, plain.strip("()").removeprefix("-").strip()) if negative else plain
    match = _AMOUNT.fullmatch(unsigned)
    if match is None or not any(match.groups()):
        raise MoneyInputError.of("not_a_number")
    if negative:
        raise MoneyInputError.of("negative")
    whole, fraction = re.sub("[, ]", "", match[1]).lstrip("0"), (match[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise MoneyInputError.of("too_many_decimals", currency=currency, decimals=decimals)
    minor = int((whole or "0") + fraction.ljust(decimals, "0")) if len(whole) < _LONGEST else maximum + 1
    if minor > maximum:
        raise MoneyInputError.of("too_large", maximum=plain_amount(Money(maximum, currency)))
    return minor


def _without_sign_of(currency: str, text: str) -> str:
    for sign in _signs(currency):
        if text[: len(sign)].upper() == sign.upper():
            return text[len(sign) :].strip()
    return text


@lru_cache(maxsize=64)
def _signs(currency: str) -> tuple[str, ...]:
    signs = {get_currency_symbol(currency, locale) for locale in ("en", "zh_Hans")} | {currency}
    signs |= {_COUNTRY_LETTERS.sub("", sign) for sign in signs}
    return tuple(sorted(signs, key=lambda sign: (-len(sign), sign)))
