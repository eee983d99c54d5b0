"""The frame around all pages as a document, and what its publication writes into the shop's own row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.commerce.content.documents import Document
from core.commerce.shops.queries import ShopSettings

# The parts of a frame: each is a section of its own that is always there, in this order.
PARTS = (
    "frame_brand", "frame_announcement", "frame_menu", "frame_footer", "frame_contact", "frame_legal", "frame_look",
)  # fmt: skip
_CONTACT = ("email", "phone", "hours", "chat", "wechat", "wechat_qr", "address")
_LEGAL = ("company", "icp")
_LOOK = ("preset", "scheme", "accent")


@dataclass(frozen=True, slots=True)
class FrameValues:
    """What a frame says, as the shop's row keeps it; names as in ShopSettings."""

    announcement: str
    contact: dict[str, Any]
    theme: dict[str, Any]
    logo_asset: str


def frame_document(settings: ShopSettings) -> Document:
    """The frame that a shop's row describes: what a merchant starts from who never edited one."""
    theme, contact = settings.theme, settings.contact
    window = theme.get("announcement_window") or {}
    parts = {
        "frame_brand": _part(
            {
                "logo": settings.logo_asset or None,
                "favicon": theme.get("favicon") or None,
                "seal": str(theme.get("seal", "")),
                "search_hint": str(theme.get("search_hint", "")),
            }
        ),
        "frame_announcement": _part(
            {
                "text": settings.announcement,
                "link": theme.get("announcement_link") or None,
                "starts": window.get("from"),
                "ends": window.get("to"),
            }
        ),
        "frame_menu": _menu(theme.get("nav")),
        "frame_footer": _menu(theme.get("footer")),
        "frame_contact": _part({name: contact.get(name) or _blank(name) for name in _CONTACT}),
        "frame_legal": {
            **_part({**{name: str(theme.get(name, "")) for name in _LEGAL},
                     "lines": "\n".join(str(line) for line in theme.get("legal", ()))}),
            **_blocks("account", theme.get("social")),
        },
        "frame_look": _part({name: str(theme.get(name, "")) for name in _LOOK}),
    }  # fmt: skip
    return {"meta": {}, "sections": parts, "order": list(PARTS)}


def _blank(name: str) -> Any:
    return None if name == "wechat_qr" else ""


def _part(settings: Mapping[str, Any]) -> Document:
    return {"v": 1, "settings": dict(settings)}


def _menu(entries: Any) -> Document:
    return {**_part({}), **_blocks("entry", _flat(entries))}


def _flat(entries: Any) -> list[dict[str, Any]]:
    """Entries with those below them behind them, marked as such."""
    found = []
    for entry in entries or ():
        below = entry.get("below") or ()
        own = {name: entry[name] for name in ("label", "link", "icon", "tab") if entry.get(name)}
        found += [own, *({**one, "inside": True} for one in below)]
    return found


def _blocks(kind: str, entries: Any) -> Document:
    blocks = {
        f"b{place}": {"type": kind, "settings": dict(one)} for place, one in enumerate(entries or (), 1)
    }
    return {"blocks": blocks, "order": list(blocks)}


def typed_frame(document: Mapping[str, Any]) -> Document:
    """The document with the type of each part written into it, as the editor reads it."""
    sections = {name: {**document["sections"].get(name, _part({})), "type": name} for name in PARTS}
    return {"meta": {}, "sections": sections, "order": list(PARTS)}


def frame_values(document: Mapping[str, Any], settings: ShopSettings) -> FrameValues:
    """What publishing `document` writes; what the frame does not speak about stays as it is in `settings`."""
    said = {name: _settings(document, name) for name in PARTS}
    brand, news, legal = said["frame_brand"], said["frame_announcement"], said["frame_legal"]
    shown = not document["sections"].get("frame_announcement", {}).get("hidden")
    theme = {
        **settings.theme,
        "seal": brand.get("seal") or "",
        "search_hint": brand.get("search_hint") or "",
        "favicon": brand.get("favicon") or "",
        "announcement_link": news.get("link"),
        "announcement_window": {"from": news.get("starts"), "to": news.get("ends")},
        "nav": _nested(_entries(document, "frame_menu")),
        "footer": _nested(_entries(document, "frame_footer")),
        "legal": [line.strip() for line in str(legal.get("lines") or "").splitlines() if line.strip()],
        "social": _entries(document, "frame_legal"),
        **{name: legal.get(name) or "" for name in _LEGAL},
        **{name: value for name, value in said["frame_look"].items() if name in _LOOK and value},
    }
    if not said["frame_look"].get("accent"):
        theme.pop("accent", None)
    contact = {**settings.contact, **{name: said["frame_contact"].get(name) or "" for name in _CONTACT}}
    words = str(news.get("text") or "") if shown else ""
    return FrameValues(words, contact, theme, str(brand.get("logo") or ""))


def _settings(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return document["sections"].get(name, {}).get("settings") or {}


def _entries(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    section = document["sections"].get(name, {})
    blocks = section.get("blocks") or {}
    return [dict(blocks[one].get("settings") or {}) for one in section.get("order", ()) if one in blocks]


def _nested(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries marked `inside` go below the one before them; the first entry is never inside."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        own = {name: value for name, value in entry.items() if value and name != "inside"}
        if entry.get("inside") and found:
            found[-1].setdefault("below", []).append(own)
        else:
            found.append(own)
    return found
