"""Reads about pictures: where they are found on the shop's own host, and the bytes behind such an address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.media.models import Asset
from core.commerce.media.pictures import FULL_NAMES, SVG, rendition_widths
from core.commerce.media.storage import file_content, public_address
from core.kernel.db import session
from core.kernel.tenancy import current_scope

USUAL_WIDTH = 640
_PLACE = re.compile(r"[0-9a-f]{40}/(?:full\.(?:png|jpg|webp|svg)|[1-9][0-9]{0,4}\.webp)")
_MIMES = {name.rsplit(".", 1)[1]: mime for mime, name in FULL_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as pages show it: `width` and `height` in pixels of the file behind `url`; the fields of an ImageView.

    `full_url` is the largest file, in a format that link previews understand.
    """

    url: str
    alt: str
    width: int
    height: int
    srcset: str
    tile: str
    full_url: str


@dataclass(frozen=True, slots=True)
class AssetView:
    """A picture of the shop's media: size in pixels of the full file, and its picture without words."""

    id: UUID
    file_name: str
    mime: str
    width: int
    height: int
    bytes: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class MediaFile:
    """The bytes behind an address below /media/; they never change."""

    content: bytes
    mime: str


def picture(*, path: str, mime: str, width: int, height: int, alt: str = "", tile: str = "") -> Picture:
    """The picture for the columns of an asset (a pure function, for queries that join media_asset themselves)."""
    folder = public_address(path)
    full = f"{folder}/{FULL_NAMES[mime]}"
    if mime == SVG:
        return Picture(full, alt, width, height, "", tile, full)
    widths = rendition_widths(width)
    usual = max((step for step in widths if step <= USUAL_WIDTH), default=widths[0])
    srcset = ", ".join(f"{folder}/{step}.webp {step}w" for step in widths)
    usual_height = max(1, round(height * usual / width))
    return Picture(f"{folder}/{usual}.webp", alt, usual, usual_height, srcset, tile, full)


def asset_views(ids: Iterable[UUID]) -> dict[UUID, AssetView]:
    """Pictures of the bound shop by id; ids that it does not have are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session().scalars(select(Asset).where(Asset.id.in_(wanted)))
    return {row.id: asset_view(row) for row in rows}


def recent_assets(limit: int) -> list[AssetView]:
    """The newest pictures of the bound shop's own, newest first; buyers' pictures are not among them."""
    rows = session().scalars(
        select(Asset)
        .where(Asset.shop_id == current_scope().shop_id, Asset.from_buyer.is_(False))
        .order_by(Asset.id.desc())
        .limit(limit)
    )
    return [asset_view(row) for row in rows]


def pictures_at(paths: Iterable[str]) -> dict[str, Picture]:
    """Pictures by their path in the store, which is what order lines keep; unknown paths are left out."""
    wanted = {path for path in paths if path}
    if not wanted:
        return {}
    rows = session().scalars(select(Asset).where(Asset.path.in_(wanted)))
    return {row.path: asset_view(row).picture for row in rows}


def asset_view(row: Any) -> AssetView:
    """The view of an asset's row."""
    shown = picture(path=row.path, mime=row.mime, width=row.width, height=row.height)
    return AssetView(row.id, row.file_name, row.mime, row.width, row.height, row.bytes, shown)


def media_file(place: str) -> MediaFile | None:
    """What the bound shop shows at /media/<place>, or None.

    Only the shop's own folder is looked into, so an address of another shop is simply not there.
    """
    if not _PLACE.fullmatch(place):
        return None
    content = file_content(f"{current_scope().shop_id}/{place}")
    return None if content is None else MediaFile(content, _MIMES[place.rsplit(".", 1)[1]])
