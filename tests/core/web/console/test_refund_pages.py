"""Giving money back from the console: the preview is exact, it is what happens, and it happens once."""

import re

import pytest
from sqlalchemy import update

from core.commerce.payments.models import Refund
from core.commerce.payments.queries import refunds_of
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.testing.buying import order_row
from core.testing.goods import make_product
from tests.core.web.console.orders_at_hand import hidden, paid_order, refund_amount


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 3_333])


@pytest.fixture
def order_id(tea, buyer, gateway):
    return paid_order(buyer(), gateway, [(tea.variant_ids[0], 2), (tea.variant_ids[1], 1)])


def refunds(order_id):
    with reading():
        return refunds_of(order_id)


def form(**changes):
    usual = {"units_0": "0", "units_1": "0", "reason": "fewer", "restock": "1", "_request": str(new_id())}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def previewed(owner, order_id, **chosen):
    page = owner.get(f"/orders/{order_id}/refund/preview", query_string=form(**chosen, _request=None))
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize(
    ("units", "shipping"),
    [((1, 0), None), ((2, 0), None), ((0, 1), None), ((1, 1), "1"), ((2, 1), "1"), ((0, 0), "1")],
)
def test_preview_equals_the_refund(owner, order_id, units, shipping):
    chosen = {"units_0": str(units[0]), "units_1": str(units[1]), "include_shipping": shipping}
    shown = previewed(owner, order_id, **chosen)
    amount = hidden(shown, "_confirmed")
    assert int(amount) == refund_amount(order_id, units, shipping=bool(shipping))
    written = f"¥{int(amount) / 100:,.2f}"
    assert f"Refund {written}</button>" in shown
    answer = owner.post(f"/orders/{order_id}/refund", form(**chosen, _confirmed=amount))
    assert answer.status_code == 303
    assert [one.amount.minor for one in refunds(order_id)] == [int(amount)]
    assert order_row(order_id).refunded_minor == int(amount)
    assert written in owner.get(f"/orders/{order_id}").text


def test_preview_is_a_part_of_a_page_and_changes_nothing(owner, order_id):
    shown = previewed(owner, order_id, units_0="1")
    assert "<html" not in shown
    assert "Units that go back on sale: 1." in shown
    assert "can still be refunded afterwards" in shown
    assert refunds(order_id) == []


def test_preview_of_everything_says_that_the_order_is_cancelled(owner, order_id):
    shown = previewed(owner, order_id, units_0="2", units_1="1", include_shipping="1")
    assert "Nothing is left of the order, so it is cancelled" in shown


def test_preview_of_nothing_offers_nothing_to_confirm(owner, order_id):
    shown = previewed(owner, order_id)
    assert "Choose what to refund." in shown
    assert "_confirmed" not in shown
    assert re.search(r"<button[^>]*disabled", shown)


@pytest.mark.parametrize("units", ["-1", "1.5", "3", "9" * 40, "１.５", "<i>", "x" * 500])
def test_preview_of_nonsense_says_so_and_offers_nothing(owner, order_id, units):
    shown = previewed(owner, order_id, units_0=units)
    assert "_confirmed" not in shown
    assert "<i>" not in shown
    assert 'class="pp-note' in shown


def test_form_shows_its_preview_without_a_script_too(owner, order_id):
    page = owner.get(f"/orders/{order_id}/refund", query_string=form(units_0="1", _request=None)).text
    assert "Refund ¥100.00</button>" in page
    assert 'name="units_0" value="1"' in page
    assert hidden(page, "_request")


def test_order_of_one_unit_is_chosen_already(owner, tea, buyer, gateway):
    order_id = paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    page = owner.get(f"/orders/{order_id}/refund").text
    assert 'name="units_0" value="1"' in page
    assert "Refund ¥100.00</button>" in page


def test_double_click_gives_the_money_back_once(owner, order_id):
    sent = form(units_0="1", _confirmed="10000")
    assert [owner.post(f"/orders/{order_id}/refund", sent).status_code for _ in range(2)] == [303, 303]
    assert len(refunds(order_id)) == 1


def test_double_click_on_everything_gives_it_back_once(owner, order_id):
    everything = refund_amount(order_id, (2, 1), shipping=True)
    sent = form(units_0="2", units_1="1", include_shipping="1", _confirmed=str(everything))
    assert [owner.post(f"/orders/{order_id}/refund", sent).status_code for _ in range(2)] == [303, 303]
    assert [one.amount.minor for one in refunds(order_id)] == [everything]
    assert order_row(order_id).lifecycle == "cancelled"


def test_colleague_who_was_slower_gets_the_new_preview_not_a_second_refund(owner, hired, shop, order_id):
    slower = hired(shop, name="许航")
    slower.get(f"/orders/{order_id}/refund")
    owner.post(f"/orders/{order_id}/refund", form(units_0="2", _confirmed="20000"))
    page = slower.post(f"/orders/{order_id}/refund", form(units_0="1", units_1="1", _confirmed="13333"))
    assert page.status_code == 409
    assert "At most 0 can still be refunded" in page.text
    assert 'name="units_1" value="1"' in page.text
    assert len(refunds(order_id)) == 1


@pytest.mark.parametrize(
    "confirmed", ["", "0", "-10000", "9999", "10001", "1e4", "１００００", "abc", "9" * 40]
)
def test_amount_that_nobody_saw_is_refused(owner, order_id, confirmed):
    page = owner.post(f"/orders/{order_id}/refund", form(units_0="1", _confirmed=confirmed))
    assert page.status_code == 409
    assert "The refund is now ¥100.00" in page.text
    assert hidden(page.text, "_confirmed") == "10000"
    assert refunds(order_id) == []


@pytest.mark.parametrize(
    "changes", [{"units_0": "-1"}, {"units_0": "3"}, {"units_0": "0.5"}, {"reason": "evil"},
                {"words": "x" * 201, "reason": "other"}, {"words": "a\x00b", "reason": "other"}, {"evil": "1"}]
)  # fmt: skip
def test_bad_input_is_refused_in_place_and_nothing_goes_back(owner, order_id, changes):
    page = owner.post(f"/orders/{order_id}/refund", form(**changes, _confirmed="10000"))
    assert page.status_code == 422
    assert refunds(order_id) == []
    assert order_row(order_id).refunded_minor == 0


def test_reason_is_told_in_words_or_as_it_was_typed(owner, order_id):
    owner.post(f"/orders/{order_id}/refund", form(units_0="1", reason="damaged", _confirmed="10000"))
    typed = {"reason": "other", "words": "<b>杯盖</b> 裂了"}
    owner.post(f"/orders/{order_id}/refund", form(units_0="1", **typed, _confirmed="10000"))
    page = owner.get(f"/orders/{order_id}").text
    assert "Damaged or faulty" in page
    assert "&lt;b&gt;杯盖&lt;/b&gt; 裂了" in page


def test_refund_without_payment_is_not_offered(owner, tea, buyer):
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    assert 'id="refund-form"' not in owner.get(f"/orders/{order_id}/refund").text
    page = owner.post(f"/orders/{order_id}/refund", {"units_0": "1", "_confirmed": "10000"})
    assert page.status_code == 409
    assert "There is no money left to refund for this order." in page.text


@command("system")
def refuse_refunds():
    session().execute(update(Refund).values(state="failed", failure_code="insufficient_funds"))


def test_refused_refund_is_shown_and_tried_again_once(owner, order_id):
    owner.post(f"/orders/{order_id}/refund", form(units_0="1", _confirmed="10000"))
    refuse_refunds()
    page = owner.get(f"/orders/{order_id}").text
    assert "Refused by the payment service" in page
    assert "insufficient_funds" in page
    assert "Refund refused" in owner.get("/orders/?view=refunding").text
    address = re.search(r'action="([^"]*/retry)"', page)[1]
    assert owner.post(address).status_code == 303
    assert refunds(order_id)[0].state == "pending"
    assert owner.post(address).status_code == 404
    assert "The refund is tried again." in owner.get(f"/orders/{order_id}").text


def test_refund_of_another_order_is_not_retried(owner, order_id, tea, buyer, gateway):
    other = paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    owner.post(f"/orders/{order_id}/refund", form(units_0="1", _confirmed="10000"))
    refuse_refunds()
    refund_id = refunds(order_id)[0].id
    assert owner.post(f"/orders/{other}/refunds/{refund_id}/retry").status_code == 404
    assert refunds(order_id)[0].state == "failed"
