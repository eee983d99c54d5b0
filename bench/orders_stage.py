"""A shop with a hundred thousand customers and orders, and a console that somebody is logged in to."""

import contextvars
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from werkzeug.test import Client
from werkzeug.wrappers import Response

from bench.crowd import CUSTOMERS, ORDERS, fill
from bench.stage import Stage, median, platform_of, stage
from core.kernel.db import make_engine
from core.kernel.ids import new_code, new_id
from core.platform import Platform
from core.rendering.console.visits import STAFF_COOKIE
from core.rendering.extensions import StaffMember, StaffShop
from core.testing import answers
from core.testing.statements import count_statements
from core.web.console.application import make_console

# What a list may take, and how often each is opened.
LIMIT_MS, VISITS = 100, 7
PAGE_HEAD = ("median ms", "CPU ms", "limit ms", "× plain SQL", "statements")
_PERMISSIONS = {
    "orders.ship", "orders.note", "orders.refund", "orders.export",
    "customers.edit", "customers.export", "marketing.edit",
}  # fmt: skip


@dataclass(frozen=True)
class OrdersStage:
    """The stage, its platform, and a client that is logged in to the console of the shop."""

    stage: Stage
    platform: Platform
    client: Client
    home: str

    def get(self, path: str) -> int:
        """Open a page of the console; returns its status."""

        def ask() -> int:
            return self.client.get(f"{self.home}{path}", base_url="http://localhost").status_code

        return contextvars.Context().run(ask)


@contextmanager
def shop_with_orders(orders: int = ORDERS, customers: int = CUSTOMERS) -> Iterator[OrdersStage]:
    """A shop with so many customers and orders, and somebody who is logged in to its console."""
    with stage(products=50) as ready:
        owner = make_engine(ready.database.database_owner_url, pool_size=1, guarded=False)
        fill(owner, ready, customers=customers, orders=orders)
        owner.dispose()
        platform = platform_of(ready.database)
        token = new_code(24)
        shop = StaffShop(shop_id=ready.shop.shop_id, handle=ready.shop.handle, name="Bench", role="owner")
        staff = StaffMember(
            id=new_id(), name="沈青", email="bench@example.com", language="zh-CN", shops=(shop,)
        )
        answers.staff_by_token[token] = staff
        answers.permissions[staff.id] = _PERMISSIONS
        client = Client(make_console(platform), Response)
        client.set_cookie(STAFF_COOKIE, token, domain="localhost")
        yield OrdersStage(ready, platform, client, f"/console/{ready.shop.handle}")


def page_rows(ready: OrdersStage, pages: Mapping[str, str], newest: str) -> list[tuple[str, ...]]:
    """Each page's median and CPU time beside LIMIT_MS, its statements, and how it compares to `newest` as plain SQL."""
    url = ready.stage.database.database_owner_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as plain:
        raw = _median_ms(lambda: plain.execute(newest, (ready.stage.shop.shop_id,)).fetchall())[0]
    rows = []
    for name, path in pages.items():
        with count_statements() as seen:
            assert ready.get(path) == 200, path
        spent, used = _median_ms(lambda path=path: ready.get(path))  # type: ignore[misc]
        said = f"{LIMIT_MS}" if spent <= LIMIT_MS else f"{LIMIT_MS} (exceeded)"
        rows.append((name, f"{spent:.0f}", f"{used:.0f}", said, f"{spent / raw:.0f}", str(len(seen))))
    return [*rows, ("plain SQL: the 20 newest rows", f"{raw:.1f}", "–", "–", "1", "1")]


def _median_ms(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of this process's CPU; the first run warms up."""
    act()
    spent, used = [], []
    for _ in range(VISITS):
        begun, cpu = time.perf_counter(), time.process_time()
        act()
        spent.append((time.perf_counter() - begun) * 1000)
        used.append((time.process_time() - cpu) * 1000)
    return median(spent), median(used)
