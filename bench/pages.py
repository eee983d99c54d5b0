"""Storefront pages under gunicorn: product page and listing, cached and not; CPU of the app and statements per page."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from werkzeug.test import Client

from bench.stage import median, server, table
from core.app import boot
from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.platform import Platform
from core.rendering.theme import install_themes
from core.settings import Settings
from core.testing import cluster, goods
from core.testing.statements import count_statements
from core.web.storefront.application import make_storefront
from tenants.actions.shops import NewShop, make_merchant, open_shop
from themes.catalog import installed_themes

REQUESTS, REPEATS, PORT, HOST = 150, 3, 8974, "bench.localhost"
_TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def shop_of_its_own(gateway_url: str = "") -> Iterator[tuple[Platform, ShopScope, dict[str, str]]]:
    """A booted platform with one shop of 24 products; yields the paths of the pages that are measured.

    `gateway_url` is where the test gateway's service answers, for whoever pays.
    """
    with server() as url:
        name = cluster.make_template(url)
        database = cluster.addresses(url, name)
        settings = Settings(
            home=Path(os.environ.get("TMPDIR", "/tmp")),
            secret_key="a secret for benchmarks only, 32 characters",
            port=PORT,
            database_url=database.database_url,
            database_owner_url=database.database_owner_url,
            database_platform_url=database.database_platform_url,
            **({"test_gateway_url": gateway_url} if gateway_url else {}),
        )
        platform = boot(settings)
        install_themes(installed_themes())
        shop = open_shop(
            NewShop(
                merchant_id=make_merchant(name="Bench"),
                handle="bench",
                name="Bench",
                currency="CNY",
                language="zh-CN",
                timezone="Asia/Shanghai",
                hosts=(HOST,),
            )
        )
        with shop_bound(shop, SYSTEM):
            made = [goods.make_product(title=f"明前龙井 {n}", prices=[12_800, 23_800]) for n in range(24)]
            save_collection(
                draft=CollectionDraft(title="茶", handle="tea", product_ids=tuple(one.id for one in made))
            )
        yield (
            platform,
            shop,
            {
                "product": f"/products/{made[0].handle}",
                "listing of 24": "/collections/tea",
                "other product": f"/products/{made[1].handle}",
            },
        )


def statements(platform: Platform, path: str) -> int:
    """How many statements one uncached page takes at the most; some values are kept for half a second."""
    client = Client(make_storefront(platform))
    client.get(path, base_url=f"http://{HOST}:{PORT}")
    client.set_cookie("cart", "x" * 32, domain=HOST)
    most = 0
    for _ in range(5):
        time.sleep(0.6)
        with count_statements() as seen:
            client.get(path, base_url=f"http://{HOST}:{PORT}")
        most = max(most, len(seen.texts))
    return most


@contextmanager
def gunicorn(platform: Platform) -> Iterator[int]:
    """One worker process of the real program; yields its pid."""
    environment = {**os.environ, **replace(platform.settings, port=PORT).environment()}
    command = [
        "-m",
        "gunicorn",
        "--no-control-socket",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--workers",
        "1",
    ]
    with subprocess.Popen(
        [sys.executable, *command, "--bind", f"127.0.0.1:{PORT}", "core.app:create_app()"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    ) as master:
        try:
            for _ in range(200):
                time.sleep(0.2)
                if _answers():
                    break
            yield _child_of(master.pid)
        finally:
            master.terminate()


def _child_of(master: int) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == master:
            return int(folder.name)
    raise RuntimeError("gunicorn has no worker")


def _answers() -> bool:
    try:
        return _get(http.client.HTTPConnection("127.0.0.1", PORT, timeout=5), "/") == 200
    except OSError:
        return False


def _get(connection: http.client.HTTPConnection, path: str, cookie: str = "") -> int:
    connection.request(
        "GET", path, headers={"Host": f"{HOST}:{PORT}", **({"Cookie": cookie} if cookie else {})}
    )
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def measured(pid: int, path: str, cookie: str) -> tuple[float, float]:
    """(app CPU milliseconds, wall milliseconds) per request, one client on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    for _ in range(20):
        assert _get(connection, path, cookie) == 200
    cpu, begun = _cpu(pid), time.perf_counter()
    for _ in range(REQUESTS):
        _get(connection, path, cookie)
    spent = time.perf_counter() - begun
    return 1000 * (_cpu(pid) - cpu) / REQUESTS, 1000 * spent / REQUESTS


def run() -> str:
    """CPU, wall time and statements of each page, with and without the page cache."""
    rows = []
    with shop_of_its_own() as (platform, _, every):
        pages = {name: every[name] for name in ("product", "listing of 24")}
        counts = {name: statements(platform, path) for name, path in pages.items()}
        with gunicorn(platform) as pid:
            for name, path in pages.items():
                for cached, cookie in (("uncached", "cart=" + "x" * 32), ("cached", "")):
                    runs = [measured(pid, path, cookie) for _ in range(REPEATS)]
                    rows.append(
                        (
                            name,
                            cached,
                            f"{median([cpu for cpu, _ in runs]):.2f}",
                            f"{median([wall for _, wall in runs]):.2f}",
                            str(counts[name]) if cookie else "–",
                        )
                    )
    return table(("page", "cache", "app CPU ms", "wall ms", "statements"), rows)
