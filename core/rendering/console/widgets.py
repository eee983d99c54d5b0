"""How one schema field is shown: which widget, with which choices, bounds and value."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow import fields, missing, validate

from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope
from core.rendering.console.fields import (
    UNIT_LABELS,
    DurationField,
    ImageField,
    LocalDateTimeField,
    MoneyField,
    PercentField,
    TagsField,
    TypedField,
)
from core.rendering.console.formats import currency_sign

WIDGETS = frozenset({
    "text", "textarea", "number", "money", "percent", "select", "segmented", "checkbox", "switch", "datetime", "date",
    "duration", "image", "choices", "tags", "rows", "group", "email", "url", "tel", "password", "hidden", "custom",
    "link", "rich", "products", "swatches",
})  # fmt: skip

# What a schema author may write in `metadata`; a misspelt key is refused, or it would be ignored in silence.
METADATA = frozenset({
    "label", "help", "widget", "unit", "prefix", "group", "placeholder", "visible_if", "autocomplete", "choices",
    "width", "template", "rows", "add_label", "movable", "secret",
})  # fmt: skip

_BY_TYPE: tuple[tuple[type[Any], str], ...] = (
    (MoneyField, "money"),
    (PercentField, "percent"),
    (LocalDateTimeField, "datetime"),
    (DurationField, "duration"),
    (TagsField, "tags"),
    (ImageField, "image"),
    (fields.Boolean, "switch"),
    (fields.Email, "email"),
    (fields.Url, "url"),
    (fields.Number, "number"),
    (fields.Date, "date"),
    (fields.Nested, "group"),
    (fields.Enum, "select"),
)
_NARROW = frozenset({"number", "money", "percent", "select", "duration", "datetime", "date", "tel"})
_TEXT_LIMIT, _LONG_TEXT_LIMIT, _SHORT_LIMIT = 255, 20_000, 64
_PICKERS = {"datetime": "datetime-local", "date": "date"}
_SHORT = frozenset({"number", "money", "percent", "datetime", "date", "duration"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a select, segmented control or choice list; `label` is already in words."""

    value: str
    label: str
    hint: str = ""


@dataclass(slots=True)
class FieldView:
    """What the macro `form_field` needs to draw one field."""

    name: str
    widget: str
    label: str
    required: bool
    optional: bool
    value: Any
    help: str = ""
    unit: str = ""
    prefix: str = ""
    placeholder: str = ""
    width: str = "full"
    autocomplete: str = ""
    template: str = ""
    preview: str = ""
    add_label: str = ""
    maxlength: int | None = None
    lines: int = 4
    errors: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    shown_if: str = ""
    movable: bool = False
    # What pickers offer, by kind: product, collection, page, plugin, picture.
    offers: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    rows: "list[list[FieldView]]" = field(default_factory=list)
    children: "list[FieldView]" = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of its element."""
        return f"f-{self.name}"

    @property
    def input_type(self) -> str:
        """The type of its `<input>`; a time that no picker can show stays visible as text."""
        if self.widget in _PICKERS:
            return _PICKERS[self.widget] if _readable(self.value) else "text"
        return self.widget if self.widget in {"email", "url", "tel", "password"} else "text"

    @property
    def described_by(self) -> str:
        """Ids of the help and error sentences, for `aria-describedby`."""
        parts = [f"{self.id}-help"] if self.help else []
        return " ".join([*parts, *([f"{self.id}-error"] if self.errors else [])])


def _readable(typed: str) -> bool:
    try:
        return not typed or bool(datetime.fromisoformat(typed))
    except ValueError:
        return False


def inner(one: fields.Field[Any]) -> fields.Field[Any]:
    """The field inside a list, or the field itself."""
    found: fields.Field[Any] = one.inner if isinstance(one, fields.List) else one
    return found


def _range_of(one: fields.Field[Any], kind: type[Any]) -> Any:
    return next((check for check in one.validators if isinstance(check, kind)), None)


def widget_of(one: fields.Field[Any]) -> str:
    """The widget that `metadata` names, or the one that fits the field's type. ValueError for an unknown name."""
    named = one.metadata.get("widget")
    if named is None:
        return _fitting(one)
    if named not in WIDGETS:
        raise ValueError(
            f"field {one.name!r} asks for the unknown widget {named!r}; known: {sorted(WIDGETS)}"
        )
    return str(named)


def _fitting(one: fields.Field[Any]) -> str:
    if isinstance(one, fields.List):
        if isinstance(one.inner, fields.Nested):
            return "rows"
        return "choices" if _declared_choices(one) is not None else "tags"
    if not isinstance(one, fields.Boolean) and (declared := _declared_choices(one)) is not None:
        return "segmented" if len(declared) <= 3 and not is_optional(one) else "select"
    for kind, widget in _BY_TYPE:
        if isinstance(one, kind):
            return widget
    longest = _range_of(one, validate.Length)
    return "textarea" if longest and (longest.max or 0) > _TEXT_LIMIT else "text"


def is_optional(one: fields.Field[Any]) -> bool:
    """True when nobody has to answer and no default answers instead."""
    return not one.required and one.load_default in (missing, None, "")


def _declared_choices(one: fields.Field[Any]) -> list[tuple[Any, str]] | None:
    given = one.metadata.get("choices")
    if given is not None:
        return list(given.items() if isinstance(given, Mapping) else given)
    if isinstance(one, fields.Enum):
        return [(member.value if one.by_value else member.name, member.name) for member in one.enum]
    for check in (*one.validators, *inner(one).validators):
        if isinstance(check, (validate.OneOf, validate.ContainsOnly)):
            labels = [str(label) for label in check.labels] or [str(value) for value in check.choices]
            return list(zip(check.choices, labels, strict=False))
    return None


def choices_of(one: fields.Field[Any], given: Sequence[Choice | tuple[Any, str]] | None) -> list[Choice]:
    """The choices to offer: those the page gave, or those the schema declares, labels in the current language."""
    if given is not None:
        return [pair if isinstance(pair, Choice) else Choice(str(pair[0]), str(pair[1])) for pair in given]
    if isinstance(one, DurationField):
        return [Choice(unit, gettext(UNIT_LABELS[unit])) for unit in one.units]
    return [Choice(str(value), gettext(label)) for value, label in _declared_choices(one) or ()]


def longest_text(one: fields.Field[Any], widget: str) -> int:
    """How many characters may be submitted for the field before it is refused unread."""
    length = _range_of(one, validate.Length)
    if length is not None and not isinstance(one, fields.List) and (length.max or length.equal):
        return int(length.max or length.equal)
    if widget in _SHORT:
        return _SHORT_LIMIT
    return _LONG_TEXT_LIMIT if widget in {"textarea", "tags", "custom", "rich"} else _TEXT_LIMIT


def largest_whole(one: fields.Field[Any]) -> int | None:
    """The largest whole number that may be typed where the schema sets no bound; None for other fields."""
    bound = _range_of(one, validate.Range)
    if not isinstance(one, fields.Integer) or (bound is not None and bound.max is not None):
        return None
    return 2**31 - 1


def conditions(one: fields.Field[Any]) -> dict[str, list[str]]:
    """`visible_if` as field name → accepted values in form spelling; empty where the field always shows."""
    given: Mapping[str, Any] = one.metadata.get("visible_if") or {}
    return {name: [spelled(value) for value in _many(values)] for name, values in given.items()}


def _many(values: Any) -> Iterable[Any]:
    return values if isinstance(values, (list, tuple, set, frozenset)) else (values,)


def spelled(value: Any) -> str:
    """A value as a form control spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def as_typed(one: fields.Field[Any], value: Any) -> Any:
    """`value`, loaded or stored, as its control shows it: text, a bool, a list of texts, or parts by name."""
    if value is missing or value is None:
        return False if isinstance(one, fields.Boolean) else [] if isinstance(one, fields.List) else ""
    if isinstance(one, TypedField):
        return one.as_typed(value)
    if isinstance(one, (fields.Boolean, fields.Nested)) or isinstance(inner(one), fields.Nested):
        return value
    if isinstance(one, fields.List):
        return [spelled(part) for part in value]
    if isinstance(one, fields.Enum) and not isinstance(value, str):
        return spelled(value.value if one.by_value else value.name)
    return spelled(value)


def default_of(one: fields.Field[Any]) -> Any:
    """What a fresh form shows for the field."""
    value = one.load_default if one.load_default is not missing else one.dump_default
    return value() if callable(value) else value


def describe(
    one: fields.Field[Any],
    name: str,
    typed: Any,
    *,
    errors: list[str],
    choices: list[Choice],
    preview: str = "",
    offers: Mapping[str, Sequence[Choice]] | None = None,
) -> FieldView:
    """The view of one field, its words in the current language. ValueError for metadata that means nothing."""
    if strange := set(one.metadata) - METADATA:
        raise ValueError(
            f"field {one.name!r} has unknown metadata {sorted(strange)}; known: {sorted(METADATA)}"
        )
    widget, meta = widget_of(one), one.metadata
    prefix = currency_sign(current_scope().currency) if widget == "money" else str(meta.get("prefix", ""))
    needed = conditions(one)
    stem = name.rpartition("-")[0]
    return FieldView(
        name=name,
        widget=widget,
        label=gettext(meta.get("label") or _words_of(one.name or name)),
        required=one.required,
        optional=is_optional(one),
        value=typed,
        help=gettext(meta.get("help", "")),
        unit="%" if widget == "percent" else gettext(meta.get("unit", "")),
        prefix=prefix,
        placeholder=gettext(meta.get("placeholder", "")),
        width=str(meta.get("width") or ("half" if widget in _NARROW else "full")),
        autocomplete=str(meta.get("autocomplete", "")),
        template=str(meta.get("template", "")),
        preview=preview,
        add_label=gettext(meta.get("add_label") or N_("Add a row")),
        maxlength=longest_text(one, widget)
        if widget in {"text", "textarea", "email", "url", "tel"}
        else None,
        lines=int(meta.get("rows", 4)),
        errors=errors,
        choices=choices,
        movable=bool(meta.get("movable")),
        offers=offers or {},
        shown_if=json.dumps({f"{stem}-{key}" if stem else key: needed[key] for key in needed})
        if needed
        else "",
    )


def _words_of(name: str) -> str:
    return name.replace("_", " ").capitalize()
