"""What a buyer is asked for, so that goods and messages arrive: which fields in which part of the world, and checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from babel import Locale

from core.commerce.customers.contacts import normal_contact
from core.kernel.i18n import N_, _, current_locale
from core.kernel.regions import PROVINCES_OF_CHINA, place_name
from core.kernel.tenancy import current_scope
from core.rendering.contexts import FieldOption, FieldView
from core.web.storefront.forms import Typed, typed

# The country that comes first in the list of a shop with this currency.
_NO_COUNTRIES = {"ZZ", "EU", "UN", "EZ", "QO", "XA", "XB"}
_HOME_COUNTRY = {
    "USD": "US", "GBP": "GB", "CAD": "CA", "AUD": "AU", "NZD": "NZ", "JPY": "JP", "SGD": "SG", "HKD": "HK", "EUR": "IE",
    "CNY": "CN", "TWD": "TW", "CHF": "CH", "SEK": "SE", "DKK": "DK", "NOK": "NO", "INR": "IN",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One field: `kind` as FieldView has it, `missing` the words for leaving it empty ("" where that is allowed)."""

    name: str
    label: str
    autocomplete: str
    missing: str = ""
    kind: str = "text"
    half: bool = False
    most: int = 100
    help: str = ""


_NAME = N_("Who receives it?")
_PHONE = Asked(
    "phone", N_("Telephone"), "tel", N_("A number for the courier is needed."), "tel", half=True, most=30
)

_CHINESE = (
    Asked("name", N_("Receiver"), "name", _NAME, half=True, most=60),
    _PHONE,
    Asked("region", N_("Province"), "address-level1", N_("Choose the province."), "select", half=True),
    Asked("city", N_("City and district"), "address-level2", N_("Which city?"), half=True),
    Asked("line1", N_("Street, house, floor"), "street-address", N_("Where exactly?"), most=200),
)
_WESTERN = (
    Asked("name", N_("Full name"), "name", _NAME, most=60),
    Asked("email", N_("E-mail"), "email", N_("Your receipt goes there."), "email", most=254),
    Asked("country", N_("Country"), "country", N_("Choose the country."), "select"),
    Asked("line1", N_("Street and number"), "address-line1", N_("Where exactly?"), most=200),
    Asked("line2", N_("Flat, floor, company"), "address-line2", most=200),
    Asked("city", N_("City"), "address-level2", N_("Which city?"), half=True),
    Asked("region", N_("State or region"), "address-level1", half=True),
    Asked("postcode", N_("Postcode"), "postal-code", N_("The postcode is needed."), half=True, most=12),
    replace(_PHONE, missing="", help=N_("Only for the courier.")),
)
_PICKUP = (
    Asked("pickup_name", N_("Who comes?"), "name", N_("Tell us who comes."), half=True, most=60),
    replace(_PHONE, name="pickup_phone", missing=N_("We tell you when it is ready.")),
)
_NOTE = Asked("note", N_("Message to the shop"), "", kind="textarea", most=300)
_ADDRESS = ("country", "region", "city", "line1", "line2", "postcode")


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of a form with what stands in them; nothing is wrong when `problems` is empty."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def contact(self) -> dict[str, Any]:
        """Who is told about the order."""
        return {name: self.values[name] for name in ("name", "phone", "email") if self.values.get(name)}

    def address(self) -> dict[str, Any]:
        """Where it goes."""
        found = {name: self.values[name] for name in _ADDRESS if self.values.get(name)}
        return {"country": "CN" if is_chinese() else "", **found}


def is_chinese() -> bool:
    """Whether addresses are written as in China."""
    return current_scope().language == "zh-CN"


def address_fields() -> tuple[Asked, ...]:
    """What is asked for a delivery, as the shop's part of the world writes addresses."""
    return _CHINESE if is_chinese() else _WESTERN


def pickup_fields() -> tuple[Asked, ...]:
    """What is asked of somebody who fetches the goods."""
    return _PICKUP


def read_address(form: Mapping[str, str]) -> Filled:
    """The delivery fields of a form, checked."""
    return _read(form, address_fields())


def read_pickup(form: Mapping[str, str]) -> Filled:
    """The pick-up fields of a form, checked; their values go on as name and phone."""
    found = _read(form, _PICKUP)
    return Filled(
        {name.removeprefix("pickup_"): value for name, value in found.values.items()}, found.problems
    )


def read_note(form: Mapping[str, str]) -> Typed:
    """The buyer's words to the shop."""
    return typed(form, _NOTE.name, most=_NOTE.most, lines=True)


def _read(form: Mapping[str, str], fields: tuple[Asked, ...]) -> Filled:
    values, problems = {}, {}
    for asked in fields:
        found = typed(form, asked.name, most=asked.most, required=_(asked.missing) if asked.missing else "")
        values[asked.name] = found.text
        if words := found.problem or _wrong(asked, found.text):
            problems[asked.name] = words
    return Filled(values, problems)


def _wrong(asked: Asked, text: str) -> str:
    if not text:
        return ""
    if asked.kind == "tel" and (normal_contact(text) or ("", ""))[0] != "sms":
        return _("This is not a phone number.")
    if asked.kind == "email" and (normal_contact(text) or ("", ""))[0] != "email":
        return _("This is not an e-mail address.")
    if asked.kind == "select" and text not in {value for value, _label in _options(asked.name)}:
        return _("Choose one of the list.")
    return ""


def field_views(
    fields: tuple[Asked, ...],
    values: Mapping[str, str],
    problems: Mapping[str, str],
    requote: frozenset[str] = frozenset(),
) -> tuple[FieldView, ...]:
    """The fields for a page; the sum may change with those named in `requote`."""
    return tuple(
        FieldView(
            name=asked.name,
            label=_(asked.label),
            value=values.get(asked.name, "") or _default(asked.name),
            kind=asked.kind,
            required=bool(asked.missing),
            autocomplete=asked.autocomplete,
            help=_(asked.help) if asked.help else "",
            error=problems.get(asked.name, ""),
            options=_option_views(asked),
            half=asked.half,
            max_length=asked.most,
            requote=asked.name in requote,
        )
        for asked in fields
    )


def note_view(text: str, problem: str) -> FieldView:
    """The free field for the buyer's words."""
    return field_views((_NOTE,), {"note": text}, {"note": problem} if problem else {})[0]


def _default(name: str) -> str:
    return home_country() if name == "country" else ""


def home_country() -> str:
    """The country where most of the shop's buyers will be."""
    return _HOME_COUNTRY.get(current_scope().currency, "US")


def _option_views(asked: Asked) -> tuple[FieldOption, ...]:
    if asked.kind != "select":
        return ()
    choose = () if asked.name == "country" else (FieldOption(value="", label=_("Please choose")),)
    return (*choose, *(FieldOption(value=value, label=label) for value, label in _options(asked.name)))


def _options(name: str) -> tuple[tuple[str, str], ...]:
    if name == "region":
        return tuple((full, place_name(place)) for place, (full, _english) in PROVINCES_OF_CHINA.items())
    return _countries(current_locale())


@lru_cache(maxsize=4)
def _countries(locale: Locale) -> tuple[tuple[str, str], ...]:
    names = locale.territories.items()
    found = [(code, name) for code, name in names if len(code) == 2 and code not in _NO_COUNTRIES]
    return tuple(sorted(found, key=lambda pair: pair[1]))


def country_name(code: str) -> str:
    """The name of a country in the reader's language."""
    return str(current_locale().territories.get(code, code))


def address_line(address: Mapping[str, Any]) -> str:
    """An address in one line, as its part of the world writes it."""

    def part(name: str) -> str:
        return str(address.get(name) or "")

    if part("country") in ("", "CN"):
        place = "".join(part(name) for name in ("region", "city", "line1", "line2"))
        return f"{place} {part('postcode')}".strip()
    town = " ".join(filter(None, (part("region"), part("postcode"))))
    return ", ".join(
        filter(None, (part("line1"), part("line2"), part("city"), town, country_name(part("country"))))
    )
