"""Three shops in one database: one with nothing, one with one row of everything, one with a hundred thousand."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import URL, make_url

from bench.photographs.camera import LANGUAGES
from bench.photographs.rows import write_rows
from bench.stage import server
from core.app import boot
from core.commerce.customers.contacts import secret_hash
from core.commerce.customers.models import Customer, CustomerSession
from core.commerce.shops.queries import scope_of_handle
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import app_engine, make_engine, session
from core.kernel.tenancy import SYSTEM, Actor, ShopScope, acting_as, shop_bound
from core.platform import Platform
from core.rendering.theme import install_themes
from core.settings import Settings
from core.testing import cluster
from tenants.actions.logins import log_in
from tenants.actions.plugins import switch_plugin_on
from tenants.actions.shops import NewShop, give_role, make_merchant, make_staff, open_shop
from themes.catalog import installed_themes

# Shop → how many rows of everything it has; of the newcomer only the storefront is looked at, by a customer who has nothing.
SHOPS = {"nothing": 0, "newcomer": 0, "one": 1, "many": 100_000}
_NAMES = {"nothing": "空铺", "newcomer": "新客小店", "one": "一件小店", "many": "十万行大店"}
_PASSWORD = "three quiet lamps"
# Row 1 has this id in every table; it is the customer who looks at their own pages.
FIRST = UUID("00000000-0000-7000-8000-000000000001")


@dataclass(frozen=True)
class Gallery:
    """A booted platform with the three shops, and cookies: of staff by the language they read, of buyers by shop."""

    platform: Platform
    staff: dict[str, str]
    buyer: dict[str, str]


@contextmanager
def gallery(rows: int, port: int, *, database: str = "", keep: bool = False) -> Iterator[Gallery]:
    """The shops in a database of their own; the fullest has `rows` of everything.

    `keep` leaves the database where it is and prints its name, `database` names one that was left.
    """
    with server() as url, tempfile.TemporaryDirectory(prefix="pinpu-photographs-") as home:
        name = database or cluster.make_template(url)
        addresses = cluster.addresses(url, name)
        try:
            platform = _booted(addresses, Path(home), port)
            if not database:
                _furnish(make_url(url).set(drivername="postgresql+psycopg", database=name), rows)
            yield _entered(platform)
            app_engine().dispose()
        finally:
            if keep or database:
                print(f"The database stays: {name}", flush=True)
            else:
                cluster.drop(url, name)


def _booted(database: cluster.TestDatabase, home: Path, port: int) -> Platform:
    settings = Settings(
        home=home,
        port=port,
        secret_key="a secret for photographs only, 32 characters",
        demo=True,
        database_url=database.database_url,
        database_owner_url=database.database_owner_url,
        database_platform_url=database.database_platform_url,
    )
    platform = boot(settings)
    install_themes(installed_themes())
    return platform


def _furnish(superuser: URL, rows: int) -> None:
    merchant = make_merchant(name="Photographs")
    owners = [
        make_staff(merchant_id=merchant, email=_email(one), name="沈青", password=_PASSWORD, language=one)
        for one in LANGUAGES
    ]
    tables = make_engine(superuser.render_as_string(hide_password=False), pool_size=1, guarded=False)
    for handle, most in SHOPS.items():
        scope = _opened(merchant, handle)
        for owner in owners:
            give_role(staff_id=owner, shop_id=scope.shop_id, role="owner")
        with shop_bound(scope, SYSTEM), acting_as(Actor("staff", owners[0], "沈青")):
            for plugin in ("group_buy", "coupon", "bundle"):
                switch_plugin_on(plugin=plugin)
        if most:
            write_rows(tables, scope.shop_id, min(most, rows))
    tables.dispose()


def _email(language: str) -> str:
    return f"{language}@example.com"


def _entered(platform: Platform) -> Gallery:
    """Everybody is logged in."""
    buyer = {}
    for handle in SHOPS:
        scope = scope_of_handle(handle)
        if scope is not None:
            with shop_bound(scope, SYSTEM):
                buyer[handle] = _logged_in() if handle != "nothing" else ""
    staff = {one: log_in(email=_email(one), password=_PASSWORD) for one in LANGUAGES}
    return Gallery(platform, staff, buyer)


def _opened(merchant: UUID, handle: str) -> ShopScope:
    return open_shop(
        NewShop(
            merchant_id=merchant,
            handle=handle,
            name=_NAMES[handle],
            currency="CNY",
            language="zh-CN",
            timezone="Asia/Shanghai",
            hosts=(f"{handle}.localhost",),
        )
    )


@command("system")
def _logged_in() -> str:
    if session().scalars(select(Customer.id).where(Customer.id == FIRST)).first() is None:
        session().add(Customer(id=FIRST, email="me@example.com"))
        session().flush()
    token = secrets.token_urlsafe(32)
    until = now() + timedelta(days=30)
    session().add(CustomerSession(customer_id=FIRST, token_hash=secret_hash(token), expires_at=until))
    return token
