"""Staff log in and out."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from core.commerce.shops.models import DirectoryEntry
from core.kernel.clock import now
from core.rendering.extensions import StaffMember, StaffShop
from tenants import directory
from tenants.errors import LoginLocked, LoginRefused
from tenants.models import Staff, StaffRole, StaffSession
from tenants.passwords import matches
from tenants.platform import platform_session

SESSION_LIFETIME = timedelta(days=14)
_TRIES = 10
_LOCK = timedelta(minutes=15)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def log_in(*, email: str, password: str, user_agent: str = "") -> str:
    """Check the password and open a session; returns the cookie's token, which is kept nowhere.

    Raises LoginRefused (also for unknown people, after the same time), LoginLocked after ten wrong tries.
    """
    with platform_session() as session:
        staff = session.scalars(select(Staff).where(Staff.email == email.strip().casefold())).first()
        locked = staff is not None and staff.locked_until is not None and staff.locked_until > now()
        right = matches(staff.password_hash if staff else None, password) and not locked
        if staff is not None and not locked:
            _count(staff, right=right)
        if staff is not None and right:
            token = secrets.token_urlsafe(32)
            session.add(_session_row(staff.id, token, user_agent))
            return token
    raise LoginLocked if locked else LoginRefused


def _count(staff: Staff, *, right: bool) -> None:
    staff.failed_logins = 0 if right else staff.failed_logins + 1
    if staff.failed_logins >= _TRIES:
        staff.failed_logins, staff.locked_until = 0, now() + _LOCK


def _session_row(staff_id: UUID, token: str, user_agent: str) -> StaffSession:
    return StaffSession(
        staff_id=staff_id,
        token_hash=_token_hash(token),
        csrf_secret=secrets.token_urlsafe(16),
        user_agent=user_agent[:300],
        expires_at=now() + SESSION_LIFETIME,
    )


def log_out(*, token: str) -> None:
    """End the session, at once and everywhere."""
    with platform_session() as session:
        session.execute(
            update(StaffSession).where(StaffSession.token_hash == _token_hash(token)).values(revoked_at=now())
        )


def set_language(*, staff_id: UUID, language: str) -> None:
    """Remember the language a person works in."""
    with platform_session() as session:
        session.execute(update(Staff).where(Staff.id == staff_id).values(language=language))


def staff_of_token(token: str) -> StaffMember | None:
    """Who is logged in with this cookie, and where they work."""
    with platform_session() as session:
        staff = session.scalars(
            select(Staff)
            .join(StaffSession, StaffSession.staff_id == Staff.id)
            .where(
                StaffSession.token_hash == _token_hash(token),
                StaffSession.revoked_at.is_(None),
                StaffSession.expires_at > now(),
            )
        ).first()
        if staff is None:
            return None
        roles = session.execute(
            select(StaffRole.shop_id, StaffRole.role, DirectoryEntry.handle)
            .join(DirectoryEntry, DirectoryEntry.shop_id == StaffRole.shop_id)
            .where(StaffRole.staff_id == staff.id, DirectoryEntry.status == "open")
            .order_by(DirectoryEntry.shop_id)
        ).all()
    return StaffMember(
        id=staff.id,
        name=staff.name,
        email=staff.email,
        language=staff.language,
        shops=tuple(_staff_shop(row.shop_id, row.handle, row.role) for row in roles),
    )


def _staff_shop(shop_id: int, handle: str, role: str) -> StaffShop:
    scope = directory.shop_scope(shop_id)
    return StaffShop(shop_id=shop_id, handle=handle, name=scope.name if scope else handle, role=role)


def role_in(staff_id: UUID, shop_id: int) -> str | None:
    """A staff member's role in a shop, or None."""
    with platform_session() as session:
        return session.scalars(
            select(StaffRole.role).where(StaffRole.staff_id == staff_id, StaffRole.shop_id == shop_id)
        ).first()
