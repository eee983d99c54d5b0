"""`pinpu shop …` and `pinpu plugin …`: what the command line needs from whoever owns shops."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import click
from sqlalchemy import select

from core.cli import backtest_plugin, check_plugin, new_plugin
from core.cli.database import connected
from core.cli.output import Progress, json_option, show
from core.cli.problems import CommandProblem
from core.cli.start import settings_from_environment
from core.commerce.shops.models import DirectoryEntry
from core.commerce.shops.queries import scope_of, scope_of_handle
from core.kernel.db import app_engine, reading
from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from tenants import addresses, directory
from tenants.actions.plugins import Impact, impact_of_switching_off, switch_plugin_off, switch_plugin_on
from tenants.errors import SwitchRefused
from tenants.queries import PluginView, shop_plugins

shop_option = click.option(
    "--shop", "handle", required=True, metavar="HANDLE", help="The shop's handle, as in `pinpu shop list`."
)


@dataclass(frozen=True, slots=True)
class ShopRow:
    """A shop as `pinpu shop list` prints it."""

    handle: str
    name: str
    status: str
    address: str
    currency: str
    language: str
    plugins: tuple[str, ...]


@contextmanager
def _booted(as_json: bool) -> Iterator[None]:
    from core.app import boot  # noqa: PLC0415 - loads every part of the program

    with connected(settings_from_environment(), Progress(silent=as_json)) as settings:
        boot(settings, pool_size=2)
        yield


@contextmanager
def _in_shop(handle: str, as_json: bool) -> Iterator[ShopScope]:
    with _booted(as_json):
        scope = scope_of_handle(handle)
        if scope is None:
            raise CommandProblem(f"There is no open shop with the handle “{handle}”.")
        with shop_bound(scope, SYSTEM):
            yield scope


@click.group("shop")
def shop() -> None:
    """Shops of this installation."""


@shop.command("list")
@json_option
def list_shops(as_json: bool) -> None:
    """List every shop with its address and the plugins that are on."""
    with _booted(as_json):
        rows = [_shop_row(*one) for one in _directory()]
    show(as_json, {"shops": [asdict(row) for row in rows]}, lambda: _shop_words(rows))


def _directory() -> list[tuple[int, str, str]]:
    statement = select(DirectoryEntry.shop_id, DirectoryEntry.handle, DirectoryEntry.status)
    with app_engine().connect() as connection:
        rows = connection.execute(statement.order_by(DirectoryEntry.handle)).all()
    return [(row.shop_id, row.handle, row.status) for row in rows]


def _shop_row(shop_id: int, handle: str, status: str) -> ShopRow:
    scope = scope_of(shop_id)
    address = addresses.storefront_address(shop_id)
    if scope is None:
        return ShopRow(handle, "", status, address, "", "", ())
    plugins = tuple(sorted(directory.switches_of(shop_id).sets.offer))
    return ShopRow(handle, scope.name, status, address, scope.currency, scope.language, plugins)


def _shop_words(rows: list[ShopRow]) -> str:
    if not rows:
        return "There is no shop yet."
    width = max(len(row.handle) for row in rows)
    return "\n".join(
        f"{row.handle.ljust(width)}  {row.address or 'no address'}  {row.name or row.status}"
        f"  {row.currency} {row.language}  {', '.join(row.plugins) or 'no plugin on'}".rstrip()
        for row in rows
    )


@click.group("plugin")
def plugin() -> None:
    """Plugins: of a shop, and for those who write them."""


plugin.add_command(new_plugin.command)
plugin.add_command(backtest_plugin.command)
plugin.add_command(check_plugin.check)
plugin.add_command(check_plugin.test)


@plugin.command("list")
@shop_option
@json_option
def list_plugins(handle: str, as_json: bool) -> None:
    """List every plugin with its state in this shop; a quarantined one with the reason."""
    with _in_shop(handle, as_json), reading():
        found = shop_plugins()
    data = {"shop": handle, "plugins": [_plugin_data(one) for one in found]}
    show(as_json, data, lambda: _plugin_words(found))


def _plugin_data(one: PluginView) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "state": one.state,
        "version": one.version,
        "summary": one.summary,
        "reasons": list(one.reasons),
    }


def _plugin_words(found: list[PluginView]) -> str:
    if not found:
        return "There is no plugin here."
    width = max(len(one.name) for one in found)
    lines = []
    for one in found:
        lines.append(f"{one.name.ljust(width)}  {one.state.ljust(11)}  {one.version}  {one.summary}".rstrip())
        lines += [f"  {reason}" for reason in one.reasons]
    return "\n".join(lines)


@plugin.command("on")
@shop_option
@click.argument("name")
@json_option
def switch_on(handle: str, name: str, as_json: bool) -> None:
    """Switch plugin NAME on."""
    with _in_shop(handle, as_json), _refusals_in_words():
        switch_plugin_on(plugin=name)
    data = {"shop": handle, "plugin": name, "state": "on"}
    show(as_json, data, lambda: f"{name} is on in {handle}.")


@plugin.command("off")
@shop_option
@click.option("--dry-run", is_flag=True, help="Only tell what it would mean.")
@click.argument("name")
@json_option
def switch_off(handle: str, dry_run: bool, name: str, as_json: bool) -> None:
    """Switch plugin NAME off; with open business it drains first."""
    with _in_shop(handle, as_json), _refusals_in_words():
        impact = impact_of_switching_off(plugin=name)
        state = "" if dry_run else switch_plugin_off(plugin=name)
    data = {
        "shop": handle,
        "plugin": name,
        "state": state or "on",
        "dry_run": dry_run,
        **_impact_data(impact),
    }
    show(as_json, data, lambda: _impact_words(handle, name, state, impact))


def _impact_data(impact: Impact) -> dict[str, object]:
    return {
        "open": [
            {"what": item.what, "count": item.count, "until": item.until} for item in impact.report.counts
        ],
        "notes": list(impact.report.notes),
        "problems": [{"message": one.message, "fix": one.fix} for one in impact.problems],
    }


def _impact_words(handle: str, name: str, state: str, impact: Impact) -> str:
    first = {
        "": f"Switching {name} off in {handle} would leave this to be finished:"
        if impact.report.open
        else f"{name} could be switched off in {handle} at once.",
        "off": f"{name} is off in {handle}.",
        "draining": f"{name} takes no new business in {handle} and finishes what is open:",
    }[state]
    lines = [first]
    for item in impact.report.counts:
        if item.count:
            until = f", until {item.until:%Y-%m-%d %H:%M} UTC" if item.until else ""
            lines.append(f"  {item.count} {item.what}{until}")
    lines += [f"  {note}" for note in impact.report.notes]
    return "\n".join(lines)


@contextmanager
def _refusals_in_words() -> Iterator[None]:
    try:
        yield
    except SwitchRefused as refused:
        said = " ".join(f"{one.message} {one.fix or ''}".strip() for one in refused.problems)
        raise CommandProblem(said) from refused
