"""The types of sections that pages of the bound shop can have, and how the console names and draws them."""

from collections.abc import Mapping
from typing import Any

from core.hooks.current import installed, shop_hooks
from core.kernel.i18n import gettext
from core.rendering.blocks import BlockType, BlockTypes
from core.rendering.frame_sections import frame_part_types
from core.rendering.sections import core_block_types

# Icons of the console for those that section types name from the theme's set.
_ICONS = {
    "bell": "speakerphone", "sun": "photo", "grid": "category", "bag": "box", "info": "pilcrow", "heart": "columns",
    "shield": "shield-check", "chat": "message", "phone": "phone", "minus": "minus", "group": "users-group",
    "store": "building-store", "menu": "menu-2", "live": "video", "coupon": "ticket", "gift": "gift", "star": "star",
}  # fmt: skip


def types_of(ref: object) -> BlockTypes:
    """What can stand in the document of `ref`: parts of the frame, or core's sections and those of every plugin."""
    if ref == "frame":
        return frame_part_types()
    types = core_block_types()
    for declared in installed().registry.declarations("declare_blocks"):
        for block_type in declared.value:
            types.add(block_type, plugin=declared.plugin)
    return types


def offered(types: BlockTypes) -> list[BlockType]:
    """The types that may be added now: those of plugins that are off are not offered."""
    on = shop_hooks().sets.offer
    return [one for one in types if not one.plugin or one.plugin in on]


def icon_of(block_type: BlockType | None) -> str:
    """The console's icon for a type."""
    return _ICONS.get(block_type.icon, "stack-2") if block_type else "plug"


def label_of(kind: str, types: BlockTypes) -> str:
    """A type's name in the reader's language; its bare name where no installed plugin knows it."""
    found = types.get(kind)
    return gettext(found.label) if found else kind


def section_names(document: Mapping[str, Any], types: BlockTypes) -> dict[str, str]:
    """What each section is called: its type, with a number where the page has several of it."""
    kinds = [str(document["sections"][str(one)].get("type", "")) for one in document["order"]]
    seen: dict[str, int] = {}
    names = {}
    for one, kind in zip(document["order"], kinds, strict=True):
        seen[kind] = seen.get(kind, 0) + 1
        label = label_of(kind, types)
        names[str(one)] = f"{label} {seen[kind]}" if kinds.count(kind) > 1 else label
    return names


def summary_of(section: Mapping[str, Any]) -> str:
    """A few words of a section that tell it from others of its type."""
    settings = section.get("settings") or {}
    for name in ("title", "text", "label", "company", "phone"):
        if isinstance(settings.get(name), str) and settings[name].strip():
            return " ".join(settings[name].split())[:80]
    return ""
