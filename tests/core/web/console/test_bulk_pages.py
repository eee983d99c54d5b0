"""Many orders at once in the console: from the bulk bar, from a file, at the counter; and what can be put right."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook

from core.commerce.fulfilment.queries import pickup_code, shipments_of
from core.commerce.orders.queries import order, timeline
from core.commerce.orders.tags import shop_tags, tags_of_orders
from core.kernel.db import reading
from core.testing.buying import Buyer, order_row
from core.testing.goods import make_customer, make_pickup_point, make_product
from core.testing.jobs import run_due_jobs
from core.testing.statements import count_statements
from tests.core.web.console.orders_at_hand import keys_of, paid_order, rows


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 3_000], handle="longjing")


@pytest.fixture
def paid(tea, buyer, gateway):
    def make(count=1, who=None):
        made = paid_order(who or buyer(), gateway, [(tea.variant_id, count)])
        return order_row(made).number, made

    return make


@pytest.fixture
def fetched(paid):
    point = {"kind": "pickup", "id": str(make_pickup_point())}
    return lambda: paid(2, Buyer(make_customer(), point))


def shipped(order_id):
    with reading():
        return [(one.tracking_number, one.shipped_by) for one in shipments_of(order_id)]


def begun(browser, action, ids=(), everything="", query=""):
    """The page of a run that the bulk bar began."""
    data = {"action": action, "everything": everything, "query": query, "ids": [str(one) for one in ids]}
    answer = browser.post("/orders/bulk/", data)
    assert answer.status_code == 303
    return answer.location


def test_the_bar_offers_everything_only_to_who_may_ship(owner, hired, shop, paid):
    paid()
    assert 'value="slips"' in owner.get("/orders/").text
    reader = hired(shop, permissions={"orders.note"})
    assert 'value="slips"' not in reader.get("/orders/").text
    assert reader.post("/orders/bulk/", {"action": "tag"}).status_code == 403
    packer = hired(shop, permissions={"orders.ship"})
    assert 'value="export"' not in packer.get("/orders/").text
    assert packer.post("/orders/bulk/", {"action": "export", "ids": ["x"]}).status_code == 403


def test_a_sheet_of_numbers_ships_the_chosen_orders(owner, paid):
    first, second = paid(), paid()
    page = begun(owner, "ship", [first[1], second[1]])
    assert first[0] in owner.get(page).text
    numbers = {"carrier": "", f"n-{first[1]}": "SF1234567890123", f"n-{second[1]}": "12 3"}
    assert owner.post(f"{page}/start", numbers).status_code == 303
    said = owner.get(page).text
    assert "No carrier" in said
    assert shipped(first[1]) == [("SF1234567890123", "沈青")]
    assert shipped(second[1]) == []
    assert "kuaidi100.com" in owner.get(f"/orders/{first[1]}").text


def test_everything_means_the_filter(owner, paid, tea):
    made = [paid(n) for n in (1, 1, 3)]
    owner.post("/orders/tags/", {"name": "急件", "colour": "red"})
    with reading():
        tag = shop_tags()[0].id
    page = begun(owner, "tag", everything="1", query="?view=all&total_max=150")
    assert "2 orders chosen" in owner.get(page).text
    owner.post(f"{page}/start", {"tag": str(tag)})
    with reading():
        assert set(tags_of_orders([one for _, one in made])) == {made[0][1], made[1][1]}
    assert len(rows(owner.get("/orders/?view=all&tag=急件").text)) == 2
    assert "急件" in owner.get(f"/orders/{made[0][1]}").text
    assert owner.get("/orders/?view=all&tag=nothing").status_code == 400


@pytest.mark.parametrize("query", ["?view=nowhere", "?evil=1", "?total_max=x"])
def test_a_selection_by_an_address_that_the_list_does_not_have_is_refused(owner, paid, query):
    paid()
    assert (
        owner.post("/orders/bulk/", {"action": "tag", "everything": "1", "query": query}).status_code == 400
    )


def test_a_file_is_checked_then_shipped_and_told_row_by_row(owner, paid):
    good, twice = paid(), paid()
    content = f"Order,Carrier,Tracking number\n{good[0]},SF Express,SF1234567890123\nT9,SF,SF1234567890124\n"
    answer = owner.post("/orders/ship-file/", {"file": (BytesIO(content.encode("gb18030")), "今天.csv")})
    page = owner.get(answer.location).text
    assert "Nothing has shipped yet" in page
    assert "There is no order with this number" in page
    assert shipped(good[1]) == shipped(twice[1]) == []
    owner.post(f"{answer.location}/start")
    run_due_jobs()
    assert shipped(good[1]) == [("SF1234567890123", "沈青")]
    result = load_workbook(BytesIO(owner.get(f"{answer.location}/results.xlsx").data)).active
    told = [row[1::5] for row in result.iter_rows(values_only=True, min_row=2)]
    assert told == [(good[0], "Shipped"), ("T9", "There is no order with this number")]
    again = owner.post("/orders/ship-file/", {"file": (BytesIO(content.encode()), "again.csv")})
    assert "Already shipped by 沈青 at 20" in owner.get(again.location).text


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"name\nx\n", b"PK\x03\x04zzzz"])
def test_a_file_of_another_kind_is_refused_in_words(owner, content):
    answer = owner.post("/orders/ship-file/", {"file": (BytesIO(content), "a.xlsx")})
    assert answer.status_code == 422
    assert "pp-note" in answer.text or "role=" in answer.text
    assert owner.post("/orders/ship-file/", {}).status_code == 422


def test_templates_name_their_columns_and_hold_the_orders_that_wait(owner, paid):
    number, _ = paid()
    text = owner.get("/orders/ship-file/template.csv?orders=1").data.decode("utf-8-sig")
    assert text.splitlines() == ["Order,Carrier,Tracking number,SKU,Quantity", f"{number},,,,"]


def test_an_export_is_made_and_downloaded(owner, paid, files):
    number, order_id = paid()
    page = begun(owner, "export", [order_id])
    owner.post(f"{page}/start", {"columns": ["number", "total"], "format": "csv"})
    assert "Download" in owner.get(page).text
    assert owner.get(f"{page}/file").data.decode("utf-8-sig").splitlines() == [
        "Order,Total of the order",
        f"{number},112.00",
    ]


def test_an_address_is_changed_until_something_has_left(owner, paid):
    _, order_id = paid()
    owner.post(f"/orders/{order_id}/address", {"name": "王五", "line1": "新街 2 号", "city": "上海市"})
    with reading():
        assert order(order_id).address["name"] == "王五"
        assert "新街 2 号" in timeline(order_id)[-1].text
    refused = owner.post(f"/orders/{order_id}/address", {"name": "", "line1": ""})
    assert refused.status_code == 422
    page = begun(owner, "ship", [order_id])
    owner.post(f"{page}/start", {"carrier": "sf", f"n-{order_id}": "SF1234567890123"})
    owner.post(f"/orders/{order_id}/address", {"name": "赵六", "line1": "别处"})
    with reading():
        assert order(order_id).address["name"] == "王五"
    assert "cannot be changed any more" in owner.get(f"/orders/{order_id}").text


def test_a_wrong_shipment_is_corrected_or_undone_while_it_is_fresh(owner, paid, clock):
    _, order_id = paid()
    page = begun(owner, "ship", [order_id])
    owner.post(f"{page}/start", {"carrier": "sf", f"n-{order_id}": "SF1234567890123"})
    with reading():
        shipment = shipments_of(order_id)[0].id
    owner.post(f"/orders/{order_id}/shipments/{shipment}", {"carrier": "zto", "tracking_number": "789"})
    assert shipped(order_id)[0][0] == "789"
    owner.post(f"/orders/{order_id}/shipments/{shipment}/undo")
    assert shipped(order_id) == []
    assert order_row(order_id).fulfilment == "unfulfilled"
    page = begun(owner, "ship", [order_id])
    owner.post(f"{page}/start", {"carrier": "sf", f"n-{order_id}": "SF1234567890123"})
    clock.advance(minutes=31)
    with reading():
        shipment = shipments_of(order_id)[0].id
    owner.post(f"/orders/{order_id}/shipments/{shipment}/undo")
    assert len(shipped(order_id)) == 1


def test_the_counter_hands_over_by_code_and_limits_guesses(owner, fetched, clock):
    number, order_id = fetched()
    with reading():
        code = pickup_code(order_id)
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    for typed in ("nonsense", "", "%", *("x" * n for n in range(1, 8))):
        assert owner.post("/orders/pick-up/", {"code": typed}).status_code == 404
    assert owner.post("/orders/pick-up/", {"code": code}).status_code == 429
    clock.advance(minutes=16)
    found = owner.post("/orders/pick-up/", {"code": f" {code.lower().replace('-', ' ')} "})
    page = owner.get(found.location).text
    assert number in page
    assert "2 ×" in page
    request = re.search(r'name="_request" value="([^"]*)"', page)[1]
    for _ in range(2):
        assert owner.post(found.location, {"_request": request}).status_code == 303
    assert len(shipped(order_id)) == 1
    with reading():
        assert pickup_code(order_id) == ""


def test_codes_are_there_for_orders_that_are_fetched_only_and_differ(fetched, paid, tea):
    with reading():
        codes = {pickup_code(fetched()[1]) for _ in range(3)}
        assert len(codes) == 3
        assert "" not in codes
        assert pickup_code(paid()[1]) == ""
    unpaid = Buyer(make_customer(), {"kind": "pickup", "id": str(make_pickup_point())})
    with reading():
        assert pickup_code(unpaid.order([(tea.variant_id, 1)]).order_id) == ""


def test_pages_take_the_same_statements_for_one_row_and_for_three(owner, paid):
    made = [paid() for _ in range(3)]
    counts = []
    for ids in ([made[0][1]], [one for _, one in made]):
        page = begun(owner, "ship", ids)
        with count_statements() as seen:
            owner.get(page)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8
    assert keys_of(made[0][1])
