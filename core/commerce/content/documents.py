"""Page documents as values: their limits, the changes that people make to them, and what differs between two of them."""

import copy
import json
import secrets
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.kernel.i18n import N_, gettext

MAX_SECTIONS = 40
MAX_BLOCKS = 50
MAX_BYTES = 512_000

Document = dict[str, Any]
# What a document says about its page besides its sections.
META = ("title", "seo_title", "seo_description")

_SIGNS = string.ascii_lowercase + string.digits


def new_node_id() -> str:
    """An id for a section or block; ids are never used again, and copies get their own."""
    return "".join(secrets.choice(_SIGNS) for _ in range(10))


def empty_document() -> Document:
    """A page without sections."""
    return {"meta": {}, "sections": {}, "order": []}


def shape_fault(document: Any) -> str:
    """What is wrong with the shape or the size of a document, in words; "" when nothing is."""
    if not isinstance(document, Mapping) or not isinstance(document.get("sections"), Mapping):
        return gettext(N_("This is not a page."))
    order, sections = document.get("order"), document["sections"]
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, sections)):
        return gettext(N_("The order must name every section once."))
    if len(order) > MAX_SECTIONS:
        return gettext(N_("A page has at most %(most)s sections."), most=MAX_SECTIONS)
    if len(json.dumps(document, default=str, ensure_ascii=False).encode()) > MAX_BYTES:
        return gettext(N_("This page is too large."))
    return ""


# Changes: each returns a new document ------------------------------------------------------------------------------


def _opened(document: Mapping[str, Any]) -> Document:
    """A copy that can be changed; documents of old lack the part about the page itself."""
    opened = {"meta": {}, **copy.deepcopy(dict(document))}
    opened["order"] = [str(one) for one in opened["order"]]
    return opened


def with_section(
    document: Mapping[str, Any], section: Mapping[str, Any], *, after: str = ""
) -> tuple[Document, str]:
    """The document with one more section, after the section `after` or at the end; and the new section's id."""
    changed, made = _opened(document), new_node_id()
    changed["sections"][made] = copy.deepcopy(dict(section))
    place = changed["order"].index(after) + 1 if after in changed["order"] else len(changed["order"])
    changed["order"].insert(place, made)
    return changed, made


def with_content(document: Mapping[str, Any], section_id: str, content: Mapping[str, Any]) -> Document:
    """The document with other contents of a section: `settings`, `blocks`, `order`, `v` as given."""
    changed = _opened(document)
    changed["sections"][section_id] = {**changed["sections"][section_id], **copy.deepcopy(dict(content))}
    return changed


def with_copy(document: Mapping[str, Any], section_id: str) -> tuple[Document, str]:
    """The document with a copy of a section below it, blocks with ids of their own; and the copy's id."""
    twin = copy.deepcopy(dict(document["sections"][section_id]))
    blocks = twin.get("blocks") or {}
    names = {old: new_node_id() for old in blocks}
    if blocks:
        twin["blocks"] = {names[old]: block for old, block in blocks.items()}
        twin["order"] = [names[old] for old in twin.get("order", ()) if old in names]
    return with_section(document, twin, after=section_id)


def with_place(document: Mapping[str, Any], section_id: str, place: int) -> Document:
    """The document with a section at another place, counted from 0; beyond an end it stands at the end."""
    changed = _opened(document)
    changed["order"].remove(section_id)
    changed["order"].insert(max(0, min(place, len(changed["order"]))), section_id)
    return changed


def with_hidden(document: Mapping[str, Any], section_id: str, hidden: bool) -> Document:
    """The document with a section switched off or on; its contents stay."""
    changed = _opened(document)
    changed["sections"][section_id].pop("hidden", None)
    if hidden:
        changed["sections"][section_id]["hidden"] = True
    return changed


def without_section(document: Mapping[str, Any], section_id: str) -> Document:
    """The document without a section."""
    changed = _opened(document)
    del changed["sections"][section_id]
    changed["order"].remove(section_id)
    return changed


def with_meta(document: Mapping[str, Any], **said: str) -> Document:
    """The document with other words about the page itself: `title`, `seo_title`, `seo_description`."""
    changed = _opened(document)
    changed["meta"] = {**changed["meta"], **{name: said[name] for name in META if name in said}}
    return changed


def meta_of(document: Mapping[str, Any], name: str) -> str:
    """A word that the document says about its page; "" in documents of old."""
    found = document.get("meta")
    return str(found.get(name, "")) if isinstance(found, Mapping) else ""


# Differences --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two documents.

    Args:
        what: added, removed, moved, hidden, shown, set (a setting), block_added, block_removed, block_set,
            blocks_moved, or meta.
        section: id of the section; "" for the page itself.
        kind: type of the section.
        name: the setting that changed, or the type of the block.
        before: value or place (counted from 1) before; after: the same afterwards.
        block: place of the block, counted from 1, for changes of blocks.
    """

    what: Literal[
        "added", "removed", "moved", "hidden", "shown", "set", "block_added", "block_removed", "block_set",
        "blocks_moved", "meta",
    ]  # fmt: skip
    section: str = ""
    kind: str = ""
    name: str = ""
    before: Any = None
    after: Any = None
    block: int = 0


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What somebody did to get from `before` to `after`, as few changes as tell it."""
    return [*_meta_changes(before, after), *_section_changes(before, after)]


def _meta_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in META:
        old, new = meta_of(before, name), meta_of(after, name)
        if old != new:
            yield Change("meta", name=name, before=old, after=new)


def _section_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old_order, new_order = [str(one) for one in before["order"]], [str(one) for one in after["order"]]
    old, new = before["sections"], after["sections"]
    for one in old_order:
        if one not in new:
            yield Change("removed", one, _kind(old[one]), before=old_order.index(one) + 1)
    moved = _moved([one for one in old_order if one in new], [one for one in new_order if one in old])
    for one in new_order:
        if one not in old:
            yield Change("added", one, _kind(new[one]), after=new_order.index(one) + 1)
            continue
        if one in moved:
            places = old_order.index(one) + 1, new_order.index(one) + 1
            yield Change("moved", one, _kind(new[one]), before=places[0], after=places[1])
        yield from _inside(one, old[one], new[one])


def _inside(section_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    kind = _kind(new)
    if bool(old.get("hidden")) != bool(new.get("hidden")):
        yield Change("hidden" if new.get("hidden") else "shown", section_id, kind)
    for name, was, now in _values(old, new):
        yield Change("set", section_id, kind, name, was, now)
    yield from _block_changes(section_id, kind, old, new)


def _values(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    was, now = old.get("settings") or {}, new.get("settings") or {}
    for name in dict.fromkeys([*was, *now]):
        # An answer that was never given and an empty one are the same to people.
        if was.get(name) != now.get(name) and (was.get(name) or now.get(name)):
            yield name, was.get(name), now.get(name)


def _block_changes(
    section_id: str, kind: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    was, now = old.get("blocks") or {}, new.get("blocks") or {}
    was_order, now_order = list(old.get("order") or was), list(new.get("order") or now)
    for one in was_order:
        if one not in now:
            yield Change("block_removed", section_id, kind, _kind(was[one]), block=was_order.index(one) + 1)
    for place, one in enumerate(now_order, 1):
        if one not in was:
            yield Change("block_added", section_id, kind, _kind(now[one]), block=place)
            continue
        for name, before, after in _values(was[one], now[one]):
            yield Change("block_set", section_id, kind, name, before, after, block=place)
    if [one for one in was_order if one in now] != [one for one in now_order if one in was]:
        yield Change("blocks_moved", section_id, kind)


def _kind(node: Any) -> str:
    return str(node.get("type", "")) if isinstance(node, Mapping) else ""


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest names that were moved: all but a longest common run in order."""
    place = {one: index for index, one in enumerate(before)}
    runs: list[list[str]] = [[]]
    for one in after:
        fitting = (run for run in runs if not run or place[run[-1]] < place[one])
        runs.append([*max(fitting, key=_length), one])
    longest: list[str] = max(runs, key=_length)
    return set(after) - set(longest)


def _length(run: list[str]) -> int:
    return len(run)


def links_in(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every link `{"kind": …, "ref": …}` anywhere in a document."""
    if isinstance(node, Mapping):
        if isinstance(node.get("kind"), str) and set(node) <= {"kind", "ref"}:
            yield node
        for value in node.values():
            yield from links_in(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from links_in(value)
