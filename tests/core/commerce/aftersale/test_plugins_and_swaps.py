"""A plugin of the order may say no, also while it drains; an order that waits is left at once; goods of one price are swapped."""

import pytest

from core.commerce.aftersale.answers import accept_case, save_promises
from core.commerce.aftersale.errors import RefusedByPlugin, ReplacementGone
from core.commerce.aftersale.exchanges import swaps_for
from core.commerce.aftersale.promises import Promises
from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.models import Order
from core.commerce.orders.queries import timeline
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope
from core.testing.buying import order_row, pay
from core.testing.goods import make_product, stock_left
from tests.core.commerce.aftersale.conftest import line_keys
from tests.core.commerce.payments.conftest import only_plugin  # noqa: F401

GUARD = """
from core.commerce.orders.actions import note
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.hooks.results import Refusal


class Guard(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Guard", "zh": "守门"}
    summary = {"en": "Refuses returns.", "zh": "拒绝退货。"}


    @hookimpl
    def check_case(self, request):
        if request.marks.get("guard") == "broken":
            raise ValueError("no answer")
        if "guard" in request.marks and request.kind == "return":
            return [Refusal("guard.sealed", "Sealed goods stay with you.", fix="Ask for an exchange.")]
        return []

    @hookimpl
    def on_case_opened(self, event):
        note(order_id=event.order_id, kind="guard", text="Guard heard " + event.kind)

    @hookimpl
    def on_case_closed(self, event):
        note(order_id=event.order_id, kind="guard", text="Guard heard " + event.state)
"""


@command("system")
def mark(order_id, value):
    session().get_one(Order, (current_scope().shop_id, order_id)).marks = {"guard": value}


@pytest.mark.parametrize("state", ["on", "draining"])
def test_plugin_refuses_what_carries_its_mark(sent, ask, only_plugin, enable, in_shop, state):  # noqa: F811
    only_plugin("guard", GUARD)
    enable(in_shop, "guard", state=state)
    order_id, other = sent(2), sent(1)
    mark(order_id, "sealed")
    with pytest.raises(RefusedByPlugin) as refused:
        ask(order_id, "return", 1)
    assert (refused.value.text, refused.value.fix_text) == (
        "Sealed goods stay with you.",
        "Ask for an exchange.",
    )
    assert ask(order_id, "exchange", 1).state == "open"
    assert ask(other, "return", 1).state == "open"


def test_plugin_without_an_answer_keeps_its_own_orders_closed(sent, ask, only_plugin, enable, in_shop):  # noqa: F811
    only_plugin("guard", GUARD)
    enable(in_shop, "guard")
    order_id = sent(1)
    mark(order_id, "broken")
    with pytest.raises(RefusedByPlugin):
        ask(order_id, "return", 1)


def test_plugins_hear_of_the_beginning_and_the_end_once(
    sent,
    ask,
    only_plugin,  # noqa: F811
    enable,
    in_shop,
    run_jobs,
):
    only_plugin("guard", GUARD)
    enable(in_shop, "guard")
    order_id = sent(1)
    case = ask(order_id, "refund", 1)
    run_jobs()
    accept_case(case_id=case.id)
    run_jobs()
    with reading():
        heard = [one.text for one in timeline(order_id) if one.kind == "guard"]
    assert heard == ["Guard heard refund", "Guard heard refunding"]


@command("system")
def hold(order_id):
    session().get_one(Order, (current_scope().shop_id, order_id)).holds_open = 1


def test_order_that_waits_is_cancelled_without_asking(paid, ask):
    save_promises(rules=Promises(cancel_at_once=False))
    order_id = paid(1)
    hold(order_id)
    assert ask(order_id, "cancel").state == "refunding"
    assert order_row(order_id).lifecycle == "cancelled"


def test_exchange_is_for_goods_of_the_same_price(buyer, gateway, ask, platform, in_shop):
    cup = make_product(prices=[5_000, 5_000, 6_000], stock=3)
    small, large, dear = cup.variant_ids
    order_id = buyer().order([(small, 1)]).order_id
    pay(gateway, order_id)
    [key] = line_keys(order_id)
    ship_order(order_id=order_id, units={key: 1}, carrier="sf", tracking_number="SF1")
    with reading():
        assert [one.id for one in swaps_for([small])[small]] == [small, large]
    with pytest.raises(ReplacementGone):
        ask(order_id, "exchange", 1, replacements={key: dear})
    with pytest.raises(ReplacementGone):
        ask(order_id, "exchange", 1, replacements={key: new_id()})
    case = ask(order_id, "exchange", 1, replacements={key: large})
    assert case.lines[0].replacement_id == large
    accept_case(case_id=case.id)
    with reading():
        assert {one.id: one.left for one in swaps_for([small])[small]} == {small: 2, large: 2}
    assert stock_left(cup) == 2
