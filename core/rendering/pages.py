"""Page documents: reading and checking the tree of sections, and turning it into views with their data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import structlog
from marshmallow import EXCLUDE, Schema

from core.commerce.content.documents import MAX_BLOCKS, shape_fault
from core.kernel.db import fenced
from core.kernel.i18n import N_, gettext
from core.rendering.blocks import BlockType, BlockTypes, Needs, SectionInput, Supply
from core.rendering.contexts import SectionView

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PageProblem:
    """Something wrong with a page document: where (`sections/s1/title`) and what, in words."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class PageTree:
    """A page document that was read.

    Args:
        sections: the sections that can be shown, checked and brought to their present version, in order.
        kept: ids of sections that stay in the document but are not shown: hidden, unknown type, newer version.
        problems: what is wrong with sections of known types; those are not shown either.
    """

    sections: tuple[SectionInput, ...]
    kept: tuple[str, ...] = ()
    problems: tuple[PageProblem, ...] = ()


EMPTY_PAGE: dict[str, Any] = {"sections": {}, "order": []}


def read_page(document: Any, types: BlockTypes) -> PageTree:
    """Read `{"sections": {id: {type, v, settings, blocks, order, hidden}}, "order": [id…]}`.

    Nothing is lost and nothing raises: what cannot be shown is listed in `kept` or `problems`.
    """
    shape = shape_fault(document)
    if shape:
        return PageTree((), problems=(PageProblem("", shape),))
    reader = _Reader(types)
    for section_id in document["order"]:
        reader.read(str(section_id), document["sections"][section_id])
    return PageTree(tuple(reader.sections), tuple(reader.kept), tuple(reader.problems))


class _Reader:
    def __init__(self, types: BlockTypes) -> None:
        self.types = types
        self.sections: list[SectionInput] = []
        self.kept: list[str] = []
        self.problems: list[PageProblem] = []

    def read(self, section_id: str, raw: Any) -> None:
        block_type = self.types.get(raw.get("type", "")) if isinstance(raw, Mapping) else None
        if block_type is None or raw.get("hidden") or raw.get("v", 1) > block_type.version:
            self.kept.append(section_id)
            return
        place = f"sections/{section_id}"
        found = len(self.problems)
        settings = self._settings(place, block_type.schema, present_settings(block_type, raw))
        blocks = self._blocks(place, block_type, raw)
        if len(self.problems) == found:
            self.sections.append(SectionInput(section_id, block_type.name, settings, blocks))

    def _settings(self, place: str, schema: type[Schema], values: Any) -> dict[str, Any]:
        checker = schema(unknown=EXCLUDE)
        given = values if isinstance(values, Mapping) else {}
        for name, messages in checker.validate(given).items():
            self.problems.append(PageProblem(f"{place}/{name}", _first_message(messages)))
            return {}
        loaded: dict[str, Any] = checker.load(given)
        return loaded

    def _blocks(self, place: str, block_type: BlockType, raw: Mapping[str, Any]) -> tuple[SectionInput, ...]:
        blocks, order = raw.get("blocks") or {}, raw.get("order") or []
        if not isinstance(blocks, Mapping) or sorted(map(str, order)) != sorted(map(str, blocks)):
            self.problems.append(PageProblem(place, gettext(N_("The order must name every block once."))))
            return ()
        most = min(block_type.most, MAX_BLOCKS)
        if len(order) > most:
            self.problems.append(PageProblem(place, gettext(N_("At most %(most)s here."), most=most)))
            return ()
        read = (
            self._block(f"{place}/{block_id}", block_type, str(block_id), blocks[block_id])
            for block_id in order
        )
        return tuple(block for block in read if block is not None)

    def _block(self, place: str, block_type: BlockType, block_id: str, raw: Any) -> SectionInput | None:
        schema = block_type.children.get(raw.get("type", "")) if isinstance(raw, Mapping) else None
        if schema is None or raw.get("hidden"):
            self.kept.append(block_id)
            return None
        return SectionInput(block_id, raw["type"], self._settings(place, schema, raw.get("settings")))


def present_settings(block_type: BlockType, raw: Mapping[str, Any]) -> Any:
    """The settings of a stored section, brought to the present version of its type."""
    settings, version = raw.get("settings", {}), raw.get("v", 1)
    if version < block_type.version and block_type.upgrade and isinstance(settings, Mapping):
        return block_type.upgrade(version, dict(settings))
    return settings


def _first_message(messages: Any) -> str:
    while isinstance(messages, Mapping | list):
        messages = next(iter(messages.values() if isinstance(messages, Mapping) else messages), "")
    return str(messages)


def page_needs(tree: PageTree, types: BlockTypes) -> Needs:
    """Products and pictures that the sections of `tree` want, together."""
    wanted = []
    for section in tree.sections:
        block_type = types.get(section.type)
        if block_type and block_type.needs:
            wanted.append(block_type.needs(section))
    return reduce(Needs.__or__, wanted, Needs())


def section_views(tree: PageTree, types: BlockTypes, supply: Supply) -> tuple[SectionView, ...]:
    """The sections of `tree` with their data, in order.

    Sections of plugins that are not in `supply.plugins_on` are left out. A plugin's `load` that raises, or answers
    for a different number of sections, leaves out its own sections only.
    """
    shown = [
        (section, block_type)
        for section in tree.sections
        if (block_type := types.get(section.type))
        and (not block_type.plugin or block_type.plugin in supply.plugins_on)
    ]
    loaded = _loaded(shown)
    views = (_view_of(section, block_type, supply, loaded) for section, block_type in shown)
    return tuple(view for view in views if view is not None)


def _loaded(shown: Iterable[tuple[SectionInput, BlockType]]) -> dict[str, Mapping[str, Any] | None]:
    by_type: dict[str, tuple[BlockType, list[SectionInput]]] = {}
    for section, block_type in shown:
        if block_type.load:
            by_type.setdefault(block_type.name, (block_type, []))[1].append(section)
    found: dict[str, Mapping[str, Any] | None] = {}
    for block_type, sections in by_type.values():
        assert block_type.load is not None
        try:
            with fenced():
                contexts = block_type.load(tuple(sections))
            found |= {section.id: context for section, context in zip(sections, contexts, strict=True)}
        except Exception:  # the border of a plugin: its sections stay empty, the page goes on
            log.exception("block_failed", plugin=block_type.plugin, block=block_type.name)
            found |= {section.id: None for section in sections}
    return found


def _view_of(
    section: SectionInput,
    block_type: BlockType,
    supply: Supply,
    loaded: Mapping[str, Mapping[str, Any] | None],
) -> SectionView | None:
    if block_type.load:
        context = loaded[section.id]
    elif block_type.view:
        context = block_type.view(section, supply)
    else:
        context = section.settings
    if context is None:
        return None
    return SectionView(id=section.id, type=section.type, template=block_type.template, context=context)
