"""Pictures that buyers show with a case: checked and cleaned like all pictures, kept where only the two sides look."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from core.commerce.aftersale.errors import TooManyPictures
from core.commerce.aftersale.models import CasePicture
from core.commerce.media.pictures import FULL_NAMES, prepare_picture, rendition_widths
from core.commerce.media.queries import MediaFile
from core.commerce.media.storage import file_content, put_file
from core.kernel.db import session
from core.kernel.ids import new_code
from core.kernel.tenancy import current_scope

MOST_PICTURES = 6
_SMALL = 320


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture whose files are in the store; no row names it yet."""

    path: str
    mime: str
    width: int
    height: int


def keep_pictures(contents: Sequence[bytes]) -> list[KeptPicture]:
    """Check, clean and keep pictures, before any transaction. Raises TooManyPictures or a PictureRefused."""
    if len(contents) > MOST_PICTURES:
        raise TooManyPictures(most=MOST_PICTURES)
    kept = []
    for content in contents:
        prepared = prepare_picture(content)
        # Not among the shop's public pictures: an address below /media/ never leads here.
        path = f"{current_scope().shop_id}/aftersale/{new_code(32)}"
        for name, rendition in prepared.files.items():
            put_file(f"{path}/{name}", rendition)
        kept.append(KeptPicture(path, prepared.mime, prepared.width, prepared.height))
    return kept


def attach_pictures(case_id: UUID, pictures: Sequence[KeptPicture]) -> None:
    """Show pictures with a locked case. Joins the caller's transaction; raises TooManyPictures."""
    if not pictures:
        return
    there = session().scalars(select(func.count()).where(CasePicture.case_id == case_id)).one()
    if there + len(pictures) > MOST_PICTURES:
        raise TooManyPictures(most=MOST_PICTURES)
    session().add_all(
        CasePicture(
            case_id=case_id,
            position=place,
            code=new_code(20),
            path=one.path,
            mime=one.mime,
            width=one.width,
            height=one.height,
        )
        for place, one in enumerate(pictures, start=there)
    )
    session().flush()


def picture_owner(code: str) -> UUID | None:
    """The case that a picture belongs to."""
    return session().scalars(select(CasePicture.case_id).where(CasePicture.code == code)).first()


def picture_file(code: str, *, small: bool) -> MediaFile | None:
    """The bytes of a picture: whole, or about as wide as a thumb."""
    row = session().scalars(select(CasePicture).where(CasePicture.code == code)).first()
    if row is None:
        return None
    name, mime = FULL_NAMES[row.mime], row.mime
    if small:
        widths = rendition_widths(row.width)
        name, mime = f"{min(widths, key=lambda width: abs(width - _SMALL))}.webp", "image/webp"
    content = file_content(f"{row.path}/{name}")
    return None if content is None else MediaFile(content, mime)
