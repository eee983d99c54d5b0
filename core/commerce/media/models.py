"""Tables of the media room."""

from sqlalchemy import CheckConstraint, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable


class Asset(CreatedAt, TenantTable):
    """A picture by content hash; the file itself lies in the object store under `path`."""

    __tablename__ = "media_asset"
    __table_args__ = (
        UniqueConstraint("shop_id", "sha256"),
        CheckConstraint("bytes > 0", name="bytes"),
    )

    sha256: Mapped[str]
    mime: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    path: Mapped[str]
    file_name: Mapped[str] = mapped_column(default="")
    # Sent in by a buyer: shown where it belongs, not among the shop's own pictures.
    from_buyer: Mapped[bool] = mapped_column(default=False, server_default=false())
