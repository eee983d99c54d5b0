"""The pytest plugin for core's and plugins' tests: database, clock, two shops, jobs that run on demand."""

import importlib
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from core.app import HOOK_SPECS, boot, connect
from core.commerce.payments.gateways.registry import register_gateway
from core.commerce.payments.gateways.test import PinpuTestGateway
from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.kernel import clock as kernel_clock
from core.kernel.clock import MovableClock
from core.kernel.db import install_engine, make_engine
from core.kernel.sealed import Keyring, install_keyring
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.platform import Platform
from core.rendering import engine
from core.rendering.theme import install_themes
from core.settings import ROOT, Settings
from core.testing import answers, cluster, goods
from core.testing.browsers import ShopBrowser, StaffBrowser, host_of
from core.testing.buying import Buyer
from core.testing.files import files as files
from core.testing.gateway_fake import FakeGateway
from core.testing.jobs import park_job, remove_jobs, run_due_jobs
from core.testing.shops import forget, make_shop
from core.web.console.application import ConsoleApplication, make_console
from core.web.storefront.application import Storefront, make_storefront, storefront_parts
from core.web.storefront.limits import limiter

SEALING_KEYS = ("a sealing key for tests and for nothing else",)
_STACK = pytest.StashKey[ExitStack]()
_DATABASE_FIXTURES = {"database"}


def pytest_configure(config: pytest.Config) -> None:
    """Remember where to keep what this run starts."""
    config.stash[_STACK] = ExitStack()


def pytest_configure_node(node: object) -> None:
    """Under xdist the controller starts one server and makes one template for all workers."""
    _start_server(node.config)  # type: ignore[attr-defined]


def _start_server(config: pytest.Config) -> None:
    if cluster.TEMPLATE_VARIABLE in os.environ:
        return
    server = config.stash[_STACK].enter_context(cluster.running_server())
    template = cluster.make_template(server)
    config.stash[_STACK].callback(cluster.drop, server, template)
    os.environ[cluster.SERVER_VARIABLE] = server
    os.environ[cluster.TEMPLATE_VARIABLE] = template


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started."""
    config.stash[_STACK].close()


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config) -> Iterator[cluster.TestDatabase]:
    """A migrated database of this process's own; the engine of the application's role is installed."""
    _start_server(pytestconfig)
    server, template = os.environ[cluster.SERVER_VARIABLE], os.environ[cluster.TEMPLATE_VARIABLE]
    addresses = cluster.clone(server, template)
    engine = make_engine(addresses.database_url, pool_size=20)
    install_engine(engine)
    install_keyring(Keyring(SEALING_KEYS))
    yield addresses
    install_engine(None)
    engine.dispose()
    cluster.drop(server, str(make_url(addresses.database_url).database))


@pytest.fixture(scope="session")
def platform(database: cluster.TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The booted engine room with all plugins installed; tests play tenants through core.testing.answers."""
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        secret_key="a secret for tests only",  # noqa: S106
        secret_keys=SEALING_KEYS,
        database_url=database.database_url,
        database_owner_url=database.database_owner_url,
        database_platform_url=database.database_platform_url,
        demo=True,
        plugin_folder=Path(os.environ.get("PINPU_PLUGIN_FOLDER") or ROOT / "plugins"),
    )
    return boot(settings, internal=[answers], pool_size=20)


@pytest.fixture(scope="session")
def owner_engine(database: cluster.TestDatabase) -> Iterator[Engine]:
    """The owner's engine: sees every shop; for set-up and for looking at what really is in the tables."""
    engine = make_engine(database.database_owner_url, pool_size=2, guarded=False)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """A clock that the test moves; it starts at the present and is installed for the process."""
    movable = MovableClock()
    kernel_clock.install(movable)
    yield movable
    kernel_clock.install_system_clock()


_numbers = itertools.count(1)


@pytest.fixture
def shop(database: cluster.TestDatabase, owner_engine: Engine) -> Iterator[ShopScope]:
    """A fresh Chinese shop (CNY, Asia/Shanghai) with nothing in it."""
    made = make_shop(owner_engine, handle=f"tea-{os.getpid()}-{next(_numbers)}")
    yield made
    forget(made)


@pytest.fixture
def other_shop(database: cluster.TestDatabase, owner_engine: Engine) -> Iterator[ShopScope]:
    """A second fresh shop (USD, English) whose data must never show in the first."""
    made = make_shop(
        owner_engine,
        handle=f"home-{os.getpid()}-{next(_numbers)}",
        currency="USD",
        language="en",
        timezone="America/New_York",
    )
    yield made
    forget(made)


@pytest.fixture
def gateway(platform: Platform) -> Iterator[FakeGateway]:
    """The gateway that new payments go through, driven by the test."""
    fake = FakeGateway()
    register_gateway(fake)
    yield fake
    register_gateway(PinpuTestGateway())


@pytest.fixture
def enable(platform: Platform) -> Callable[..., None]:
    """`enable(shop, "group_buy", **settings)` switches a plugin on in a shop; `state="draining"` lets it only finish."""

    def switch(shop: ShopScope, plugin: str, *, state: str = "on", **settings: object) -> None:
        answers.switches.setdefault(shop.shop_id, {})[plugin] = state
        answers.settings[shop.shop_id, plugin] = settings

    return switch


@pytest.fixture(scope="session")
def storefront_application(platform: Platform) -> Storefront:
    """The buyers' application; templates are strict, so that a name that does not exist fails the test."""
    themes = importlib.import_module("themes.catalog")  # noqa: TID251 - as at boot
    install_themes(themes.installed_themes())
    app = make_storefront(platform)
    engine.configure(strict=True)
    return app


@pytest.fixture
def at_shop(storefront_application: Storefront) -> Callable[[ShopScope], ShopBrowser]:
    """`at_shop(shop)` is a new browser at a shop's storefront; nothing of an earlier test is remembered."""
    limiter.reset()
    parts = storefront_parts(storefront_application)
    parts.cache.forget()
    parts.frames.forget()
    return lambda shop: ShopBrowser(storefront_application, host_of(shop))


@pytest.fixture(scope="session")
def console_application(platform: Platform) -> ConsoleApplication:
    """The merchants' application with the pages of all plugins."""
    return make_console(platform)


@pytest.fixture
def at_console(console_application: ConsoleApplication) -> Callable[..., StaffBrowser]:
    """`at_console(shop, "orders.ship", …)` is the browser of a staff member who holds these permissions there."""

    def make(shop: ShopScope, *permissions: str, language: str = "en") -> StaffBrowser:
        return StaffBrowser(console_application, shop, permissions, language=language)

    return make


@pytest.fixture
def without_plugins(platform: Platform) -> Iterator[Callable[[], None]]:
    """`without_plugins()` goes on as if no plugin's files were there any more, whatever shops have switched on."""

    def remove() -> None:
        registry = HookRegistry.boot(
            [importlib.import_module(name) for name in HOOK_SPECS],  # noqa: TID251 - as at boot
            entry_point_group=None,
            internal=[answers],
        )
        connect(Platform(platform.settings, registry, Dispatcher(registry)), [answers])

    yield remove
    connect(platform, [answers])


@pytest.fixture
def buyer(platform: Platform, in_shop: ShopScope) -> Callable[[], Buyer]:
    """`buyer()` is a new customer of the bound shop with a delivery method of their own."""
    method = {"kind": "method", "id": str(goods.make_shipping())}
    return lambda: Buyer(goods.make_customer(), method)


@pytest.fixture
def in_shop(platform: Platform, shop: ShopScope) -> Iterator[ShopScope]:
    """`shop`, bound, with the system acting."""
    with shop_bound(shop, SYSTEM):
        yield shop


@pytest.fixture
def run_jobs(database: cluster.TestDatabase) -> Callable[[], int]:
    """Run every job that is due by the clock, and those they defer, until none is left; returns how many ran."""
    return run_due_jobs


@pytest.fixture
def park(in_shop: ShopScope, owner_engine: Engine) -> Iterator[Callable[..., int]]:
    """`park("payments.send_refund", refund_id=…)` is the row of a job of the bound shop (`shop=`: of another) that
    failed for the last time; it is gone after the test."""
    made: list[int] = []

    def parked(name: str, *, shop: ShopScope | None = None, **arguments: object) -> int:
        made.append(park_job(owner_engine, name, {"shop_id": (shop or in_shop).shop_id, **arguments}))
        return made[-1]

    yield parked
    remove_jobs(owner_engine, made)
