"""Quoting a basket of twenty lines with the promotion plugins and thirty running campaigns, beside the same without plugins.

    python -m bench quote        (from the project's root)

Statements are those of one quote with its delivery; "pipeline" is the pure part on the frozen basket.
"""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.stage import Stage, platform_of, stage, table
from core.commerce.checkout.basket import BasketLine, basket
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.plugin_prices import price_with_plugins
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import answers, shops
from core.testing.statements import count_statements
from plugins.bundle.actions import save_bundle, set_state

LINES, CAMPAIGNS, ROUNDS = 20, 30, 60
PLUGINS = ("group_buy", "coupon", "bundle")


def _campaigns(place: Stage) -> int:
    """Thirty bundles, each over three of the goods; returns how many there are."""
    with reading():
        made = basket([BasketLine(str(new_id()), one, 1, {}) for one in place.variants]).price_input
    products = [line.product_id for line in made.lines]
    for number in range(CAMPAIGNS):
        goods = [products[(number * 2 + step) % len(products)] for step in range(3)]
        data = {
            "title": f"Bundle {number}", "kind": "any", "pieces": 3, "price": Money(30_000, place.shop.currency),
            "product_ids": list(dict.fromkeys(goods)), "addon_ids": [], "starts_at": now() - timedelta(days=1),
            "ends_at": None,
        }  # fmt: skip
        set_state(bundle_id=save_bundle(data=data), state="published")
    return CAMPAIGNS


def _timed(run: Callable[[], Any]) -> tuple[str, str, str]:
    """Milliseconds: the median of wall time and its slowest twentieth, and the median of CPU time, after warming up."""
    for _ in range(5):
        run()
    wall, cpu = [], []
    for _ in range(ROUNDS):
        begun, worked = time.perf_counter(), time.process_time()
        run()
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    slow = sorted(wall)[int(len(wall) * 0.95)]
    return f"{statistics.median(wall):.2f}", f"{slow:.2f}", f"{statistics.median(cpu):.2f}"


def run() -> str:
    """The table."""
    with stage() as place:
        platform_of(place.database)
        shops.remember(place.shop)
        with shop_bound(place.shop, SYSTEM):
            _campaigns(place)
            lines = [BasketLine(str(new_id()), one, 2, {}) for one in place.variants[:LINES]]
            delivery = {"kind": "method", "id": str(place.method)}

            def quote() -> Any:
                with reading():
                    made = basket(lines, delivery=delivery)
                    return price_with_plugins(made.price_input)

            bare = _timed(quote)
            for plugin in PLUGINS:
                answers.switches.setdefault(place.shop.shop_id, {})[plugin] = "on"
            full = _timed(quote)
            with count_statements() as counted:
                live = quote()
            pure = _timed(lambda: price(live.price_input, recorded(live.priced)))
    asked = len(counted)
    applied = len(live.priced.applied)
    return table(
        ("20 lines", "median ms", "slowest 5 % ms", "CPU ms", "statements"),
        [
            ("without plugins", *bare, ""),
            (f"{len(PLUGINS)} plugins, {CAMPAIGNS} campaigns ({applied} applied)", *full, str(asked)),
            ("pipeline alone, replayed", *pure, ""),
        ],
    )
