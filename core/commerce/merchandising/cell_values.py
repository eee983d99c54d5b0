"""What a cell of a product file means: amounts, counts, weights, yes and no; a CellRefused says why it means nothing."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from core.kernel.i18n import N_
from core.kernel.money import MoneyInputError, parse_amount

MOST_UNITS = 10**9
_COUNT = re.compile(r"[+-]?[0-9]{1,18}(?:\.0*)?")
_WEIGHT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,9})?")
_YES, _NO = {"true", "yes", "1", "y", "是"}, {"false", "no", "0", "n", "否"}
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})(?:日?$|[ T日])")
_TAX_CLASSES = {
    "standard": "standard", "standard rate": "standard", "标准税率": "standard", "标准": "standard",
    "reduced": "reduced", "reduced rate": "reduced", "低税率": "reduced", "优惠税率": "reduced",
    "zero": "zero", "no tax": "zero", "零税率": "zero", "免税": "zero",
}  # fmt: skip
_TAG_BREAK = re.compile(r"[,，、;；\n]")


class CellRefused(ValueError):
    """A cell that means nothing; `message` in English with its `params`."""

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def amount(text: str, currency: str) -> int:
    """Minor units of a price."""
    try:
        return parse_amount(text, currency)
    except MoneyInputError as error:
        raise CellRefused(error.message, **error.params) from error


def count(text: str) -> int:
    """A whole number, perhaps below zero: "12", "-3", "5.0"."""
    plain = _plain(text).replace(",", "")
    if not _COUNT.fullmatch(plain):
        raise CellRefused(N_("This is not a whole number."))
    number = int(plain.split(".")[0])
    if abs(number) > MOST_UNITS:
        raise CellRefused(N_("This number is too large."))
    return number


def grams(text: str) -> int:
    """Whole grams, rounded half up: "28", "113.4"."""
    plain = _plain(text).replace(",", "")
    if not _WEIGHT.fullmatch(plain):
        raise CellRefused(N_("This is not a weight in grams."))
    return int(Decimal(plain) + Decimal("0.5"))


def yes(text: str) -> bool:
    """Yes or no in the words that spreadsheets write."""
    plain = _plain(text).casefold()
    if plain not in _YES | _NO:
        raise CellRefused(N_("Write true or false."))
    return plain in _YES


def status(text: str) -> str:
    """Whether a product is on sale: "active", "draft" or "archived"."""
    plain = _plain(text).casefold()
    if plain not in ("active", "draft", "archived"):
        raise CellRefused(N_("Write active, draft or archived."))
    return plain


def tax_class(text: str) -> str:
    """One of the shop's tax classes, in our words or in Chinese."""
    found = _TAX_CLASSES.get(_plain(text).casefold())
    if found is None:
        raise CellRefused(N_("Write standard, reduced or zero."))
    return found


def day(text: str) -> date:
    """A day: 2026-04-05, 2026/4/5, 2026.4.5, 2026年4月5日, also with a time that counts for nothing."""
    parts = _DAY.match(_plain(text))
    try:
        return date(*map(int, parts.groups())) if parts else _no_day()
    except ValueError as error:
        raise CellRefused(N_("This is not a day. Write it like 2026-04-05.")) from error


def _no_day() -> date:
    raise ValueError("not a day")


def sells_without_stock(text: str) -> bool:
    """What happens at zero: "deny" stops selling, "continue" does not."""
    plain = _plain(text).casefold()
    if plain not in ("deny", "continue"):
        raise CellRefused(N_("Write deny or continue."))
    return plain == "continue"


def tags(text: str) -> tuple[str, ...]:
    """Words with commas between them, Western or Chinese."""
    return tuple(dict.fromkeys(filter(None, (" ".join(word.split()) for word in _TAG_BREAK.split(text)))))
