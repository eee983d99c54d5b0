"""`pinpu plugin backtest`: what a plugin under development would have cost on orders that were really paid."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from core.cli.database import connected
from core.cli.output import Progress, json_option, show
from core.cli.problems import CommandProblem
from core.cli.start import settings_from_environment
from core.commerce.shops.queries import scope_of_handle
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.money import Money, format_money
from core.kernel.tenancy import SYSTEM, shop_bound

if TYPE_CHECKING:
    from core.kernel.tenancy import ShopScope


@click.command("backtest")
@click.argument("name")
@click.option("--shop", "handle", metavar="HANDLE", required=True, help="Whose orders are priced again.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="How far back.")
@click.option(
    "--at",
    type=click.DateTime(),
    help="Use the rules as they stand then, shop's time; also in the future. [now]",
)
@json_option
def command(name: str, handle: str, days: int, at: datetime | None, as_json: bool) -> None:
    """Price the paid orders of a shop again with plugin NAME: same baskets, no new demand; writes nothing."""
    from core.app import boot  # noqa: PLC0415 - loads every part of the program

    progress = Progress(silent=as_json)
    with connected(settings_from_environment(), progress) as settings:
        platform = boot(settings, pool_size=2, checked=False)
        found = platform.registry.plugins.get(name)
        if found is None or not found.loaded:
            raise CommandProblem(
                f"There is no plugin {name} that can be loaded; ask `pinpu plugin check {name}`."
            )
        scope = scope_of_handle(handle)
        if scope is None:
            raise CommandProblem(f"There is no open shop with the handle “{handle}”.")
        with shop_bound(scope, SYSTEM), progress.step("Pricing orders again"):
            result = _result(name, days, at.replace(tzinfo=scope.zone) if at else now())
    show(as_json, {"plugin": name, "shop": handle, "days": days, **result}, lambda: _words(scope, result))


def _result(name: str, days: int, at: datetime) -> dict[str, Any]:
    from core.commerce.promotions.backtest import backtest, rules_of  # noqa: PLC0415 - after boot
    from core.commerce.shops.queries import shop_settings  # noqa: PLC0415 - after boot

    moment = now()
    with reading():
        floor = shop_settings().price_rules.margin_floor
        rules = rules_of(name, moment=at.astimezone(moment.tzinfo))
        return backtest(rules, since=moment - timedelta(days=days), until=moment, floor=floor).as_json()


def _words(scope: "ShopScope", result: dict[str, Any]) -> str:
    def money(minor: int) -> str:
        return format_money(Money(minor, scope.currency), "en")

    lines = [
        f"{result['orders']} paid orders, {money(result['paid'])} in all",
        f"{result['changed']} would have cost something else: {money(result['cost'])} less, {money(result['dearer'])} more",
        f"customers who would have gained: {result['gainers']}",
        f"{result['under_floor']} of {result['judged']} orders with known costs under the margin floor",
        f"{result['at_loss']} of them at a loss",
    ]
    if result["unpriced"]:
        lines.append(f"{result['unpriced']} orders could not be priced with these rules")
    lines += [
        f"  {one['number']}: {money(one['before'])} → {money(one['after'])}" for one in result["examples"][:5]
    ]
    return "\n".join(lines)
