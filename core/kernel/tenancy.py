"""Whose shop and who acts: the bound shop scope and the actor, both required before anything touches data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from core.kernel.errors import PermissionRefused


@dataclass(frozen=True, slots=True)
class ShopScope:
    """The shop that a request, job or command works for; a value, safe to keep and to compare."""

    shop_id: int
    handle: str
    currency: str
    language: str
    timezone: str
    name: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone; instants are stored in UTC and shown in this zone."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a staff member, a customer, a guest with a cart, or the system itself.

    `scopes`, where a program acts with a token for a staff member: the only permissions that it was given, of those that
    the person holds. `token_id` tells the programs of one person apart.
    """

    kind: Literal["staff", "customer", "guest", "system"]
    id: UUID | None = None
    name: str = ""
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None


SYSTEM = Actor("system")
GUEST = Actor("guest")


class NoScope(LookupError):
    """Work on tenant data was asked for without a bound shop: always a programming mistake."""


_scope: ContextVar[ShopScope | None] = ContextVar("shop_scope", default=None)
_actor: ContextVar[Actor] = ContextVar("actor", default=GUEST)
_gatekeeper: Callable[[Actor, str, int], bool] = lambda actor, permission, shop_id: False  # noqa: E731 - deny by default


def current_scope() -> ShopScope:
    """The bound shop; raises NoScope when there is none."""
    scope = _scope.get()
    if scope is None:
        raise NoScope("no shop is bound")
    return scope


def scope_or_none() -> ShopScope | None:
    """The bound shop, or None on platform pages."""
    return _scope.get()


def current_actor() -> Actor:
    """Who acts; a guest when nobody logged in."""
    return _actor.get()


@contextmanager
def shop_bound(scope: ShopScope, actor: Actor | None = None) -> Iterator[ShopScope]:
    """Bind `scope` (and `actor`, default: keep) for the block; a different shop may not be bound inside another."""
    outer = _scope.get()
    if outer is not None and outer.shop_id != scope.shop_id:
        raise NoScope(f"shop {outer.handle} is bound; {scope.handle} cannot be bound inside it")
    token, actor_token = _scope.set(scope), _actor.set(actor or _actor.get())
    try:
        yield scope
    finally:
        _scope.reset(token)
        _actor.reset(actor_token)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Use `actor` inside the block."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def install_gatekeeper(may: Callable[[Actor, str, int], bool]) -> None:
    """Let `may(actor, permission, shop_id)` decide for staff; until then every permission is refused."""
    global _gatekeeper
    _gatekeeper = may


def require(permission: str) -> None:
    """Refuse unless the current actor holds `permission` in the bound shop.

    "buyer" admits customers and guests, "system" the platform's own jobs and CLI, any other word is a staff permission.
    The system may do everything. Raises PermissionRefused.
    """
    actor = current_actor()
    if actor.kind == "system":
        return
    if permission == "buyer" and actor.kind in ("customer", "guest"):
        return
    staff_matter = actor.kind == "staff" and permission not in ("buyer", "system")
    given = actor.scopes is None or permission in actor.scopes
    if staff_matter and given and _gatekeeper(actor, permission, current_scope().shop_id):
        return
    raise PermissionRefused(permission=permission)
