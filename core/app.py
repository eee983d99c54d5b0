"""The only place where parts are put together: tenants, themes and plugins are loaded here by name."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy.exc import OperationalError

from core.commerce.checkout.actions import install_quote_secret
from core.commerce.media.storage import install_store, open_store
from core.commerce.messages.known_topics import know_topics
from core.commerce.messages.outside import Outside, install_outside, mail_server_of
from core.commerce.orders.keys import install_order_secret
from core.commerce.payments.accounts import AccountsOutside, install_accounts
from core.commerce.payments.gateways.interface import GatewayCredentials
from core.commerce.payments.gateways.registry import register_gateway
from core.commerce.payments.gateways.test import credentials_for_key
from core.hooks import current
from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.manifest import Plugin
from core.hooks.registry import HookRegistry
from core.kernel import clock, i18n, jobs
from core.kernel.catalog_check import require_sound_catalog
from core.kernel.db import install_engine, make_engine
from core.kernel.logs import configure_logging
from core.kernel.sealed import Keyring, install_keyring
from core.kernel.tenancy import Actor, ShopScope, install_gatekeeper
from core.platform import Platform
from core.settings import CONSOLE_HOSTS, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ROOT = Path(__file__).resolve().parent.parent

# Rooms that declare hooks, lower to upper, then the parts above them.
HOOK_SPECS = (
    "core.commerce.customers.hookspecs",
    "core.commerce.messages.hookspecs",
    "core.commerce.shops.hookspecs",
    "core.commerce.catalog.hookspecs",
    "core.commerce.pricing.hookspecs",
    "core.commerce.orders.hookspecs",
    "core.commerce.payments.hookspecs",
    "core.commerce.checkout.hookspecs",
    "core.commerce.fulfilment.hookspecs",
    "core.commerce.aftersale.hookspecs",
    "core.commerce.audiences.hookspecs",
    "core.commerce.promotions.hookspecs",
    "core.commerce.insights.hookspecs",
    "core.rendering.hookspecs",
    "core.web.hookspecs",
)
# Modules whose import declares jobs, or what ids stand for in messages; every process must know all of them.
JOB_MODULES = (
    "core.jobs.relay",
    "core.commerce.messages.jobs",
    "core.commerce.orders.message_facts",
    "core.commerce.fulfilment.message_facts",
    "core.commerce.customers.imports",
    "core.commerce.merchandising.import_runs",
    "core.commerce.payments.jobs",
    "core.commerce.fulfilment.bulk_runs",
    "core.commerce.aftersale.jobs",
    "core.commerce.aftersale.telling",
    "core.commerce.promotions.backtest_runs",
    "core.commerce.webhooks.jobs",
    "tenants.jobs",
)
# Parts that are not plugins and always answer.
INTERNAL_HOOKS = ("tenants.hooks",)


def _load(names: Sequence[str]) -> list[ModuleType]:
    return [importlib.import_module(name) for name in names]  # noqa: TID251 - parts are loaded here by name


def import_parts() -> None:
    """Import what every web process needs, plugins apart: a process that forks afterwards shares it."""
    _load(("core.web.application", "core.rendering.theme", "themes.catalog"))
    _load((*HOOK_SPECS, *JOB_MODULES, *INTERNAL_HOOKS))


def boot(
    settings: Settings,
    *,
    internal: Sequence[ModuleType] | None = None,
    pool_size: int = 8,
    checked: bool = True,
) -> Platform:
    """Put the engine room together, without Flask: database, words, hooks, jobs, gateways.

    `internal` replaces the parts that answer core's questions (tests of core without tenants). `checked` False leaves
    the catalog to the caller, who wants to name its offences.
    Raises CatalogUnsound when a table of this database would not keep shops apart, BootError for hooks.
    """
    if settings.clock_file:
        clock.install(clock.FileClock(Path(settings.clock_file)))
    engine = make_engine(settings.database_url, pool_size=pool_size)
    if checked:
        require_sound_catalog(engine)
    install_engine(engine)
    install_keyring(Keyring(settings.secret_keys))
    install_store(open_store(settings.home / "media"), public_url=settings.media_url)
    add_catalogues(settings.plugin_folder)
    _load(JOB_MODULES)
    parts = list(internal) if internal is not None else _load(INTERNAL_HOOKS)
    registry = plugin_registry(settings, internal=parts)
    # A deadlock inside a claim must reach `@command`, which repeats the transaction.
    platform = Platform(
        settings, registry, Dispatcher(registry, passes=(OperationalError,), recording=settings.dev)
    )
    connect(platform, parts)
    return platform


def plugin_registry(settings: Settings, *, internal: Sequence[ModuleType] | None = None) -> HookRegistry:
    """Every hook and plugin of this installation; needs no database, so that the command line can list them."""
    return HookRegistry.boot(
        _load(HOOK_SPECS),
        plugin_folder=settings.plugin_folder,
        internal=list(internal) if internal is not None else _load(INTERNAL_HOOKS),
    )


def add_catalogues(plugin_folder: Path) -> None:
    """Let this process speak the words of every part: core, tenants, plugins and themes."""
    roots = [
        ROOT / "core",
        ROOT / "tenants",
        *sorted(plugin_folder.glob("*/")),
        *sorted((ROOT / "themes").glob("*/")),
    ]
    for root in roots:
        if (root / "locales").is_dir():
            i18n.add_catalogue_root(root / "locales")


def add_words_of_files(registry: HookRegistry) -> None:
    """Let this process speak the words of one-file plugins, which have no catalogues."""
    for plugin in registry.plugins.values():
        if isinstance(plugin.namespace, Plugin) and plugin.manifest is not None:
            texts = (plugin.manifest.title, plugin.manifest.summary, plugin.manifest.data)
            i18n.add_words("zh-CN", {text.en: text.zh for text in texts} | dict(plugin.namespace.zh))


def connect(platform: Platform, parts: Sequence[ModuleType]) -> None:
    """Let this process ask `platform` from now on; a part with a `connect(platform)` of its own is called last."""
    add_words_of_files(platform.registry)
    current.install(platform.dispatcher, _enabled_plugins)
    jobs.install_scope_lookup(_scope_for_shop)
    install_gatekeeper(_staff_may)
    install_quote_secret(platform.secret("quotes"))
    install_order_secret(platform.secret("order keys"))
    install_outside(_messages_outside(platform))
    for said in platform.registry.declarations("declare_message_topics"):
        know_topics(said.value)
    for said in platform.registry.declarations("declare_payment_gateways"):
        for gateway in said.value if isinstance(said.value, tuple) else (said.value,):
            register_gateway(gateway, plugin=said.plugin)
    install_accounts(_accounts_outside(platform))
    for part in parts:
        if hasattr(part, "connect"):
            part.connect(platform)


def _enabled_plugins(shop_id: int) -> PluginSets:
    sets: PluginSets = current.answer("answer_enabled_plugins", shop_id=shop_id)
    return sets


def _scope_for_shop(shop_id: int) -> ShopScope | None:
    scope: ShopScope | None = current.answer("answer_scope_for_shop", shop_id=shop_id)
    return scope


def _staff_may(actor: Actor, permission: str, shop_id: int) -> bool:
    allowed: bool = current.answer(
        "answer_staff_may", staff_id=actor.id, permission=permission, shop_id=shop_id
    )
    return allowed


def _public_address(settings: Settings) -> str:
    """Where this installation is reached from outside; on a laptop only from the laptop itself."""
    host = settings.console_hosts[0]
    on_laptop = host in CONSOLE_HOSTS or host.endswith(".localhost")
    return f"http://{host}:{settings.port}" if on_laptop else f"https://{host}"


def _messages_outside(platform: Platform) -> Outside:
    settings = platform.settings
    return Outside(
        console_address=_public_address(settings),
        secret=platform.secret("messages"),
        mail_server=mail_server_of(settings.smtp_url, settings.mail_from),
        private_addresses=settings.private_addresses,
        shows_secrets=settings.demo,
    )


def _accounts_outside(platform: Platform) -> AccountsOutside:
    settings = platform.settings

    def test_credentials(scope: ShopScope) -> GatewayCredentials:
        key = platform.secret(f"test gateway of shop {scope.shop_id}").hex()[:32]
        return credentials_for_key(settings.test_gateway_url, f"test_{key}")

    def notify_url(scope: ShopScope, gateway: str) -> str:
        # The test gateway runs beside us, whatever name we have outside.
        near = gateway == "test" and settings.starts_test_gateway
        address = f"http://127.0.0.1:{settings.port}" if near else _public_address(settings)
        return f"{address}/webhooks/{quote(scope.handle)}/payments/{quote(gateway)}"

    return AccountsOutside(test_credentials, notify_url, dict(settings.gateway_urls))


def create_app(settings: Settings | None = None) -> "WSGIApplication":
    """The web application of one process; gunicorn's target is `core.app:create_app()`."""
    settings = settings or Settings.from_environment()
    configure_logging(settings.log_format)
    platform = boot(settings)
    if settings.dev:
        # Who writes a plugin reads here what became of it, each time it was saved.
        sys.stderr.write(f"{platform.registry.report()}\n")
    return web_application(platform)


def web_application(platform: Platform) -> "WSGIApplication":
    """The web application for a booted process."""
    from core.rendering.theme import install_themes  # noqa: PLC0415 - jobs and CLI boot without Flask
    from core.web.application import make_application  # noqa: PLC0415

    (themes,) = _load(["themes.catalog"])
    install_themes(themes.installed_themes())
    return make_application(platform)


def demo_seeders(platform: Platform) -> list[Any]:
    """What parts declare for `pinpu demo`, in order: callables that take the settings and write demo data once."""
    return [value for _, value in platform.registry.declarations("declare_demo")]
