"""Buying over HTTP from two gunicorn workers: cart, whole checkout, placing at eight connections, a flash sale.

Buyers act by the pages' own forms, as browsers without JavaScript do; payments begin at the test gateway's service. App CPU
is that of the two workers. The limit is `place_order`'s: the same rows by raw psycopg at 8 connections. In the flash sale
500 buyers press "place" for 100 units, 64 at a time.
"""

import http.client
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy.engine import make_url

from bench.pages import HOST, PORT, shop_of_its_own
from bench.place_order import rate, raw
from bench.stage import median, stage, table
from core.commerce.reservations.stock import set_stock
from core.kernel.command import command
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.platform import Platform
from core.testing import goods
from core.testing.browsers import ShopBrowser
from core.testing.gateway.server import in_thread

ADDRESS = {
    "name": "林知夏",
    "phone": "13800000000",
    "region": "浙江省",
    "city": "杭州市西湖区",
    "line1": "转塘街道 1 号",
}
REPEATS, CARTS, CHECKOUTS, PLACED = 3, 40, 20, 160
BUYERS, UNITS, AT_ONCE = 500, 100, 64
_TICK = os.sysconf("SC_CLK_TCK")


class Workers:
    """Two worker processes of the real program."""

    def __init__(self, master: int, seconds: float) -> None:
        self.master, self.seconds = master, seconds

    @property
    def pids(self) -> list[int]:
        """The workers, without their master."""
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text()
        return [int(pid) for pid in children.split()]

    @property
    def cpu(self) -> float:
        """CPU seconds so far."""
        fields = (Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids)
        return sum((int(one[11]) + int(one[12])) / _TICK for one in fields)

    @property
    def memory(self) -> float:
        """MiB of their own and their share of what they have in common (PSS), the master's included."""
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in (self.master, *self.pids))
        kib = sum(
            int(line.split()[1]) for text in rollups for line in text.splitlines() if line[:4] == "Pss:"
        )
        return kib / 1024


@contextmanager
def two_workers(platform: Platform) -> Iterator[Workers]:
    """The storefront under gunicorn, two processes of eight threads."""
    environment = {**os.environ, **replace(platform.settings, port=PORT).environment()}
    options = ("--no-control-socket", "--worker-class", "gthread", "--threads", "8", "--workers", "2")
    options += ("--config", "python:core.cli.gunicorn_warm")
    command_line = [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{PORT}"]
    begun = time.perf_counter()
    with subprocess.Popen(
        [*command_line, "core.app:create_app()"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    ) as master:
        try:
            while not _answers():
                time.sleep(0.05)
            yield Workers(master.pid, time.perf_counter() - begun)
        finally:
            master.terminate()


def _answers() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"{HOST}:{PORT}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


_numbers = itertools.count(1)


def someone() -> http.client.HTTPConnection:
    """A connection from an address of its own: the storefront limits how often one address buys."""
    number = next(_numbers)
    address = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=120, source_address=(address, 0))


def over_http() -> Callable[..., Any]:
    """A WSGI application that hands one buyer's requests to the workers over a connection, for `ShopBrowser`."""
    connection = someone()

    def forward(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        headers = {
            name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        asked = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else "")
        connection.request(
            environ["REQUEST_METHOD"], asked, environ.get("wsgi.input", BytesIO()).read(length), headers
        )
        answer = connection.getresponse()
        body = answer.read()
        start_response(f"{answer.status} {answer.reason}", answer.getheaders())
        return [body]

    return forward


class Form:
    """A filled-in checkout form of one buyer, ready to be sent."""

    def __init__(self, browser: ShopBrowser, page: Any) -> None:
        form = page.form("/checkout/")
        self.path = form.action
        self.body = urlencode({**form.values, **ADDRESS, "act": "place"}).encode()
        kept = (browser.client.get_cookie(name, domain=HOST) for name in ("cart", "browser"))
        cookies = "; ".join(f"{one.key}={one.value}" for one in kept if one is not None)
        self.headers = {
            "Host": f"{HOST}:{PORT}",
            "Cookie": cookies,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }

        self.connection = someone()

    def send(self) -> int:
        """Press "place"; the status of the answer (303: placed, 4xx: told why not)."""
        self.connection.request("POST", self.path, self.body, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        self.connection.close()
        return answer.status


def begin(path: str, *more: str) -> tuple[ShopBrowser, Any]:
    """A new buyer with the goods of these pages, on a checkout page that knows the address."""
    browser = ShopBrowser(over_http(), f"{HOST}:{PORT}")
    for one in more:
        browser.get(one).send("/cart/add", button="加入购物车")
    page = browser.get(path).send("/cart/add", button="加入购物车")
    page = page.follow_link("购物车").send("/cart", button="去结算")
    return browser, page.send(page.path, button="更新金额", **ADDRESS)


def sent_together(forms: Sequence[Form], at_once: int) -> tuple[Counter[int], float]:
    """Statuses by how often they came, and the seconds that all took, so many sending at once."""
    waiting: queue.SimpleQueue[Form] = queue.SimpleQueue()
    for form in forms:
        waiting.put(form)
    came: list[int] = []

    def press() -> None:
        while True:
            try:
                form = waiting.get_nowait()
            except queue.Empty:
                return
            came.append(form.send())

    people = [threading.Thread(target=press) for _ in range(at_once)]
    begun = time.perf_counter()
    for one in people:
        one.start()
    for one in people:
        one.join()
    return Counter(came), time.perf_counter() - begun


def _each(workers: Workers, act: Callable[[], Any], times: int) -> tuple[float, float]:
    """(app CPU ms, wall ms) of one act, the median of three rounds."""
    act()
    rounds = []
    for _ in range(REPEATS):
        cpu, begun = workers.cpu, time.perf_counter()
        for _ in range(times):
            act()
        spent = time.perf_counter() - begun
        rounds.append(((workers.cpu - cpu) / times * 1000, spent / times * 1000))
    return median([cpu for cpu, _ in rounds]), median([wall for _, wall in rounds])


@command("system")
def _stock(levels: dict[Any, int]) -> None:
    set_stock(levels)


def flash_sale(workers: Workers, platform: Platform, shop: ShopScope, ready: Callable[[str], Form]) -> str:
    """What came of 500 buyers for 100 units, and what the database says."""
    with shop_bound(shop, SYSTEM):
        made = goods.make_product(title="限量", stock=BUYERS * 2)
        forms = [ready(f"/products/{made.handle}") for _ in range(BUYERS)]
        _stock(levels={made.variant_id: UNITS})
    cpu = workers.cpu
    came, seconds = sent_together(forms, AT_ONCE)
    spent = (workers.cpu - cpu) * 1000 / BUYERS
    url = make_url(platform.settings.database_owner_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as owner:
        counted = owner.execute(
            "SELECT count(*) FROM orders_line WHERE variant_id = %s", (made.variant_id,)
        ).fetchone()
    orders = counted[0] if counted else 0
    told = ", ".join(f"{status}: {count}" for status, count in sorted(came.items()))
    return f"{orders} orders in the database; answers {told}; {BUYERS / seconds:.0f} answers/s, {spent:.1f} ms CPU each"


def run() -> str:
    """The table."""
    with stage() as place:
        limit = median([rate(raw, place, 8)[0] for _ in range(REPEATS)])
    with in_thread() as gateway, shop_of_its_own(gateway.base_url) as (platform, shop, pages):
        with shop_bound(shop, SYSTEM):
            goods.make_shipping()
            product = f"/products/{goods.make_product(title='够卖的茶', stock=100_000).handle}"
        with two_workers(platform) as workers:
            cart = _each(workers, lambda: _add(product), CARTS)
            whole = _each(workers, lambda: _whole(product, pages["other product"]), CHECKOUTS)

            def ready(path: str) -> Form:
                return Form(*begin(path))

            speeds = []
            for _ in range(REPEATS):
                came, seconds = sent_together([ready(product) for _ in range(PLACED)], 8)
                assert came == {303: PLACED}, came
                speeds.append(PLACED / seconds)
            placed = median(speeds)
            sale = flash_sale(workers, platform, shop, ready)
            memory = workers.memory
    return table(
        ("over HTTP, two workers", "app CPU ms", "wall ms or rate", "goal"),
        [
            ("add to cart, a new cart each", f"{cart[0]:.1f}", f"{cart[1]:.1f} ms", "≤ 5 ms CPU"),
            ("whole checkout, 2 lines, pages and forms", f"{whole[0]:.1f}", f"{whole[1]:.1f} ms", "≤ 20 ms CPU"),
            ("“place” at 8 connections", "", f"{placed:.0f}/s of {limit:.0f}/s ({placed / limit:.2f})", "≥ 0.15 ×"),
            (f"flash sale, {BUYERS} for {UNITS}", "", sale, f"exactly {UNITS}, no 5xx"),
            ("first answer after start", "", f"{workers.seconds:.1f} s", "≤ 5 s"),
            ("memory of both workers (PSS)", "", f"{memory:.0f} MiB", "≤ 180 MiB"),
        ],
    )  # fmt: skip


def _add(path: str) -> None:
    ShopBrowser(over_http(), f"{HOST}:{PORT}").get(path).send("/cart/add", button="加入购物车", follow=False)


def _whole(path: str, other: str) -> None:
    _browser, page = begin(path, other)
    gone = page.send("/checkout/", button="提交订单", follow=False)
    assert gone.status == 303, gone.text
