"""An example bundle for each example shop that has bundles on; again changes nothing."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import SYSTEM, acting_as, reading
from core.sdk.data import session
from core.sdk.demo import DemoSeed, Opening
from core.sdk.shop import current_scope, shops_with
from core.sdk.tables import PRODUCT, VARIANT
from core.sdk.values import Money
from plugins.bundle.actions import save_bundle, set_state
from plugins.bundle.queries import bundles


def demo_seed() -> DemoSeed:
    """After the shops of the example exist."""
    return DemoSeed(name="bundle", order=25, run=_run)


def _run(settings: Any, say: Callable[[str], None]) -> Sequence[Opening]:
    for scope in shops_with("bundle"):
        with reading():
            told = bool(bundles(limit=1))
            rows = [] if told else _cheapest()
        if len(rows) >= 3:
            say(f"{scope.name}: bundle")
            _make(rows)
    return ()


def _cheapest() -> Sequence[Any]:
    """Four cheap products on sale, each with its price."""
    shop_id = current_scope().shop_id
    return (
        session()
        .execute(
            select(PRODUCT.c.id, VARIANT.c.price_minor)
            .join(VARIANT, (VARIANT.c.product_id == PRODUCT.c.id) & (VARIANT.c.shop_id == PRODUCT.c.shop_id))
            .where(PRODUCT.c.shop_id == shop_id, PRODUCT.c.status == "active", VARIANT.c.position == 0)
            .order_by(VARIANT.c.price_minor, PRODUCT.c.id)
            .limit(4)
        )
        .all()
    )


def _make(rows: Sequence[Any]) -> None:
    price = sum(row.price_minor for row in rows[:3]) * 4 // 5 // 100 * 100
    title = "Pick three" if current_scope().language == "en" else "任选三件"
    data = {
        "title": title,
        "kind": "any",
        "pieces": 3,
        "price": Money(price, current_scope().currency),
        "product_ids": [row.id for row in rows],
        "addon_ids": [],
        "starts_at": now() - timedelta(days=3),
        "ends_at": now() + timedelta(days=30),
    }
    with acting_as(SYSTEM):
        set_state(bundle_id=save_bundle(data=data), state="published")
