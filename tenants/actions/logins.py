"""Staff log in and out."""

import hashlib
import secrets
import unicodedata
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.kernel.clock import now
from core.kernel.i18n import known_language
from core.rendering.extensions import StaffMember
from tenants import staff_directory
from tenants.errors import LoginLocked, LoginRefused
from tenants.models import Staff, StaffSession
from tenants.passwords import matches
from tenants.platform import platform_session
from tenants.throttle import count_try, forget_tries

SESSION_LIFETIME = timedelta(days=14)
_LONGEST_EMAIL = 254


def normal_email(text: str) -> str:
    """An e-mail address as it is kept and compared: ordinary width, lower case, no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def log_in(*, email: str, password: str, user_agent: str = "", address: str = "") -> str:
    """Check the password and open a session; returns the cookie's token, which is kept nowhere.

    `address` is the browser's network address. Raises LoginRefused (also for unknown people, after the same time),
    LoginLocked after ten wrong tries with one e-mail, or a hundred from one address, within fifteen minutes.
    """
    email = normal_email(email)
    with platform_session() as session:
        admitted = count_try(session, email=email, address=address)
    # The try is kept whatever comes now.
    if not admitted:
        raise LoginLocked
    with platform_session() as session:
        staff = _staff(session, email)
        if not matches(staff.password_hash if staff else None, password) or staff is None:
            raise LoginRefused
        forget_tries(session, email=email, address=address)
        return _open_session(session, staff.id, user_agent)


def _staff(session: Session, email: str) -> Staff | None:
    if len(email) > _LONGEST_EMAIL or "\x00" in email:
        return None
    return session.scalars(select(Staff).where(Staff.email == email)).first()


def _open_session(session: Session, staff_id: UUID, user_agent: str) -> str:
    token = secrets.token_urlsafe(32)
    session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.expires_at <= now())
    )
    session.add(
        StaffSession(
            staff_id=staff_id,
            token_hash=token_hash(token),
            user_agent=user_agent[:300].replace("\x00", ""),
            expires_at=now() + SESSION_LIFETIME,
        )
    )
    return token


def token_hash(token: str) -> str:
    """How a session's token is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def log_out(*, token: str) -> None:
    """End the session, at once and everywhere."""
    with platform_session() as session:
        session.execute(
            update(StaffSession)
            .where(StaffSession.token_hash == token_hash(token), StaffSession.revoked_at.is_(None))
            .values(revoked_at=now())
        )


def set_language(*, staff_id: UUID, language: str) -> None:
    """Remember the language a person works in; an unknown one is passed over."""
    known = known_language(language)
    if known is None:
        return
    with platform_session() as session:
        session.execute(update(Staff).where(Staff.id == staff_id).values(language=known))


def staff_of_token(token: str) -> StaffMember | None:
    """Who is logged in with this cookie, and where they work; asked of the database each time, in one statement."""
    return staff_directory.staff_of_session(token_hash(token))
