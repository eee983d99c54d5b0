"""Tables of the audiences room."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from core.kernel.db import CreatedAt, TenantTable


class Segment(CreatedAt, TenantTable):
    """A saved query for customers: its rule is read anew at each use, so that members come and go by themselves."""

    __tablename__ = "audiences_segment"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    name: Mapped[str]
    rule: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
