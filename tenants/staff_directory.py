"""Who works where: read once per request with the session, and kept for half a second for the checks that follow."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.shops.models import DirectoryEntry
from core.kernel.clock import now
from core.rendering.extensions import StaffMember, StaffShop
from tenants import directory
from tenants.freshness import KeptAnswers
from tenants.models import Staff, StaffRole, StaffSession
from tenants.platform import platform_session

_MEMBER = (
    select(
        Staff.id,
        Staff.name,
        Staff.email,
        Staff.language,
        StaffRole.shop_id,
        StaffRole.role,
        DirectoryEntry.handle,
    )
    .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
    .outerjoin(
        DirectoryEntry, (DirectoryEntry.shop_id == StaffRole.shop_id) & (DirectoryEntry.status == "open")
    )
    .order_by(StaffRole.shop_id)
)


def staff_of_session(token_hash: str) -> StaffMember | None:
    """The staff member whose live session has this token, with the open shops they work in."""
    live = _MEMBER.join(StaffSession, StaffSession.staff_id == Staff.id).where(
        StaffSession.token_hash == token_hash,
        StaffSession.revoked_at.is_(None),
        StaffSession.expires_at > now(),
    )
    with platform_session() as session:
        rows = session.execute(live).all()
    return _member(rows) if rows else None


def _member(rows: Any) -> StaffMember:
    first = rows[0]
    worked_in = [row for row in rows if row.handle is not None]
    _roles.keep(first.id, {row.shop_id: row.role for row in worked_in})
    return StaffMember(
        id=first.id,
        name=first.name,
        email=first.email,
        language=first.language,
        shops=tuple(_shop(row) for row in worked_in),
    )


def _shop(row: Any) -> StaffShop:
    scope = directory.shop_scope(row.shop_id)
    return StaffShop(
        shop_id=row.shop_id, handle=row.handle, name=scope.name if scope else row.handle, role=row.role
    )


def role_in(staff_id: UUID, shop_id: int) -> str | None:
    """A staff member's role in a shop, or None; at most half a second old."""
    return _roles.get(staff_id).get(shop_id)


def _ask_roles(staff_id: UUID) -> dict[int, str]:
    with platform_session() as session:
        rows = session.execute(
            select(StaffRole.shop_id, StaffRole.role).where(StaffRole.staff_id == staff_id)
        ).all()
    return {row.shop_id: row.role for row in rows}


_roles: KeptAnswers[UUID, dict[int, str]] = KeptAnswers(_ask_roles)


def forget_roles() -> None:
    """Read roles anew; this process has just changed one."""
    _roles.forget()
