"""A shop with orders in every state, for looking at the console and for stories in a real browser."""

from datetime import timedelta
from itertools import product
from pathlib import Path

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft, ImageDraft, Option, ProductDraft, VariantDraft
from core.commerce.fulfilment.actions import ship_order
from core.commerce.media.actions import store_asset
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.orders.actions import add_staff_note
from core.commerce.orders.models import OrderHold
from core.commerce.orders.queries import order
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.reservations.actions import ensure_pools, reserve
from core.commerce.reservations.values import Holder, NewPool, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_pickup_point, make_shipping

DRAWINGS = Path(__file__).parents[4] / "tenants/demo/content/qingshan/illustrations"
TEAS = (
    (
        "明前龙井 2026 头采",
        "梅家坞核心产区，清明前 7 天手采，豆花香清甜",
        ((("特级", "一级"), ("50g", "100g", "250g"))),
    ),
    ("武夷肉桂 岩茶", "慧苑坑，中足火，手工炭焙", ((("100g", "250g"),))),
    ("福鼎白毫银针 2024 饼茶", "太姥山，日光萎凋", ()),
    ("手作柴烧盖碗", "龙窑柴烧，每只不同", ()),
    ("冷泡茶袋 桂花乌龙 12 包", "四季春与当年桂花", ()),
)


def goods():
    """Products with drawings, options and stock; their variants' ids, by product."""
    found = sorted(DRAWINGS.glob("*.svg"))
    made, ids = [], []
    for place, (title, subtitle, lists) in enumerate(TEAS):
        options = tuple(Option(name, values) for name, values in zip(("等级", "净含量"), lists, strict=False))
        combos = [()] if not options else _combinations(options)
        asset = store_asset(content=found[place * 3].read_bytes(), trusted=True)
        draft = ProductDraft(
            title=title,
            subtitle=subtitle,
            status="active",
            body_html="<p>手采，当年。</p>",
            options=options,
            images=(ImageDraft(asset_id=asset.id, alt=title),),
            variants=tuple(
                VariantDraft(option_values=one, price_minor=5_900 + 4_700 * n, sku=f"TE-{place}{n}")
                for n, one in enumerate(combos)
            ),
        )
        stock = [None if place == 3 else (212, 86, 34, 8, 0, 140)[n % 6] for n in range(len(combos))]
        saved = save_product_with_stock(draft=draft, stock=stock)
        ids.append(saved.id)
        made.append(saved.variant_ids)
    save_collection(draft=CollectionDraft(title="新茶上市", product_ids=tuple(ids[:3])))
    save_collection(draft=CollectionDraft(title="茶器", product_ids=(ids[3],), visible=False))
    return made


def _combinations(options):
    return list(product(*(option.values for option in options)))


@command("system")
def hold(*, order_id, pool):
    """A seat in a group of three."""
    ensure_pools([pool])
    reason = {"message": "Waiting for group", "params": {}}
    session().add(OrderHold(order_id=order_id, pool_id=pool.id, plugin="group_buy", reason=reason))
    reserve(
        holder=Holder("order", order_id), wants=[Want(pool.id, 1)], expires_at=now() + timedelta(minutes=9)
    )


def lines_of(order_id):
    """Line key → units."""
    with reading():
        return {line.key: line.quantity for line in order(order_id).lines}


def refund(order_id, wanted):
    """Give units back."""
    amount = preview_refund(order_id=order_id, wanted=wanted).amount
    return refund_units(
        order_id=order_id, wanted=wanted, include_shipping=False, reason="fewer", confirmed_amount=amount
    )


def orders(gateway, made, clock=None):
    """Orders in every state; their ids by name."""
    method = {"kind": "method", "id": str(make_shipping())}
    point = {"kind": "pickup", "id": str(make_pickup_point())}
    names = iter(("陈屿", "周小满", "Elena Rossi", "许航", "何穗", "Tom Walker", "顾清", "苏木", "贺兰"))

    def buy(lines, *, delivery=method, paid=True):
        placed = Buyer(make_customer(name=next(names)), delivery).order(lines)
        if paid:
            pay(gateway, placed.order_id)
        return placed.order_id

    ids = {"shipped": buy([(made[1][0], 2)])}
    ship_order(
        order_id=ids["shipped"], units=lines_of(ids["shipped"]), carrier="sf", tracking_number="SF1234567890"
    )
    ids["to_ship"] = buy([(made[0][1], 2), (made[4][0], 1)])
    ids["partly"] = buy([(made[2][0], 3)])
    ship_order(
        order_id=ids["partly"],
        units=dict.fromkeys(lines_of(ids["partly"]), 1),
        carrier="zto",
        tracking_number="7788",
    )
    ids["pickup"] = buy([(made[3][0], 1)], delivery=point)
    ids["unpaid"] = buy([(made[4][0], 3)], paid=False)
    ids["refunding"] = buy([(made[1][1], 2)])
    refund(ids["refunding"], dict.fromkeys(lines_of(ids["refunding"]), 1))
    ids["waiting"] = Buyer(make_customer(name="林知夏"), method).order([(made[0][0], 1)]).order_id
    hold(
        order_id=ids["waiting"],
        pool=NewPool("group_buy", "group", str(new_id()), 5, threshold=5, window_seconds=7200),
    )
    pay(gateway, ids["waiting"])
    add_staff_note(order_id=ids["to_ship"], text="买家要礼品袋，先问仓库")
    return ids
