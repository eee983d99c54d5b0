"""The public money-back record: counted from refunds and settlements, of this shop alone, test orders left out."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.commerce.orders.models import Order
from core.commerce.payments.actions.refund import cancel_order, settle_refund
from core.commerce.promotions import money_back
from core.commerce.promotions.money_back import PromiseFigures, money_back_record
from core.commerce.promotions.record_words import record_words
from core.hooks.results import PluginResult
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.i18n import speaking
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import pay
from core.testing.goods import make_product


@command("system")
def make_test_order(order_id):
    session().execute(update(Order).where(Order.id == order_id).values(is_test=True))


@pytest.fixture
def refunds(platform, in_shop, buyer, gateway, clock):
    """Two refunds that settled after ten minutes and one that has not yet."""
    clock.freeze()
    tea, somebody, made = make_product(), buyer(), []
    for settles in (True, True, False):
        order_id = somebody.order([(tea.variant_id, 1)]).order_id
        pay(gateway, order_id)
        refund_id = cancel_order(order_id=order_id)
        clock.advance(minutes=10)
        if settles:
            settle_refund(refund_id)
        made.append(order_id)
    return made


def test_it_is_counted_from_refunds_and_their_settlement(refunds, shop, at_shop):
    with reading():
        found = money_back_record()
    assert (found.promised, found.settled, found.median) == (3, 2, timedelta(minutes=10))
    page = at_shop(shop).get("/money-back")
    assert page.status == 200
    assert "10 分钟" in page.text
    assert "/money-back" in at_shop(shop).get("/").html


def test_test_orders_do_not_count(refunds):
    make_test_order(refunds[0])
    with reading():
        assert (money_back_record().promised, money_back_record().settled) == (2, 1)


def test_without_refunds_it_says_so(shop, at_shop):
    page = at_shop(shop).get("/money-back")
    assert page.status == 200
    assert "暂无" in page.text


def test_refunds_of_another_shop_do_not_count(platform, shop, other_shop, at_shop):
    with shop_bound(other_shop, SYSTEM), reading():
        assert money_back_record().promised == 0


@pytest.mark.parametrize("wrong", [(1, 2, 0), (2, 1, 2), (1, 0, -1)])
def test_promises_that_cannot_be_are_refused(wrong):
    ended, kept, declared = wrong
    with pytest.raises(ValueError, match="of what ended"):
        PromiseFigures(label="Groups", ended=ended, kept=kept, declared=declared)


class Answering:
    """Stands for the shop's hooks: one plugin counted its promises, another had none."""

    def call(self, hook, **arguments):
        assert hook == "show_promise_figures"
        assert arguments["since"] < arguments["until"]
        kept = PromiseFigures(label="Groups that succeeded", ended=8, kept=6, declared=1)
        return [
            PluginResult("group_buy", kept),
            PluginResult("bundle", PromiseFigures(label="X", ended=0, kept=0)),
        ]


def test_promises_of_plugins_are_shown_with_what_the_shop_declared(platform, in_shop, monkeypatch):
    monkeypatch.setattr(money_back, "shop_hooks", Answering)
    with reading():
        (promise,) = money_back_record().promises
    assert (promise.kept_basis_points, promise.declared_basis_points) == (7_500, 1_667)
    with reading(), speaking("zh-CN"):
        (words,) = record_words(money_back_record()).promises
    assert words.words == "75%（8 个中的 6 个） · 其中 16.67% 由商家成团"
