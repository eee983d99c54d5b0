"""Three shops in one database: one with nothing, one with one row of everything, one with a hundred thousand."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, text

from bench.photographs.camera import LANGUAGES
from bench.photographs.rows import write_rows
from bench.stage import server
from core.app import boot
from core.commerce.customers.contacts import secret_hash
from core.commerce.customers.models import CustomerSession
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import app_engine, make_engine, session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, ShopScope, acting_as, shop_bound
from core.platform import Platform
from core.rendering.theme import install_themes
from core.settings import Settings
from core.testing import cluster
from tenants.actions.logins import log_in
from tenants.actions.plugins import switch_plugin_on
from tenants.actions.shops import NewShop, give_role, make_merchant, make_staff, open_shop
from themes.catalog import installed_themes

# Shop → how many rows of everything it has.
SHOPS = {"nothing": 0, "one": 1, "many": 100_000}
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
def gallery(rows: int, port: int) -> Iterator[Gallery]:
    """The three shops in a database of their own, dropped afterwards; the fullest has `rows` of everything."""
    with server() as url, tempfile.TemporaryDirectory(prefix="pinpu-photographs-") as home:
        name = cluster.make_template(url)
        database = cluster.addresses(url, name)
        try:
            yield _furnished(_booted(database, Path(home), port), database, rows)
            app_engine().dispose()
        finally:
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


def _furnished(platform: Platform, database: cluster.TestDatabase, rows: int) -> Gallery:
    merchant = make_merchant(name="Photographs")
    owners = {
        language: make_staff(
            merchant_id=merchant,
            email=f"{language}@example.com",
            name="沈青",
            password=_PASSWORD,
            language=language,
        )
        for language in LANGUAGES
    }
    tables = make_engine(database.database_owner_url, pool_size=1, guarded=False)
    buyer = {}
    for handle, most in SHOPS.items():
        scope = _opened(merchant, handle)
        for owner in owners.values():
            give_role(staff_id=owner, shop_id=scope.shop_id, role="owner")
        with shop_bound(scope, SYSTEM):
            with acting_as(Actor("staff", owners["zh-CN"], "沈青")):
                switch_plugin_on(plugin="group_buy")
            if most:
                write_rows(tables, scope.shop_id, min(most, rows))
                buyer[handle] = _logged_in(customer_id=FIRST)
            else:
                buyer[handle] = _newcomer(tables, scope)
    tables.dispose()
    staff = {one: log_in(email=f"{one}@example.com", password=_PASSWORD) for one in owners}
    return Gallery(platform, staff, buyer)


def _opened(merchant: UUID, handle: str) -> ShopScope:
    return open_shop(
        NewShop(
            merchant_id=merchant,
            handle=handle,
            name={"nothing": "空铺", "one": "一件小店"}.get(handle, "十万行大店"),
            currency="CNY",
            language="zh-CN",
            timezone="Asia/Shanghai",
            hosts=(f"{handle}.localhost",),
        )
    )


def _newcomer(tables: Engine, scope: ShopScope) -> str:
    """A customer who has nothing yet, logged in; the shop still has no row of anything else."""
    with tables.begin() as connection:
        connection.execute(
            text("INSERT INTO customers_customer (shop_id, id, name, email, language, source, created_at) VALUES (:shop, :id, '', 'me@example.com', '', '', now())"),
            {"shop": scope.shop_id, "id": FIRST},
        )  # fmt: skip
    return _logged_in(customer_id=FIRST)


@command("system")
def _logged_in(*, customer_id: UUID) -> str:
    token = secrets.token_urlsafe(32)
    until = now() + timedelta(days=30)
    session().add(
        CustomerSession(id=new_id(), customer_id=customer_id, token_hash=secret_hash(token), expires_at=until)
    )
    return token
