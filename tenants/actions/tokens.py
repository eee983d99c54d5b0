"""Tokens with which programs act for a staff member in one shop: made, revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, update

from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.errors import InputRefused, NotFound, PermissionRefused
from core.kernel.i18n import _
from core.kernel.ids import new_id
from core.kernel.tenancy import current_actor, current_scope
from tenants import permissions
from tenants.actions.audit import note_change
from tenants.models import ApiToken
from tenants.platform import platform_session

# What every token begins with, so that one that got out is recognised.
BEGINNING = "pinpu_"
_SHOWN = len(BEGINNING) + 4
LONGEST_NAME, MOST_TOKENS = 60, 50
LIFETIMES = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token: `secret` is shown once and kept nowhere."""

    id: UUID
    secret: str


def token_hash(token: str) -> str:
    """How a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@command("shop.edit")
def make_token(*, name: str, scopes: Iterable[str], days: int | None = 365) -> MadeToken:
    """Make a token for the acting staff member in the bound shop.

    Args:
        name: which program it is for.
        scopes: permissions that it gets; only such as its maker holds.
        days: how long it is good, one of LIFETIMES; None: until it is revoked.

    Raises InputRefused; PermissionRefused for a program: a token makes no tokens.
    """
    maker, shop_id = current_actor(), current_scope().shop_id
    if maker.kind != "staff" or maker.id is None or maker.scopes is not None:
        raise PermissionRefused
    wanted = sorted(set(scopes))
    _require_sound(name.strip(), wanted, days, maker.id, shop_id)
    secret = f"{BEGINNING}{secrets.token_urlsafe(30)}"
    row = ApiToken(
        id=new_id(),
        shop_id=shop_id,
        staff_id=maker.id,
        name=name.strip(),
        token_hash=token_hash(secret),
        prefix=secret[:_SHOWN],
        scopes=wanted,
        expires_at=now() + timedelta(days=days) if days else None,
    )
    with platform_session() as session:
        if session.scalars(_live_count(shop_id)).one() >= MOST_TOKENS:
            raise InputRefused({"name": [_("A shop has at most %(most)s tokens.", most=MOST_TOKENS)]})
        session.add(row)
    note_change("api.token_made", row.name, {}, {"scopes": wanted, "prefix": row.prefix})
    return MadeToken(row.id, secret)


def _require_sound(name: str, scopes: list[str], days: int | None, staff_id: UUID, shop_id: int) -> None:
    problems: dict[str, list[str]] = {}
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        problems["name"] = [_("Write 1 to %(most)s characters.", most=LONGEST_NAME)]
    if not scopes or not all(permissions.may(staff_id, one, shop_id) for one in scopes):
        problems["scopes"] = [_("Choose at least one thing, and only such as you may do yourself.")]
    if days is not None and days not in LIFETIMES:
        problems["days"] = [_("Choose from the list only.")]
    if problems:
        raise InputRefused(problems)


def _live_count(shop_id: int) -> Select[int]:
    return select(func.count()).where(ApiToken.shop_id == shop_id, ApiToken.revoked_at.is_(None))


@command("shop.edit")
def revoke_token(*, token_id: UUID) -> None:
    """End a token of the bound shop, at once and everywhere. Raises NotFound."""
    mine = (ApiToken.id == token_id) & (ApiToken.shop_id == current_scope().shop_id)
    with platform_session() as session:
        name = session.scalar(
            update(ApiToken)
            .where(mine, ApiToken.revoked_at.is_(None))
            .values(revoked_at=now())
            .returning(ApiToken.name)
        )
    if name is None:
        raise NotFound
    note_change("api.token_revoked", name, {}, {})
