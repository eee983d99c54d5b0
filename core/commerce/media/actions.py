"""Taking pictures into the shop's media."""

import hashlib
import unicodedata
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.media.models import Asset
from core.commerce.media.pictures import PreparedPicture, prepare_picture
from core.commerce.media.queries import AssetView, asset_view
from core.commerce.media.storage import put_file
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope, require

_LONGEST_NAME = 120


def store_asset(*, content: bytes, file_name: str = "", trusted: bool = False) -> AssetView:
    """Keep a picture in the bound shop's media and return its view; the same bytes are kept once.

    `trusted` admits SVG drawings of our own and is for the system only. Encoding happens before the transaction.
    Raises a PictureRefused, PermissionRefused.
    """
    require("system" if trusted else "catalog.edit")
    digest = hashlib.sha256(content).hexdigest()
    with reading():
        known = _known(digest)
    if known is not None:
        return known
    prepared = prepare_picture(content, trusted=trusted)
    path = _path_for(content)
    for name, rendition in prepared.files.items():
        put_file(f"{path}/{name}", rendition)
    return register_asset(digest=digest, path=path, prepared=prepared, file_name=_plain_name(file_name))


def store_buyer_picture(*, content: bytes, file_name: str = "", owner: UUID) -> AssetView:
    """Keep a picture that a buyer sends in for `owner` (an order line, say); it never shows among the shop's pictures.

    Read by content, re-encoded without EXIF, in the usual sizes. Raises a PictureRefused, PermissionRefused.
    """
    require("buyer")
    digest = hashlib.sha256(b"buyer:%s:" % owner.bytes + content).hexdigest()
    with reading():
        known = _known(digest)
    if known is not None:
        return known
    prepared = prepare_picture(content)
    path = _path_for(owner.bytes + content)
    for name, rendition in prepared.files.items():
        put_file(f"{path}/{name}", rendition)
    return _register_buyer_picture(
        digest=digest, path=path, prepared=prepared, file_name=_plain_name(file_name)
    )


@command("buyer")
def _register_buyer_picture(
    *, digest: str, path: str, prepared: PreparedPicture, file_name: str
) -> AssetView:
    return _register(digest, path, prepared, file_name, from_buyer=True)


@command("catalog.edit")
def register_asset(*, digest: str, path: str, prepared: PreparedPicture, file_name: str) -> AssetView:
    """Write the row of a picture whose files are in the store; a second writer gets the first one's row."""
    return _register(digest, path, prepared, file_name, from_buyer=False)


def _register(
    digest: str, path: str, prepared: PreparedPicture, file_name: str, *, from_buyer: bool
) -> AssetView:
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "sha256": digest,
        "mime": prepared.mime,
        "width": prepared.width,
        "height": prepared.height,
        "bytes": sum(map(len, prepared.files.values())),
        "path": path,
        "file_name": file_name,
        "from_buyer": from_buyer,
        "created_at": now(),
    }
    with reading() as session:
        session.execute(
            insert(Asset).values(values).on_conflict_do_nothing(index_elements=["shop_id", "sha256"])
        )
    known = _known(digest)
    assert known is not None
    return known


def _known(digest: str) -> AssetView | None:
    with reading() as session:
        row = session.scalars(select(Asset).where(Asset.sha256 == digest)).first()
        return None if row is None else asset_view(row)


def _path_for(content: bytes) -> str:
    # The shop is part of the hash: who has a picture of one shop cannot work out where another shop keeps it.
    shop_id = current_scope().shop_id
    return f"{shop_id}/{hashlib.sha256(b'%d:' % shop_id + content).hexdigest()[:40]}"


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if unicodedata.category(char)[0] != "C")[-_LONGEST_NAME:]
