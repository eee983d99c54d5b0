"""From the facts of an occasion to the words of a message: ids are looked up, amounts and times are written out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import format_datetime
from babel.numbers import format_decimal

from core.commerce.messages.outside import outside
from core.commerce.messages.topics import Variable
from core.hooks.current import answer
from core.kernel.i18n import current_locale, gettext
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope

FactSource = Callable[[UUID], Mapping[str, Any]]
_sources: dict[str, FactSource] = {}


def fact_source(name: str) -> Callable[[FactSource], FactSource]:
    """Declare what an id called `name` in `about` stands for: variables that are read when the message is written.

    The source answers {variable: value}, and may answer "contact" and "customer_id" as `send_message` takes them.
    Values that the sender gave win.
    """

    def declare(source: FactSource) -> FactSource:
        _sources[name] = source
        return source

    return declare


def all_facts(about: Mapping[str, Any]) -> dict[str, Any]:
    """`about`, and what its ids stand for."""
    found: dict[str, Any] = {}
    for name, value in about.items():
        source = _sources.get(name)
        if source is not None and value:
            found.update(source(UUID(str(value))))
    return {**found, **about}


def plain_facts(about: Mapping[str, Any]) -> dict[str, Any]:
    """`about` as it is stored: ids and instants as text, amounts with their currency."""
    return {name: _plain(value) for name, value in about.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value


def written(variable: Variable, value: Any) -> str:
    """A fact as the receiver reads it, in the current language; "" for what is not known."""
    if value is None or value == "":
        return ""
    return _WRITERS[variable.kind](value)


def example_of(variable: Variable) -> str:
    """The example value of a variable, in the current language and the shop's currency."""
    value = variable.example
    if variable.kind in ("text", "list") and isinstance(value, str):
        value = gettext(value)
    return written(variable, value)


def _money(value: Any) -> str:
    if isinstance(value, Mapping):
        return format_money(Money(int(value["minor"]), str(value["currency"])))
    return format_money(Money(int(value), current_scope().currency))


def _time(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return format_datetime(moment.astimezone(current_scope().zone), "short", locale=current_locale())


def _words(value: Any) -> str:
    if isinstance(value, Mapping) and "minor" in value:
        return _money(value)
    if isinstance(value, Mapping):
        params = {name: _words(one) for name, one in dict(value.get("params") or {}).items()}
        return gettext(str(value["message"]), **params)
    return gettext(value) if isinstance(value, str) else str(value)


def _link(value: Any) -> str:
    path = str(value)
    if not path.startswith("/"):
        return path
    return f"{answer('answer_storefront_address', shop_id=current_scope().shop_id)}{path}"


def _console_link(value: Any) -> str:
    return f"{outside().console_address}/console/{current_scope().handle}{value}"


def _list(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ("、" if current_locale().language == "zh" else ", ").join(map(str, value))


_WRITERS: dict[str, Callable[[Any], str]] = {
    "text": str,
    "words": _words,
    "money": _money,
    "number": lambda value: str(format_decimal(value, locale=current_locale())),
    "time": _time,
    "link": _link,
    "console_link": _console_link,
    "list": _list,
}
