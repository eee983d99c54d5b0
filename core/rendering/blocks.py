"""What a section of a page can be: its settings, the data it needs, its template; core's types and plugins' own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from marshmallow import Schema

from core.rendering.contexts import CollectionTile, ContactView, ImageView, ProductCard

Settings = Mapping[str, Any]
_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GoodsNeed:
    """Products that a section wants to show: those of a collection, or those named, at most `limit`.

    An empty `collection` without `products` means all products of the shop, newest first, or with `best` those
    that sold best lately.
    """

    collection: str = ""
    products: tuple[str, ...] = ()
    limit: int = 8
    best: bool = False


@dataclass(frozen=True, slots=True)
class GoodsSupply:
    """The answer to a `GoodsNeed`: cards in order, and how many the whole collection has."""

    cards: tuple[ProductCard, ...] = ()
    total: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything the sections of a page need, to be fetched in one go."""

    goods: frozenset[GoodsNeed] = frozenset()
    images: frozenset[UUID] = frozenset()
    collections: bool = False
    contact: bool = False

    def __or__(self, other: "Needs") -> "Needs":
        return Needs(
            self.goods | other.goods,
            self.images | other.images,
            self.collections or other.collections,
            self.contact or other.contact,
        )


@dataclass(frozen=True, slots=True)
class Supply:
    """What was fetched for the needs of a page, and which plugins are on; what could not be found is left out."""

    goods: Mapping[GoodsNeed, GoodsSupply] = field(default_factory=lambda: MappingProxyType({}))
    images: Mapping[UUID, ImageView] = field(default_factory=lambda: MappingProxyType({}))
    plugins_on: frozenset[str] = frozenset()
    collections: tuple[CollectionTile, ...] = ()
    contact: ContactView | None = None


@dataclass(frozen=True, slots=True)
class SectionInput:
    """One section of a page document after checking: its id, settings and child blocks in order."""

    id: str
    type: str
    settings: Settings = field(default_factory=lambda: _EMPTY)
    blocks: tuple["SectionInput", ...] = ()


View = Callable[[SectionInput, Supply], Mapping[str, Any] | None]
Load = Callable[[Sequence[SectionInput]], Sequence[Mapping[str, Any] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockType:
    """A kind of section.

    Args:
        name: its name in page documents; a plugin's begins with the plugin's name and a slash.
        label: what the merchant reads (English, marked with N_).
        schema: marshmallow schema of its settings.
        template: the template that shows it, such as `sections/hero.html` or `group_buy/blocks/groups.html`.
        version: raised when the settings change; `upgrade(version, settings)` turns older ones into these.
        icon: name of an icon for the list of sections.
        children: child blocks that it takes, by type, with their schemas.
        most: how many child blocks it takes.
        about: one sentence for the list that merchants add sections from.
        starts: answers the settings that a new section begins with, and under `blocks` those of its child blocks;
            called with the shop's language bound.
        needs: products and pictures that core shall fetch for it.
        view: makes the names for the template from settings and supply; None from it hides the section.
        load: for plugins: called once per page with all sections of this type; returns the names for each,
            or None to hide that section. It may read through the sdk.
    """

    name: str
    label: str
    schema: type[Schema]
    template: str
    version: int = 1
    icon: str = "section"
    children: Mapping[str, type[Schema]] = field(default_factory=lambda: _EMPTY)
    most: int = 50
    about: str = ""
    starts: Callable[[], Mapping[str, Any]] | None = None
    needs: Callable[[SectionInput], Needs] | None = None
    view: View | None = None
    load: Load | None = None
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None

    @property
    def plugin(self) -> str:
        """Name of the plugin that owns the type; empty for core's own."""
        return self.name.partition("/")[0] if "/" in self.name else ""


class BlockTypes:
    """The types known to this process."""

    def __init__(self, types: Iterable[BlockType] = ()) -> None:
        self._types: dict[str, BlockType] = {}
        for block_type in types:
            self.add(block_type)

    def add(self, block_type: BlockType, *, plugin: str = "") -> None:
        """Know one more type; raises ValueError for a name that is taken or not the plugin's to give."""
        if block_type.name in self._types:
            raise ValueError(f"block type {block_type.name} is declared twice")
        if block_type.plugin != plugin:
            raise ValueError(
                f"block type {block_type.name} must begin with {plugin}/" if plugin else block_type.name
            )
        if block_type.version > 1 and block_type.upgrade is None:
            raise ValueError(f"block type {block_type.name} has version {block_type.version} and no upgrade")
        self._types[block_type.name] = block_type

    def get(self, name: str) -> BlockType | None:
        """The type called `name`, or None."""
        return self._types.get(name)

    def __iter__(self) -> Iterator[BlockType]:
        return iter(self._types.values())
