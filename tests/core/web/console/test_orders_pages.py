"""The list of orders and the page of one: views, search, filters, what is shown, what is hidden, what is escaped."""

import re
from datetime import timedelta

import pytest

from core.commerce.orders.queries import order as stored_order
from core.commerce.orders.queries import timeline
from core.commerce.reservations.values import NewPool
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.testing.buying import Buyer, order_row
from core.testing.goods import make_customer, make_pickup_point, make_product
from core.testing.statements import count_statements
from tests.core.web.console.orders_at_hand import counts, paid_order, rows
from tests.core.web.console.stage import hold


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 3_000])


@pytest.fixture
def paid(tea, buyer, gateway):
    return lambda *units: paid_order(
        buyer(), gateway, [(tea.variant_ids[n], count) for n, count in enumerate(units) if count]
    )


def test_list_without_orders_offers_the_storefront(owner):
    page = owner.get("/orders/").text
    assert "No orders yet" in page
    assert f'href="{owner.home}/storefront/?path=/"' in page


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("to_ship", "Everything is on its way"),
        ("waiting", "No order waits for a group"),
        ("refunding", "No refund is under way"),
    ],
)
def test_empty_view_says_why_it_is_empty(owner, tea, buyer, view, said):
    buyer().order([(tea.variant_id, 1)])
    assert said in owner.get(f"/orders/?view={view}").text


def test_views_show_their_orders_with_counts(owner, paid, tea, buyer):
    shipped_next = paid(1)
    unpaid = buyer().order([(tea.variant_id, 1)]).order_id
    page = owner.get("/orders/").text
    assert rows(page) == [f"{owner.home}/orders/{shipped_next}"]
    assert counts(page) == {"To ship": 1, "Waiting for group": 0, "Unpaid": 1, "Refunding": 0, "All": 2}
    assert rows(owner.get("/orders/?view=unpaid").text) == [f"{owner.home}/orders/{unpaid}"]
    assert len(rows(owner.get("/orders/?view=all").text)) == 2


def test_menu_counts_what_waits_to_be_shipped(owner, paid):
    assert '<span class="n">' not in owner.get("/products/").text
    paid(1), paid(1)
    assert '<span class="n">2</span>' in owner.get("/products/").text


def test_search_filters_and_sort_are_kept_in_the_address(owner, paid):
    cheap, dear = paid(0, 1), paid(2)
    number = order_row(dear).number
    found = owner.get(f"/orders/?view=all&q={number}").text
    assert rows(found) == [f"{owner.home}/orders/{dear}"]
    assert f'value="{number}"' in found
    assert rows(owner.get("/orders/?view=all&sort=total").text) == [
        f"{owner.home}/orders/{cheap}",
        f"{owner.home}/orders/{dear}",
    ]
    narrowed = owner.get("/orders/?view=all&total_min=100").text
    assert rows(narrowed) == [f"{owner.home}/orders/{dear}"]
    assert "Total ≥ ¥100.00" in narrowed
    today = now().astimezone().date()
    assert rows(owner.get(f"/orders/?view=all&placed_from={today + timedelta(days=2)}").text) == []
    assert "Nothing matches" in owner.get("/orders/?view=all&q=nowhere").text


@pytest.mark.parametrize(
    "query",
    ["view=mine", "sort=number", "sort=price_input", "page=0", "page=x", "size=7", "evil=1", "view=all&view=unpaid",
     "total_min=-1", "total_min=1e9", "placed_from=2026-13-01", "delivery=drone", "q=a%00b", "q=" + "x" * 101],
)  # fmt: skip
def test_address_that_the_list_does_not_offer_is_refused_in_words(owner, query):
    page = owner.get(f"/orders/?{query}")
    assert page.status_code == 400
    assert "This list has no" in page.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_time_are_only_far_away(owner, day):
    assert owner.get(f"/orders/?view=all&placed_from={day}&placed_to={day}").status_code == 200


def test_page_behind_the_end_leads_to_the_last_one(owner, paid):
    paid(1)
    answer = owner.get("/orders/?page=9")
    assert (answer.status_code, answer.location) == (303, f"{owner.home}/orders/")


def test_pages_of_the_list_follow_each_other(owner, tea, buyer):
    made = [buyer().order([(tea.variant_id, 1)]).order_id for _ in range(21)]
    first = owner.get("/orders/?view=all").text
    second = owner.get("/orders/?view=all&page=2").text
    assert len(rows(first)) == 20
    assert rows(second) == [f"{owner.home}/orders/{made[0]}"]
    assert "1–20 of 21 orders" in first


def test_list_takes_the_same_statements_for_one_row_and_for_three(owner, paid):
    paid(1)
    owner.get("/orders/")
    with count_statements() as one:
        assert len(rows(owner.get("/orders/").text)) == 1
    paid(1, 1), paid(2)
    with count_statements() as three:
        assert len(rows(owner.get("/orders/").text)) == 3
    assert len(three) == len(one) == 5


def test_order_takes_the_same_statements_for_one_line_and_for_two(owner, paid):
    one_line, two_lines = paid(1), paid(1, 3)
    owner.get(f"/orders/{one_line}")
    with count_statements() as one:
        owner.get(f"/orders/{one_line}")
    with count_statements() as two:
        owner.get(f"/orders/{two_lines}")
    assert len(one) == len(two) == 14


def test_order_page_tells_goods_prices_payment_buyer_and_what_happened(owner, paid):
    order_id = paid(2, 1)
    page = owner.get(f"/orders/{order_id}").text
    row = order_row(order_id)
    assert f">{row.number}</h1>" in page
    for said in (
        "明前龙井",
        "¥100.00 × 2",
        "¥200.00",
        "Paid",
        "To ship",
        "林知夏",
        "13800000000",
        "浙江省杭州市",
    ):
        assert said in page, said
    assert "¥242.00 was paid." in page
    assert "Test payment service" in page
    assert "1 movement of money" in page
    assert re.search(r"Ship</a>", page)


def test_number_leads_to_the_order(owner, paid):
    order_id = paid(1)
    number = order_row(order_id).number
    for typed in (number, number.lower()):
        assert owner.get(f"/orders/{typed}").location == f"{owner.home}/orders/{order_id}"
    assert owner.get("/orders/T99999").status_code == 404
    assert owner.get("/orders/%00").status_code == 404


def test_unpaid_order_says_when_it_ships_and_closes(owner, tea, buyer):
    page = owner.get(f"/orders/{buyer().order([(tea.variant_id, 1)]).order_id}").text
    assert "Ships after payment</button>" in page
    assert "Closes by itself at" in page
    assert "Waiting for the buyer" in page or "Not begun" in page
    assert ">Refund</a>" not in page


def test_held_order_tells_until_when_how_full_and_what_happens_then(owner, tea, buyer, gateway):
    from core.testing.buying import pay

    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    hold(order_id=order_id, pool=NewPool("test", "seat", str(new_id()), 5, threshold=5, window_seconds=7200))
    pay(gateway, order_id)
    page = owner.get(f"/orders/{order_id}").text
    assert "Ships once the group is complete</button>" in page
    assert "Waiting for group 1/5" in page
    assert "1 paid, 0 reserved, 4 free" in page
    assert "¥112.00 goes back by itself" in page
    assert 'role="timer"' in page
    listed = owner.get("/orders/?view=waiting").text
    assert "Waiting for group 1/5" in listed


def test_pickup_order_names_the_place_and_is_handed_over(owner, tea, gateway):
    method = {"kind": "pickup", "id": str(make_pickup_point())}
    order_id = paid_order(Buyer(make_customer(), method), gateway, [(tea.variant_id, 1)])
    page = owner.get(f"/orders/{order_id}").text
    assert "转塘店" in page
    assert "To hand over" in page
    assert "Hand over</a>" in page


NASTY = "<script>alert(1)</script>\"'&amp;\u202e龙井🍵"


def test_words_of_buyers_and_merchants_are_shown_as_they_are_and_never_run(owner, gateway, buyer, in_shop):
    goods = make_product(title=NASTY)
    placed = buyer().order([(goods.variant_id, 1)])
    owner.post(f"/orders/{placed.order_id}/notes", {"text": f"{NASTY} 备注"})
    for path in (
        f"/orders/{placed.order_id}",
        "/orders/?view=all",
        "/",
        "/products/",
        f"/products/{goods.id}",
    ):
        page = owner.get(path).text
        assert "alert(1)" in page, path
        assert "<script>alert" not in page, path


def test_note_is_kept_with_its_author_and_not_shown_to_the_buyer(owner, paid):
    order_id = paid(1)
    answer = owner.post(f"/orders/{order_id}/notes", {"text": "礼品袋 🎁"})
    assert answer.status_code == 303
    page = owner.get(f"/orders/{order_id}").text
    assert "The note is on the timeline." in page
    assert "礼品袋 🎁" in page
    with reading():
        assert [entry.text for entry in timeline(order_id, public_only=True)][-1] != "礼品袋 🎁"
        assert timeline(order_id)[-1].actor_name == "沈青"
    assert "The note is on the timeline." not in owner.get(f"/orders/{order_id}").text


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "x" * 2001])
def test_note_that_says_nothing_or_too_much_is_refused_in_place(owner, paid, text):
    order_id = paid(1)
    page = owner.post(f"/orders/{order_id}/notes", {"text": text})
    assert page.status_code == 422
    assert 'id="note-error"' in page.text
    with reading():
        assert timeline(order_id)[-1].kind == "paid"


def test_what_a_person_may_not_do_is_not_offered_and_refused(hired, shop, paid):
    reader = hired(shop, permissions={"orders.note"})
    order_id = paid(1)
    page = reader.get(f"/orders/{order_id}").text
    assert ">Ship</a>" not in page
    assert ">Refund</a>" not in page
    assert "Cancel order" not in page
    assert "Add</button>" in page
    for path in ("ship", "refund", "refund/preview"):
        assert reader.get(f"/orders/{order_id}/{path}").status_code == 403
    for path in ("ship", "refund", "cancel"):
        assert reader.post(f"/orders/{order_id}/{path}").status_code == 403
    assert hired(shop, permissions=set()).post(f"/orders/{order_id}/notes", {"text": "x"}).status_code == 403
    with reading():
        row = stored_order(order_id)
    assert (row.lifecycle, row.fulfilment, row.refunded_minor) == ("placed", "unfulfilled", 0)


def test_cancelled_order_is_closed_and_its_money_goes_back(owner, paid):
    order_id = paid(1)
    assert "Cancel and refund ¥112.00" in owner.get(f"/orders/{order_id}").text
    answer = owner.post(f"/orders/{order_id}/cancel")
    assert answer.status_code == 303
    page = owner.get(f"/orders/{order_id}").text
    assert "Cancelled" in page
    assert "Refunding" in page
    assert "The order is cancelled." in page
    again = owner.post(f"/orders/{order_id}/cancel")
    assert again.status_code == 409
    assert "This order cannot be cancelled any more." in again.text
    with reading():
        assert stored_order(order_id).refunded_minor == 11_200


def test_buyers_history_is_told(owner, tea, buyer, gateway):
    regular = buyer()
    paid_order(regular, gateway, [(tea.variant_id, 1)])
    order_id = paid_order(regular, gateway, [(tea.variant_id, 1)])
    assert "2 orders, ¥224.00 in all" in owner.get(f"/orders/{order_id}").text
    assert "2 orders</bdi>" in owner.get("/orders/").text
