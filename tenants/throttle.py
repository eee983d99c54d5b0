"""Counts tries to log in before they are looked at, alike for people who exist and who do not."""

import hashlib
from datetime import timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.kernel.clock import now
from tenants.models import LoginThrottle

WINDOW = timedelta(minutes=15)
TRIES_PER_EMAIL = 10
TRIES_PER_ADDRESS = 100


def count_try(session: Session, *, email: str, address: str) -> bool:
    """Count one try in its own statement each, so that parallel tries cannot share one; False: there were too many.

    `address` is the network address, "" when nobody knows it (the command line).
    """
    limits = {_key("email", email): TRIES_PER_EMAIL}
    if address:
        limits[_key("address", address)] = TRIES_PER_ADDRESS
    # In key order, so that two people behind one address never wait for each other in a circle.
    counted = {key: _count(session, key) for key in sorted(limits)}
    return all(counted[key] <= most for key, most in limits.items())


def _count(session: Session, key: str) -> int:
    moment = now()
    over = LoginThrottle.window_ends <= moment
    made = insert(LoginThrottle).values(key=key, tries=1, window_ends=moment + WINDOW)
    counted = made.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "tries": case((over, 1), else_=LoginThrottle.tries + 1),
            "window_ends": case((over, moment + WINDOW), else_=LoginThrottle.window_ends),
        },
    ).returning(LoginThrottle.tries)
    return session.scalars(counted).one()


def forget_tries(session: Session, *, email: str, address: str) -> None:
    """After a right password: the person starts anew, and the try no longer counts against the address."""
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == _key("email", email)))
    if address:
        session.execute(
            update(LoginThrottle)
            .where(LoginThrottle.key == _key("address", address), LoginThrottle.tries > 0)
            .values(tries=LoginThrottle.tries - 1)
        )


def _key(kind: str, text: str) -> str:
    # Hashed: the table is no list of addresses that somebody typed, and any text fits.
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
