"""What benchmarks stand on: a durable embedded server, a booted platform, a shop with goods."""

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from core.app import boot
from core.commerce.payments.gateways.registry import register_gateway
from core.kernel.db import make_engine
from core.kernel.embedded_postgres import EmbeddedPostgres
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.platform import Platform
from core.settings import Settings
from core.testing import answers, cluster, goods
from core.testing.gateway_fake import FakeGateway
from core.testing.shops import make_shop


@dataclass(frozen=True)
class Stage:
    """A migrated database and one shop with `variants` of untracked stock and a way to send."""

    database: cluster.TestDatabase
    shop: ShopScope
    variants: tuple[UUID, ...]
    method: UUID
    server: str


@contextmanager
def server() -> Iterator[str]:
    """A superuser URL: the given server, or an embedded one that flushes to disk as production does."""
    given = os.environ.get(cluster.SERVER_VARIABLE)
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="pinpu-bench-") as home, EmbeddedPostgres(Path(home)) as running:
        yield running.urls.superuser


@contextmanager
def stage(products: int = 50, stock: int | None = None) -> Iterator[Stage]:
    """A stage of its own, dropped afterwards."""
    with server() as url:
        name = cluster.make_template(url)
        database = cluster.addresses(url, name)
        owner = make_engine(database.database_owner_url, pool_size=1, guarded=False)
        platform_of(database)
        shop = make_shop(owner, handle="bench")
        with shop_bound(shop, SYSTEM):
            made = [goods.make_product(title=f"Tea {n}", stock=stock) for n in range(products)]
            method = goods.make_shipping()
        owner.dispose()
        yield Stage(database, shop, tuple(one.variant_id for one in made), method, url)
        from core.kernel.db import app_engine  # noqa: PLC0415 - only here

        app_engine().dispose()
        cluster.drop(url, name)


def platform_of(database: cluster.TestDatabase) -> Platform:
    """The booted platform of this process on `database`, with a gateway that asks nobody."""
    settings = Settings(
        home=Path(tempfile.gettempdir()),
        secret_key="a secret for benchmarks only",
        database_url=database.database_url,
        database_owner_url=database.database_owner_url,
        database_platform_url=database.database_platform_url,
    )
    platform = boot(settings, internal=[answers], pool_size=4)
    register_gateway(FakeGateway())
    return platform


def median(values: list[float]) -> float:
    """The median, or 0 of nothing."""
    return statistics.median(values) if values else 0.0


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
