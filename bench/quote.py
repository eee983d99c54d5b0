"""Quoting a basket of twenty lines with four promotion plugins and thirty running campaigns, beside the same without plugins.

    python -m bench quote        (from the project's root)

The buyer has an account and holds a coupon of every coupon campaign. The fourth plugin is the one-file example of
docs/writing_a_plugin.md, installed as a package of its own. Statements are those of one quote with its delivery; "pipeline"
is the pure part on the frozen basket, "plugins" asks them too.
"""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.stage import Stage, platform_of, stage, table
from core.commerce.checkout.basket import BasketLine, basket
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.plugin_prices import price_with_plugins
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing import answers, goods, shops
from core.testing.statements import count_statements
from plugins.bundle.actions import save_bundle, set_state
from plugins.coupon.actions.campaigns import publish_campaign, save_campaign
from plugins.coupon.actions.claiming import claim_coupon
from plugins.coupon.plans import Plan
from plugins.coupon.terms import Kind, Scope, Terms
from plugins.group_buy.actions.activities import publish_activity, save_activity
from plugins.group_buy.domain import Plan as GroupPlan

LINES, ROUNDS = 20, 60
EXAMPLE = "spend_and_save"
PLUGINS = ("group_buy", "coupon", "bundle", EXAMPLE)
BUNDLES, COUPONS, GROUPS = 12, 12, 5
CAMPAIGNS = BUNDLES + COUPONS + GROUPS + 1
_PAGE = Path(__file__).resolve().parent.parent / "docs" / "writing_a_plugin.md"


@contextmanager
def example_installed() -> Iterator[None]:
    """The first plugin printed in docs/writing_a_plugin.md, installed like any package."""
    code = re.findall(r"```python\n(.+?)```", _PAGE.read_text(), re.DOTALL)[0]
    with tempfile.TemporaryDirectory(prefix="pinpu-example-") as folder:
        place = Path(folder)
        (place / f"{EXAMPLE}.py").write_text(code)
        known = place / f"{EXAMPLE}-0.1.0.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {EXAMPLE}\nVersion: 0.1.0\n")
        (known / "entry_points.txt").write_text(f"[pinpu.plugins]\n{EXAMPLE} = {EXAMPLE}\n")
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            sys.path.remove(folder)


def make_campaigns(place: Stage, customer_id: UUID) -> None:
    """Bundles over three goods each, a coupon of each kind and group in the buyer's hands, group-buys of other goods."""
    with reading():
        made = basket([BasketLine(str(new_id()), one, 1, {}) for one in place.variants]).price_input
    products = [line.product_id for line in made.lines]
    begun, over = now() - timedelta(days=1), now() + timedelta(days=30)
    for number in range(BUNDLES):
        three = [products[(number * 2 + step) % LINES] for step in range(3)]
        data = {
            "title": f"Bundle {number}", "kind": "any", "pieces": 3, "price": Money(30_000 + number, place.shop.currency),
            "product_ids": three, "addon_ids": [], "starts_at": begun, "ends_at": None,
        }  # fmt: skip
        set_state(bundle_id=save_bundle(data=data), state="published")
    for number in range(COUPONS):
        _coupon(number, products, over, customer_id)
    for number in range(GROUPS):
        line = made.lines[LINES + number]
        plan = GroupPlan(
            title=f"Group {number}", size=3, window=timedelta(hours=24), starts_at=begun, ends_at=over,
            hard_end_at=over + timedelta(days=1), limit_per_customer=2, stock_cap=60,
            prices={line.variant_id: max(1, line.unit_price // 2)},
        )  # fmt: skip
        publish_activity(activity_id=save_activity(product_id=line.product_id, plan=plan))


def _coupon(number: int, products: list[UUID], over: Any, customer_id: UUID) -> None:
    """Amounts, percentages and free shipping, in four groups; a third has a budget, a quarter is out of reach."""
    some = Scope(products=tuple(map(str, products[number : number + 8])))
    kind = (Kind.AMOUNT, Kind.PERCENT, Kind.AMOUNT, Kind.SHIPPING)[number % 4]
    terms = Terms(
        title=f"Coupon {number}", kind=kind, value=100 + number, points=500 + 10 * number, group=f"g{number % 4}",
        scope=some if number % 2 else Scope(), threshold=10**8 if number % 4 == 2 else 0, ends_at=over,
    )  # fmt: skip
    budget = 10**9 if number % 3 == 0 else None
    campaign = save_campaign(plan=Plan(name=f"Coupon {number}", terms=terms, budget_minor=budget))
    publish_campaign(campaign_id=campaign)
    with acting_as(Actor("customer", customer_id, "")):
        claim_coupon(campaign_id=campaign)


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


@contextmanager
def quoting() -> Iterator[tuple[Stage, Callable[[], Any]]]:
    """The stage, and a function that quotes its basket; plugins are on."""
    with example_installed(), stage() as place:
        platform_of(place.database)
        shops.remember(place.shop)
        with shop_bound(place.shop, SYSTEM):
            for plugin in PLUGINS:
                answers.switches.setdefault(place.shop.shop_id, {})[plugin] = "on"
            customer_id = goods.make_customer()
            make_campaigns(place, customer_id)
            lines = [BasketLine(str(new_id()), one, 2, {}) for one in place.variants[:LINES]]
            delivery = {"kind": "method", "id": str(place.method)}

            def quote() -> Any:
                with reading():
                    made = basket(lines, delivery=delivery, customer_id=customer_id)
                    return price_with_plugins(made.price_input, failed="collect")

            yield place, quote


def run() -> str:
    """The table."""
    with quoting() as (place, quote):
        full = _timed(quote)
        with count_statements() as counted:
            live = quote()
        assert not live.failures, live.failures
        pure = _timed(lambda: price(live.price_input, recorded(live.priced)))
        answers.switches[place.shop.shop_id].clear()
        bare = _timed(quote)
    asked, applied = len(counted), len(live.priced.applied)
    return table(
        ("20 lines", "median ms", "slowest 5 % ms", "CPU ms", "statements", "goal"),
        [
            ("without plugins", *bare, "", ""),
            (
                f"{len(PLUGINS)} plugins, {CAMPAIGNS} campaigns ({applied} applied)",
                *full,
                str(asked),
                "≤ 10 ms, ≤ 6 statements",
            ),
            ("pipeline alone, replayed", *pure, "", ""),
        ],
    )
