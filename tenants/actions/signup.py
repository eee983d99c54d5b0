"""Merchants sign up and open shops by themselves."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.commerce.shops.models import DirectoryEntry
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_code
from core.kernel.tenancy import ShopScope
from core.rendering.extensions import StaffMember
from tenants.actions.logins import log_in, normal_email
from tenants.actions.shops import NewShop, give_role, make_merchant, make_staff, open_shop
from tenants.errors import HandleTaken, LoginLocked, TooManyShops
from tenants.models import Merchant, MerchantShop, Staff
from tenants.passwords import LONGEST
from tenants.platform import platform_session
from tenants.throttle import count_try

SHORTEST_PASSWORD = 8
LONGEST_SHOP_NAME = 40
MOST_SHOPS = 20
_LONGEST_HANDLE = 30
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]+@[^\s@<>\"(),:;\\.]+(\.[^\s@<>\"(),:;\\.]+)+")
# What everybody tries first; compared without digits and signs at the end.
_COMMON = frozenset(
    {"password", "passwort", "qwerty", "qwertyui", "iloveyou", "welcome", "letmein", "admin", "woaini"}
)
_TRIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopWish:
    """What a merchant says about a shop to be opened; what they did not say was derived by the caller."""

    name: str
    currency: str
    language: str
    timezone: str


def sign_up(*, email: str, password: str, language: str, user_agent: str = "", address: str = "") -> str:
    """Make a merchant with one member of staff and log them in; returns the cookie's token.

    Whoever has a log-in already and types it here is simply logged in; with another password they are refused in the
    words of the log-in. Tries count as tries to log in do.
    Raises InputRefused (by field), LoginRefused, LoginLocked.
    """
    email = normal_email(email)
    _check(email, password)
    with platform_session() as platform:
        admitted = count_try(platform, email=email, address=address)
    if not admitted:
        raise LoginLocked
    if not _is_known(email):
        _make(email, password, language)
    return log_in(email=email, password=password, user_agent=user_agent, address=address)


def _check(email: str, password: str) -> None:
    found = {}
    if len(email) > _LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        found["email"] = [gettext(N_("Write an e-mail address, like ming@example.com."))]
    if fault := _password_fault(email, password):
        found["password"] = [fault]
    if found:
        raise InputRefused(found)


def _password_fault(email: str, password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        return gettext(N_("Use at least %(least)s characters."), least=SHORTEST_PASSWORD)
    if len(password) > LONGEST:
        return gettext(N_("Use at most %(most)s characters."), most=LONGEST)
    plain = password.casefold()
    name = email.partition("@")[0]
    ascending = plain in "01234567890123456789" or plain in "abcdefghijklmnopqrstuvwxyz"
    if (
        len(set(plain)) < 4
        or ascending
        or plain in (email, name)
        or re.sub(r"[\W\d_]+$", "", plain) in _COMMON
    ):
        return gettext(N_("This password is guessed at once. Take a few words that only you put together."))
    return ""


def _is_known(email: str) -> bool:
    with platform_session() as platform:
        return platform.scalars(select(Staff.id).where(Staff.email == email)).first() is not None


def _make(email: str, password: str, language: str) -> None:
    name = email.partition("@")[0]
    merchant_id = make_merchant(name=name)
    try:
        make_staff(merchant_id=merchant_id, email=email, name=name, password=password, language=language)
    except IntegrityError:
        # Pressed twice: the other press made the person, and the log-in that follows decides.
        with platform_session() as platform:
            platform.delete(platform.get_one(Merchant, merchant_id))


def may_open_shops(staff: StaffMember) -> bool:
    """Whether this person may open a shop for their merchant: owners, and people who have no shop yet."""
    return not staff.shops or any(one.role == "owner" for one in staff.shops)


def open_own_shop(*, staff_id: UUID, wish: ShopWish) -> ShopScope:
    """Open a shop for the merchant of `staff_id`, who becomes its owner; address and hosts follow from its name.

    Raises InputRefused ("name"), TooManyShops.
    """
    name = " ".join(unicodedata.normalize("NFC", wish.name).split())
    if not name or len(name) > LONGEST_SHOP_NAME or not name.isprintable():
        said = gettext(N_("Write a name of 1 to %(most)s ordinary characters."), most=LONGEST_SHOP_NAME)
        raise InputRefused({"name": [said]})
    merchant_id = _merchant_of(staff_id)
    scope = _opened(merchant_id, name, wish)
    give_role(staff_id=staff_id, shop_id=scope.shop_id, role="owner")
    return scope


def _merchant_of(staff_id: UUID) -> UUID:
    with platform_session() as platform:
        merchant_id = platform.scalars(select(Staff.merchant_id).where(Staff.id == staff_id)).one()
        count = select(func.count()).select_from(MerchantShop).where(MerchantShop.merchant_id == merchant_id)
        if platform.scalars(count).one() >= MOST_SHOPS:
            raise TooManyShops(most=MOST_SHOPS)
    return merchant_id


def _opened(merchant_id: UUID, name: str, wish: ShopWish) -> ShopScope:
    for handle in _handles(name):
        new = NewShop(
            merchant_id=merchant_id,
            handle=handle,
            name=name,
            currency=wish.currency,
            language=wish.language,
            timezone=wish.timezone,
            hosts=(f"{handle}.localhost",),
        )
        try:
            return open_shop(new)
        except HandleTaken as error:
            last = error
    raise last


def _handles(name: str) -> list[str]:
    """Free short names to try, best first: the shop's name in plain letters, then with something behind it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_HANDLE].rstrip("-")
    if len(slug) < 3:
        slug = ""
    wanted = [slug, *(f"{slug}-{number}" for number in range(2, 6))] if slug else []
    with platform_session() as platform:
        taken = set(platform.scalars(select(DirectoryEntry.handle).where(DirectoryEntry.handle.in_(wanted))))
    free = [one for one in wanted if one not in taken]
    return [*free, *(f"{slug or 'shop'}-{new_code(6).lower()}" for _ in range(_TRIES))]
