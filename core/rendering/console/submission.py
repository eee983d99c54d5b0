"""A submitted form, read against its schema: nested values out of flat names, hostile text refused."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from marshmallow import Schema, fields

from core.kernel.i18n import N_, gettext
from core.rendering.console.fields import DurationField
from core.rendering.console.formats import plain_digits
from core.rendering.console.widgets import (
    as_typed,
    conditions,
    default_of,
    largest_whole,
    longest_text,
    spelled,
    widget_of,
)

# Rows of one nested list that a single submit may carry.
MAXIMUM_ROWS = 1_000
_ON = frozenset({"1", "on", "true", "yes"})
# Clearing these is an answer; clearing anything else means that it was not answered.
_MAY_BE_EMPTY = frozenset({"text", "textarea", "tel", "custom", "rich"})
_ALWAYS_ANSWERED = frozenset({"select", "segmented", "switch", "checkbox"})
_KEPT_WHEN_REFUSED = 200
# Kinds of links that have a control of their own beside the choice of the kind.
REFERENCES = ("product", "collection", "page", "plugin", "search", "path", "url", "phone")

Tree = dict[str, Any]


class Submitted(Protocol):
    """What a web framework hands over: names that may repeat (werkzeug's MultiDict has this shape)."""

    def keys(self) -> Any:
        """The submitted names."""

    def getlist(self, key: str) -> list[str]:
        """Every value submitted under `key`."""


@dataclass(slots=True)
class Reading:
    """What came out: `raw` goes to the schema, `typed` back into the form, `errors` beside the fields."""

    raw: Tree = field(default_factory=dict)
    typed: Tree = field(default_factory=dict)
    errors: Tree = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def read(schema: Schema, submitted: Submitted) -> Reading:
    """Read `submitted` for `schema`. Names starting with "_" and `csrf_token` belong to the page, not to the data."""
    reader = _Reader(submitted)
    reading = reader.tree(schema, "")
    page_owned = {name for name in submitted.keys() if name == "csrf_token" or name.startswith("_")}  # noqa: SIM118
    reading.unread = sorted(set(submitted.keys()) - reader.read_names - page_owned)
    return reading


class _Reader:
    def __init__(self, submitted: Submitted) -> None:
        self.submitted = submitted
        self.names = list(submitted.keys())
        self.read_names: set[str] = set()

    def tree(self, schema: Schema, stem: str) -> Reading:
        reading = Reading()
        for key, one in schema.load_fields.items():
            self._field(reading, one.data_key or key, one, f"{stem}{one.data_key or key}")
        _drop_hidden(reading, schema, stem)
        return reading

    def values(self, name: str) -> list[str]:
        self.read_names.add(name)
        return self.submitted.getlist(name)

    def _field(self, reading: Reading, key: str, one: fields.Field[Any], name: str) -> None:
        if isinstance(one, fields.List) and isinstance(one.inner, fields.Nested):
            self._rows(reading, key, one.inner.schema, name)
        elif isinstance(one, fields.Nested):
            self._nested(reading, key, one, name)
        elif isinstance(one, fields.Boolean):
            reading.raw[key] = reading.typed[key] = bool(_ON.intersection(self.values(name)))
        elif isinstance(one, fields.List):
            self._many(reading, key, one, name)
        elif isinstance(one, DurationField):
            self._duration(reading, key, one, name)
        elif widget_of(one) == "link":
            self._link(reading, key, one, name)
        else:
            given = self.values(name)
            self._single(reading, key, one, given[0] if given else None)

    def _nested(self, reading: Reading, key: str, one: fields.Nested, name: str) -> None:
        below = self.tree(one.schema, f"{name}-")
        reading.raw[key], reading.typed[key] = below.raw, below.typed
        reading.hidden += below.hidden
        if below.errors:
            reading.errors[key] = below.errors

    def _rows(self, reading: Reading, key: str, schema: Schema, name: str) -> None:
        raw: list[Tree] = []
        typed: list[Tree] = []
        for index in self._indexes(name):
            below = self.tree(schema, f"{name}-{index}-")
            if self.values(f"{name}-{index}-_remove") or _blank(schema, below.typed):
                continue
            if below.errors:
                reading.errors.setdefault(key, {})[len(raw)] = below.errors
            raw.append(below.raw)
            typed.append(below.typed)
            reading.hidden += below.hidden
        reading.raw[key], reading.typed[key] = raw[:MAXIMUM_ROWS], typed[:MAXIMUM_ROWS]
        if len(raw) > MAXIMUM_ROWS:
            words = gettext(N_("At most %(most)s rows fit here."), most=MAXIMUM_ROWS)
            reading.errors[key] = [words]

    def _indexes(self, name: str) -> list[int]:
        pattern = re.compile(re.escape(name) + r"-([0-9]{1,6})-")
        return sorted({int(found[1]) for found in map(pattern.match, self.names) if found})

    def _many(self, reading: Reading, key: str, one: fields.List[Any], name: str) -> None:
        given = [text.strip() for text in self.values(name)]
        if widget_of(one) == "tags":
            given = [word.strip() for text in given for word in re.split(r"[,，、;；\n]", text)]
        given = [text for text in given if text]
        fault = next(filter(None, (_fault(text, one.inner, "text") for text in given)), None)
        reading.typed[key] = [_harmless(text) for text in given[:MAXIMUM_ROWS]]
        if fault is None and len(given) > MAXIMUM_ROWS:
            fault = gettext(N_("At most %(most)s rows fit here."), most=MAXIMUM_ROWS)
        if fault:
            reading.errors[key] = [fault]
        else:
            reading.raw[key] = given

    def _duration(self, reading: Reading, key: str, one: DurationField, name: str) -> None:
        amount, unit = ((self.values(f"{name}-{part}") or [""])[0].strip() for part in ("amount", "unit"))
        reading.typed[key] = {"amount": _harmless(amount), "unit": _harmless(unit)}
        if fault := _fault(amount, one, "duration"):
            reading.errors[key] = [fault]
        elif amount:
            reading.raw[key] = {"amount": amount, "unit": unit}
        elif one.allow_none:
            reading.raw[key] = None

    def _link(self, reading: Reading, key: str, one: fields.Field[Any], name: str) -> None:
        """A kind, and a reference from the control of that kind; the controls of other kinds are passed over."""
        kind = (self.values(f"{name}-kind") or [""])[0]
        refs = {other: (self.values(f"{name}-{other}") or [""])[0].strip() for other in REFERENCES}
        ref = refs.get(kind, "")
        reading.typed[key] = {"kind": _harmless(kind), "ref": _harmless(ref)}
        if fault := _fault(ref, one, "textarea"):
            reading.errors[key] = [fault]
        elif kind and kind != "none":
            reading.raw[key] = {"kind": kind, "ref": ref}
        elif one.allow_none:
            reading.raw[key] = None

    def _single(self, reading: Reading, key: str, one: fields.Field[Any], given: str | None) -> None:
        widget = widget_of(one)
        text = _tidy(given or "", keep_spaces=widget == "password")
        # What nobody may read over a shoulder is typed anew after a refusal.
        hidden = widget == "password" or bool(one.metadata.get("secret"))
        reading.typed[key] = "" if hidden else _harmless(text)
        if fault := _fault(text, one, widget):
            reading.errors[key] = [fault]
            reading.typed[key] = reading.typed[key][:_KEPT_WHEN_REFUSED]
        elif text or (given is not None and widget in _MAY_BE_EMPTY and not one.required):
            reading.raw[key] = plain_digits(text) if isinstance(one, fields.Number) else text
            if not text and one.allow_none:
                reading.raw[key] = None
        elif one.allow_none:
            reading.raw[key] = None


def _tidy(text: str, *, keep_spaces: bool = False) -> str:
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return lines if keep_spaces else lines.strip()


def _harmless(text: str) -> str:
    return "".join(sign for sign in text[:20_000] if sign in "\n\t" or unicodedata.category(sign) != "Cc")


def _fault(text: str, one: fields.Field[Any], widget: str) -> str | None:
    most = longest_text(one, widget)
    if len(text) > most:
        return gettext(N_("Write at most %(max)s characters."), max=most)
    allowed = "\n\t" if widget in {"textarea", "tags", "custom", "rich"} else "\t"
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in allowed for sign in text):
        return gettext(
            N_("An invisible character in here cannot be kept. Delete the text and type it again.")
        )
    largest = largest_whole(one)
    if largest and re.fullmatch(r"[+-]?[0-9]+", number := plain_digits(text)) and abs(int(number)) > largest:
        return gettext(N_("This number is too large."))
    return None


def _blank(schema: Schema, typed: Tree) -> bool:
    """True for a row in which nothing was typed; controls that always hold something do not count."""
    told = (typed.get(key) for key, one in _by_key(schema) if widget_of(one) not in _ALWAYS_ANSWERED)
    return not any(_said(value) for value in told)


def _said(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value.get("amount") or value.get("ref"))
    return bool(value)


def _drop_hidden(reading: Reading, schema: Schema, stem: str) -> None:
    """Forget what was typed into fields that other answers had hidden; they get their default."""
    for key, one in _by_key(schema):
        needed = conditions(one)
        if not needed or all(spelled(reading.typed.get(name)) in values for name, values in needed.items()):
            continue
        reading.errors.pop(key, None)
        reading.raw.pop(key, None)
        reading.hidden.append(re.sub(r"-([0-9]+-)?", ".", stem) + key)
        reading.typed[key] = as_typed(one, default_of(one))


def _by_key(schema: Schema) -> Iterator[tuple[str, fields.Field[Any]]]:
    for key, one in schema.load_fields.items():
        yield one.data_key or key, one
