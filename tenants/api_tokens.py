"""Reads of API tokens: whose one is, and which a shop has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from core.kernel.clock import now
from core.kernel.tenancy import current_scope
from core.rendering.api import ApiCaller
from tenants.actions.tokens import BEGINNING, token_hash
from tenants.models import ApiToken, Staff, StaffRole
from tenants.platform import platform_session

# "Last used" is written at most this often, so that reading costs no writing.
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as the console shows it; never the token itself. `prefix` are its first letters."""

    id: UUID
    name: str
    prefix: str
    maker: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now()


def tokens() -> list[TokenView]:
    """The bound shop's tokens that are not revoked, newest first."""
    statement = (
        select(ApiToken, Staff.name)
        .join(Staff, Staff.id == ApiToken.staff_id)
        .where(ApiToken.shop_id == current_scope().shop_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )
    with platform_session() as session:
        return [
            TokenView(
                id=row.id,
                name=row.name,
                prefix=row.prefix,
                maker=maker,
                scopes=tuple(row.scopes),
                created_at=row.created_at,
                expires_at=row.expires_at,
                last_used_at=row.last_used_at,
            )
            for row, maker in session.execute(statement)
        ]


def caller_of(token: str) -> ApiCaller | None:
    """Whose token this is; None for one that is not ours, ran out, was revoked, or whose maker left the shop.

    Asked of the database each time, so that revoking works at once.
    """
    if not token.startswith(BEGINNING):
        return None
    live = (
        select(ApiToken, Staff.name)
        .join(Staff, Staff.id == ApiToken.staff_id)
        .join(StaffRole, (StaffRole.staff_id == Staff.id) & (StaffRole.shop_id == ApiToken.shop_id))
        .where(
            ApiToken.token_hash == token_hash(token),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()),
        )
    )
    with platform_session() as session:
        found = session.execute(live).first()
        if found is None:
            return None
        row, maker = found
        if row.last_used_at is None or row.last_used_at < now() - _SEEN_EVERY:
            session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now()))
        return ApiCaller(
            token_id=row.id,
            shop_id=row.shop_id,
            staff_id=row.staff_id,
            name=f"{maker} · {row.name}",
            scopes=frozenset(row.scopes),
        )
