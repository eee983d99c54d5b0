"""What differs between two documents, in sentences: “Words 2: Title changed from “a” to “b””."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from core.commerce.content.documents import Change, differences
from core.kernel.i18n import N_, gettext
from core.rendering.blocks import BlockTypes
from core.rendering.links import link_target
from core.rendering.richtext import plain_text, rich_text
from core.web.console.design.section_types import section_names

_LONGEST = 48
_META = {
    "title": N_("Title of the page"),
    "seo_title": N_("Title for search engines"),
    "seo_description": N_("Words for search engines"),
}


def change_sentences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, types: BlockTypes
) -> list[str]:
    """One sentence for each difference, in the reader's language; a document that is not there counts as empty."""
    empty: dict[str, Any] = {"meta": {}, "sections": {}, "order": []}
    old, new = before or empty, after or empty
    names = {**section_names(old, types), **section_names(new, types)}
    return [_sentence(one, names.get(one.section, ""), types) for one in differences(old, new)]


def _sentence(change: Change, name: str, types: BlockTypes) -> str:
    places = {"name": name, "before": change.before, "after": change.after}
    plain = {
        "added": N_("%(name)s added at place %(after)s"),
        "removed": N_("%(name)s removed from place %(before)s"),
        "moved": N_("%(name)s moved from %(before)s to %(after)s"),
        "hidden": N_("%(name)s switched off"),
        "shown": N_("%(name)s switched on"),
        "blocks_moved": N_("%(name)s: entries in another order"),
    }
    if change.what in plain:
        return gettext(plain[change.what], **places)
    if change.what == "block_added":
        return gettext(N_("%(name)s: entry %(place)s added"), name=name, place=change.block)
    if change.what == "block_removed":
        return gettext(N_("%(name)s: entry %(place)s removed"), name=name, place=change.block)
    schema = _schema_of(change, types)
    where = name
    if change.what == "block_set":
        where = gettext(N_("%(name)s, entry %(place)s"), name=name, place=change.block)
    if change.what == "meta":
        where = gettext(N_("Page"))
    return _set(where, change, schema)


def _set(where: str, change: Change, schema: type[Schema] | None) -> str:
    field = schema().fields.get(change.name) if schema else None
    label = gettext(_META.get(change.name) or (field.metadata.get("label") if field else "") or change.name)
    was, now = (_value(one, field) for one in (change.before, change.after))
    if was == now:
        return gettext(N_("%(name)s: %(field)s changed"), name=where, field=label)
    if not was:
        return gettext(N_("%(name)s: %(field)s set to %(after)s"), name=where, field=label, after=now)
    if not now:
        return gettext(N_("%(name)s: %(field)s emptied, was %(before)s"), name=where, field=label, before=was)
    return gettext(
        N_("%(name)s: %(field)s changed from %(before)s to %(after)s"),
        name=where, field=label, before=was, after=now,
    )  # fmt: skip


def _schema_of(change: Change, types: BlockTypes) -> type[Schema] | None:
    block_type = types.get(change.kind)
    if block_type is None:
        return None
    if change.what == "block_set":
        return next(iter(block_type.children.values()), None)
    return block_type.schema


def _value(value: Any, field: Any) -> str:
    """A stored value in a few words; "" for nothing."""
    if value in (None, "", [], {}):
        return ""
    choices = field.metadata.get("choices") if field is not None else None
    if isinstance(choices, Mapping) and value in choices:
        return _quoted(gettext(choices[value]))
    if isinstance(value, bool):
        return gettext(N_("on")) if value else gettext(N_("off"))
    if isinstance(value, Mapping):
        return _quoted(link_target(value))
    if isinstance(value, list):
        return _listed(value)
    if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
        return gettext(N_("another picture"))
    return _quoted(str(value))


def _listed(value: list[Any]) -> str:
    if all(isinstance(one, Mapping) for one in value):
        return _quoted(plain_text(str(rich_text(value))))
    return _quoted(", ".join(map(str, value)))


def _quoted(words: str) -> str:
    flat = " ".join(words.split())
    return f"“{flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + '…'}”"
