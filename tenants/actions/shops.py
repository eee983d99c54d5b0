"""Opening shops and hiring staff; the platform's own business."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from core.commerce.orders.models import OrderCounter
from core.commerce.shops.models import DirectoryEntry, Shop
from core.commerce.shops.queries import scope_of
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from tenants import directory
from tenants.actions.logins import normal_email
from tenants.errors import HandleTaken
from tenants.models import Host, Merchant, MerchantShop, Staff, StaffRole
from tenants.passwords import hashed
from tenants.platform import platform_session
from tenants.staff_directory import forget_roles

# Words that stand at a shop's place in addresses of the console.
_RESERVED = frozenset({"login", "logout", "language", "shops", "signup", "start", "industries"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShop:
    """What a new shop needs; `hosts` are lower-case names without port, the first one canonical."""

    merchant_id: UUID
    handle: str
    name: str
    currency: str
    language: str
    timezone: str
    hosts: tuple[str, ...]
    order_prefix: str = ""


def make_merchant(*, name: str) -> UUID:
    """A new merchant's id."""
    with platform_session() as platform:
        row = Merchant(id=new_id(), name=name)
        platform.add(row)
        return row.id


def make_staff(*, merchant_id: UUID, email: str, name: str, password: str, language: str) -> UUID:
    """A new staff member's id; the e-mail must be unique on the platform."""
    with platform_session() as platform:
        row = Staff(
            id=new_id(),
            merchant_id=merchant_id,
            email=normal_email(email),
            name=name,
            password_hash=hashed(password),
            language=language,
        )
        platform.add(row)
        return row.id


def give_role(*, staff_id: UUID, shop_id: int, role: str) -> None:
    """Let a staff member work in a shop as "owner" or "staff"."""
    with platform_session() as platform:
        platform.add(StaffRole(staff_id=staff_id, shop_id=shop_id, role=role))
    forget_roles()


def take_role(*, staff_id: UUID, shop_id: int) -> None:
    """End a staff member's work in a shop; every process knows within a second."""
    with platform_session() as platform:
        platform.execute(
            delete(StaffRole).where(StaffRole.staff_id == staff_id, StaffRole.shop_id == shop_id)
        )
    forget_roles()


def open_shop(new: NewShop) -> ShopScope:
    """Give out a shop id and host names, and write the shop's own row; an opening that was cut off is finished.

    Raises HandleTaken.
    """
    if new.handle in _RESERVED:
        raise HandleTaken(handle=new.handle)
    try:
        shop_id = _begun(new) or _enter_directory(new)
    except IntegrityError as error:
        raise HandleTaken(handle=new.handle) from error
    scope = ShopScope(shop_id, new.handle, new.currency, new.language, new.timezone, new.name)
    with shop_bound(scope, SYSTEM):
        _write_shop(new=new)
    directory.forget_all()
    return scope


def _begun(new: NewShop) -> int | None:
    """The id of this merchant's shop that has its place in the directory but no row of its own yet."""
    with platform_session() as platform:
        shop_id = platform.scalar(
            select(DirectoryEntry.shop_id)
            .join(MerchantShop, MerchantShop.shop_id == DirectoryEntry.shop_id)
            .where(DirectoryEntry.handle == new.handle, MerchantShop.merchant_id == new.merchant_id)
        )
    return shop_id if shop_id is not None and scope_of(shop_id) is None else None


def _enter_directory(new: NewShop) -> int:
    with platform_session() as platform:
        # One shop at a time: the id is the next number, and gaps would be harmless but collisions not.
        platform.connection().exec_driver_sql("LOCK TABLE shops_directory IN SHARE ROW EXCLUSIVE MODE")
        shop_id = int(platform.scalar(select(func.coalesce(func.max(DirectoryEntry.shop_id), 0))) or 0) + 1
        platform.add(DirectoryEntry(shop_id=shop_id, handle=new.handle))
        platform.flush()
        platform.add(MerchantShop(shop_id=shop_id, merchant_id=new.merchant_id))
        platform.add_all(
            Host(host=host, shop_id=shop_id, canonical=position == 0)
            for position, host in enumerate(new.hosts)
        )
        return shop_id


@command("system")
def _write_shop(*, new: NewShop) -> None:
    session().add(Shop(name=new.name, currency=new.currency, language=new.language, timezone=new.timezone))
    session().add(OrderCounter(prefix=new.order_prefix))
