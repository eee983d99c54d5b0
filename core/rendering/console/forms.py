"""A marshmallow schema as a console form: drawn, read, validated, and drawn again with what was typed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from marshmallow import Schema, ValidationError, missing
from marshmallow.fields import Field, List, Nested

from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import ShopScope, scope_or_none, shop_bound
from core.rendering.console import submission
from core.rendering.console.messages import in_our_words, unknown_fields
from core.rendering.console.rearranging import rearranged
from core.rendering.console.submission import Reading, Submitted, Tree
from core.rendering.console.widgets import (
    Choice,
    FieldView,
    as_typed,
    choices_of,
    default_of,
    describe,
    inner,
    spelled,
    widget_of,
)

Choices = Mapping[str, Sequence[Choice | tuple[Any, str]]]


class Form:
    """One form on one page.

    `schema`: the marshmallow schema. `values`: what is stored or loaded now, by field name. `errors`: messages by
    field name, as an InputRefused carries them. `scope`: the shop whose currency and zone count (default: the bound
    one). `choices`: what a select offers, by field name, where the schema cannot know it; anything else is refused.
    `previews`: address of the present picture, by image field. `offers`: what pickers of links, products and pictures
    offer, by kind; what else exists may be chosen too, so whoever takes the values looks.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        values: Mapping[str, Any] | None = None,
        errors: Mapping[str, Any] | None = None,
        scope: ShopScope | None = None,
        choices: Choices | None = None,
        previews: Mapping[str, str] | None = None,
        offers: Mapping[str, Sequence[Choice]] | None = None,
    ) -> None:
        self.schema = schema
        self.values: dict[str, Any] = dict(values or {})
        self.errors: dict[str, Any] = {}
        self.uploads: dict[str, Any] = {}
        self.removed: set[str] = set()
        self.scope = scope or scope_or_none()
        self._choices = choices or {}
        self._previews = previews or {}
        self._offers = offers or {}
        self._typed: Tree | None = None
        self.refuse(errors or {})

    # reading -----------------------------------------------------------------------------------------------

    def parse(self, submitted: Submitted) -> dict[str, Any]:
        """The raw values for `schema.load`, in its shape; remembers what was typed and what was wrong with it."""
        reading = self._read(submitted)
        return reading.raw

    def submit(self, submitted: Submitted, files: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The loaded values, or None when something is wrong; then the form shows what and keeps what was typed.

        `files` are the request's files: chosen pictures come to `uploads` by field name; a ticked "remove" puts the
        field's name into `removed`.
        """
        with self._bound():
            reading = self._read(submitted, files or {})
            data = self._load(reading)
        if not self.errors and not reading.unread:
            return data
        return None

    def offered(self, kind: str) -> Sequence[Choice]:
        """What pickers of this kind offer."""
        return self._offers.get(kind, ())

    def offer_choices(self, name: str, choices: Sequence[Choice]) -> None:
        """Let the select `name` offer `choices`; anything else is refused."""
        self._choices = {**self._choices, name: choices}

    def rearrange(self, submitted: Submitted, wish: str) -> None:
        """Take what was typed and change the order or number of its rows (`rearranging.rearranged`); nothing is checked."""
        with self._bound():
            self._read(submitted)
            self.errors.clear()
            if self._typed is not None:
                rearranged(self._typed, wish)

    def _read(self, submitted: Submitted, files: Mapping[str, Any] | None = None) -> Reading:
        reading = submission.read(self.schema, submitted)
        self._typed, self.errors = reading.typed, dict(reading.errors)
        for name, one in self.schema.load_fields.items():
            if widget_of(one) == "image":
                self._take_upload(name, submitted, files or {})
        if reading.unread:
            self.refuse({"_schema": [unknown_fields(reading.unread)]})
        return reading

    def _take_upload(self, name: str, submitted: Submitted, files: Mapping[str, Any]) -> None:
        chosen = files.get(f"{name}-file")
        if chosen is not None and getattr(chosen, "filename", None):
            self.uploads[name] = chosen
        if submitted.getlist(f"_remove-{name}"):
            self.removed.add(name)

    def _load(self, reading: Reading) -> dict[str, Any]:
        data: dict[str, Any] = {}
        absent = (*reading.hidden, *reading.errors, *self.uploads)
        try:
            data = dict(self.schema.load(reading.raw, partial=absent or None))
        except ValidationError as error:
            self._add(self._said(error.messages, self.schema))
        self._check_choices(reading.raw)
        for path in reading.hidden:
            one = self.schema.load_fields.get(path)
            if one is not None and default_of(one) is not missing:
                data.setdefault(one.attribute or path, default_of(one))
        return data

    def _check_choices(self, raw: Tree) -> None:
        for name, offered in self._choices.items():
            one = self.schema.load_fields.get(name)
            given = raw.get(name)
            if one is None or not given or name in self.errors:
                continue
            known = {choice.value for choice in choices_of(one, offered)}
            if not known.issuperset(map(spelled, given if isinstance(given, list) else [given])):
                self.refuse({name: [gettext(N_("Choose one of the list."))]})

    def _said(self, errors: Any, schema: Schema | None, *, of_list: bool = False) -> Any:
        if isinstance(errors, dict):
            return {key: self._said_of(key, value, schema) for key, value in errors.items()}
        if isinstance(errors, list):
            return [in_our_words(str(message), of_list=of_list) for message in errors]
        return [in_our_words(str(errors), of_list=of_list)]

    def _said_of(self, key: Any, errors: Any, schema: Schema | None) -> Any:
        one = schema.load_fields.get(key) if schema is not None and isinstance(key, str) else None
        if one is None:
            return self._said(errors, schema)
        below = inner(one)
        return self._said(
            errors,
            below.schema if isinstance(below, Nested) else None,
            of_list=isinstance(one, List),
        )

    # errors ------------------------------------------------------------------------------------------------

    def refuse(self, errors: Mapping[str, Any] | str) -> None:
        """Add errors that a deeper layer found: by field name (as InputRefused.fields), or one sentence for all."""
        self._add({"_schema": [errors]} if isinstance(errors, str) else dict(errors))

    def _add(self, errors: Mapping[str, Any]) -> None:
        for name, found in errors.items():
            listed = found if isinstance(found, (list, dict)) else [str(found)]
            present = self.errors.get(name)
            if isinstance(present, list) and isinstance(listed, list):
                present += [message for message in listed if message not in present]
            elif isinstance(present, dict) and isinstance(listed, dict):
                self.errors[name] = _merged(present, listed)
            else:
                self.errors.setdefault(name, listed)

    @property
    def form_errors(self) -> list[str]:
        """What is wrong with the form as a whole, or with something that it does not show."""
        shown = {one.data_key or name for name, one in self.schema.load_fields.items()}
        rest = [found for name, found in self.errors.items() if name not in shown]
        return [message for found in rest for message in _leaves(found)]

    @property
    def error_list(self) -> list[tuple[FieldView, str]]:
        """Every field in trouble with its first message, in the order of the form; for the summary on top."""
        return [(view, view.errors[0]) for one in self.fields for view in _flat(one) if view.errors]

    # drawing -----------------------------------------------------------------------------------------------

    @property
    def fields(self) -> list[FieldView]:
        """Every field in the order of the schema."""
        with self._bound():
            return list(self._views(self.schema, "", self._current(), self.errors))

    @property
    def groups(self) -> list[tuple[str, list[FieldView]]]:
        """Fields under the group title that their metadata names (in words; "" for none), in order of appearance."""
        grouped: dict[str, list[FieldView]] = {}
        titles = {
            one.data_key or name: one.metadata.get("group", "")
            for name, one in self.schema.load_fields.items()
        }
        for view in self.fields:
            grouped.setdefault(titles[view.name], []).append(view)
        return [(gettext(title), views) for title, views in grouped.items()]

    def __getitem__(self, name: str) -> FieldView:
        return next(view for view in self.fields if view.name == name)

    @property
    def multipart(self) -> bool:
        """True when the form carries files."""
        return any(widget_of(one) == "image" for one in self.schema.load_fields.values())

    @contextmanager
    def _bound(self) -> Iterator[None]:
        if self.scope is None:
            yield
            return
        with shop_bound(self.scope):
            yield

    def _current(self) -> Tree:
        if self._typed is not None:
            return self._typed
        return self._typed_tree(self.schema, self.values)

    def _typed_tree(self, schema: Schema, values: Any) -> Tree:
        tree: Tree = {}
        for name, one in schema.load_fields.items():
            key = one.data_key or name
            value = _value_of(values, name, key)
            value = default_of(one) if value is missing else value
            below = inner(one)
            if isinstance(below, Nested):
                tree[key] = (
                    [
                        self._typed_tree(below.schema, row)
                        for row in (value if value is not missing else ()) or ()
                    ]
                    if isinstance(one, List)
                    else self._typed_tree(below.schema, {} if value in (missing, None) else value)
                )
            else:
                tree[key] = as_typed(one, value)
        return tree

    def _views(
        self, schema: Schema, stem: str, typed: Tree, errors: Mapping[Any, Any]
    ) -> Iterator[FieldView]:
        for name, one in schema.load_fields.items():
            key = one.data_key or name
            yield self._view(one, f"{stem}{key}", typed.get(key, ""), errors.get(key) or [])

    def _view(self, one: Field[Any], name: str, typed: Any, errors: Any) -> FieldView:
        own = errors if isinstance(errors, list) else _leaves(errors.get("_schema", []))
        deeper = errors if isinstance(errors, dict) else {}
        view = describe(
            one,
            name,
            typed,
            errors=[str(message) for message in own],
            choices=choices_of(one, self._choices.get(name)),
            preview=self._previews.get(name, ""),
            offers=self._offers,
        )
        below = inner(one)
        if isinstance(below, Nested) and isinstance(one, List):
            view.rows = [
                list(self._views(below.schema, f"{name}-{index}-", row, deeper.get(index, {})))
                for index, row in enumerate(typed or [])
            ]
            view.children = list(
                self._views(below.schema, f"{name}-__row__-", self._typed_tree(below.schema, {}), {})
            )
        elif isinstance(below, Nested):
            view.children = list(self._views(below.schema, f"{name}-", typed or {}, deeper))
        elif deeper and not own:
            view.errors = _leaves(deeper)
        return view


def _value_of(values: Any, name: str, key: str) -> Any:
    if isinstance(values, Mapping):
        return values.get(name, values.get(key, missing))
    return getattr(values, name, missing)


def _flat(view: FieldView) -> Iterator[FieldView]:
    yield view
    inside = view.rows or ([view.children] if view.widget == "group" else [])
    for row in inside:
        for child in row:
            yield from _flat(child)


def _leaves(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [message for part in found.values() for message in _leaves(part)]
    if isinstance(found, (list, tuple)):
        return [message for part in found for message in _leaves(part)]
    return [str(found)]


def _merged(left: dict[Any, Any], right: dict[Any, Any]) -> dict[Any, Any]:
    both = dict(left)
    for key, value in right.items():
        there = both.get(key)
        both[key] = (
            _merged(there, value) if isinstance(there, dict) and isinstance(value, dict) else there or value
        )
    return both
