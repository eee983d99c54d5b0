"""Bulk shipping: files with everything in them that goes wrong, killed workers, colleagues who are faster."""

import contextvars
from io import BytesIO

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select, update

from core.commerce.fulfilment import bulk_runs, bulk_shipping
from core.commerce.fulfilment.actions import send_parcels, ship_order
from core.commerce.fulfilment.bulk_queries import all_bulk_rows, bulk_run, outcome_counts, tally
from core.commerce.fulfilment.bulk_runs import (
    begin_bulk_run,
    carry_out_bulk_run,
    check_tracking_file,
    do_part,
    fill_in_sheet,
    start_bulk_run,
)
from core.commerce.fulfilment.errors import BulkRunNotStartable, NothingSelected
from core.commerce.fulfilment.models import BulkRow, Shipment
from core.commerce.fulfilment.order_conditions import OrderFilters, OrderQuery
from core.commerce.fulfilment.queries import shipments_of
from core.commerce.fulfilment.selections import Selection
from core.commerce.fulfilment.tracking_files import ColumnsMissing
from core.commerce.media.storage import file_content
from core.commerce.messages.models import Occasion
from core.commerce.orders.queries import order, timeline
from core.commerce.orders.tagging import save_tag, tag_orders
from core.commerce.orders.tags import tags_of_orders
from core.commerce.payments.actions.refund import cancel_order
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.sheets import SheetRefused
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import make_customer, make_pickup_point, make_product, make_shipping
from core.testing.jobs import run_due_jobs
from core.testing.races import overlapping_pairs, race
from core.testing.statements import count_statements
from tests.core.commerce.fulfilment.test_order_lists import hold


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 25_000], handle="longjing")


@pytest.fixture
def paid(tea, buyer, gateway):
    """`paid(2, 1)` is the number and id of a paid order with these quantities of the two variants."""

    def make(*units, who=None):
        lines = [(tea.variant_ids[n], count) for n, count in enumerate(units or (1,)) if count]
        made = (who or buyer()).order(lines).order_id
        pay(gateway, made)
        return order_row(made).number, made

    return make


def table(*rows, header="订单号,快递公司,运单号,货号,数量"):
    return "\n".join([header, *rows]).encode()


def outcomes(run_id):
    with reading():
        return {row.line: (row.outcome, dict(row.said)) for part in all_bulk_rows(run_id) for row in part}


def shipped(order_id):
    with reading():
        return [(one.tracking_number, sum(one.units.values())) for one in shipments_of(order_id)]


def run_file(content):
    run_id = check_tracking_file(file_name="a.csv", content=content)
    start_bulk_run(run_id=run_id)
    run_due_jobs()
    return run_id


def test_a_file_ships_what_it_can_and_says_the_rest(paid, tea, buyer, gateway, other_shop):
    good, sent, cancelled, held, split = paid(1), paid(1), paid(1), None, paid(2, 1)
    ship_order(order_id=sent[1], units=all_units(sent[1]), carrier="sf", tracking_number="SF1000000000001")
    cancel_order(order_id=cancelled[1])
    waiting = buyer().order([(tea.variant_id, 1)]).order_id
    hold(order_id=waiting)
    pay(gateway, waiting)
    held = order_row(waiting).number
    unpaid = order_row(buyer().order([(tea.variant_id, 1)]).order_id).number
    pickup = paid(1, who=Buyer(make_customer(), {"kind": "pickup", "id": str(make_pickup_point())}))
    theirs = elsewhere(other_shop, _their_order, gateway, "X90001")
    foreign = "X90001"
    content = table(
        f"{good[0]},顺丰,SF1000000000010,,",
        f"{sent[0]},顺丰,SF1000000000011,,",
        f"{cancelled[0]},顺丰,SF1000000000012,,",
        f"{held},顺丰,SF1000000000013,,",
        f"{unpaid},顺丰,SF1000000000014,,",
        f"{pickup[0]},顺丰,SF1000000000015,,",
        f"{foreign},顺丰,SF1000000000016,,",
        "T00000,顺丰,SF1000000000017,,",
        f"{good[0]},顺丰,SF1000000000010,,",
        f"{split[0].lower()},中通,78900000000001,longjing-0,1",
        f"{split[0]},中通,78900000000002,LONGJING-1,1",
        f"{split[0]},中通,78900000000003,longjing-0,7",
        f"{split[0]},中通,78900000000004,nothing,1",
        f"{split[0]},顺风,78900000000005,longjing-0,1",
        f"{split[0]},宇宙飞船,78900000000006,longjing-0,1",
        f"{split[0]},中通,=1+1,longjing-0,1",
        f"{split[0]},中通,78900000000008,longjing-0,zwei",
        f"{sent[0]},顺丰,SF1000000000010,,",
    )
    run_id = check_tracking_file(file_name="a.csv", content=content)
    planned = outcomes(run_id)
    assert shipped(good[1]) == []
    start_bulk_run(run_id=run_id)
    run_due_jobs()
    found = outcomes(run_id)
    kinds = {line: outcome for line, (outcome, _) in found.items()}
    assert kinds == {
        2: "shipped", 3: "already", 4: "cancelled", 5: "on_hold", 6: "unpaid", 7: "pickup", 8: "unknown_order",
        9: "unknown_order", 10: "twice", 11: "shipped", 12: "shipped", 13: "too_many", 14: "unknown_sku",
        15: "unknown_carrier_like", 16: "unknown_carrier", 17: "bad_number", 18: "bad_quantity", 19: "already",
    }  # fmt: skip
    assert {line: one for line, (one, _) in planned.items() if one == "ready"} == {
        2: "ready",
        11: "ready",
        12: "ready",
    }
    assert "顺丰" in found[15][1]["like"]
    assert found[8] == found[9]
    assert shipped(good[1]) == [("SF1000000000010", 1)]
    assert sorted(shipped(split[1])) == [("78900000000001", 1), ("78900000000002", 1)]
    assert order_row(split[1]).fulfilment == "partial"
    assert elsewhere(other_shop, shipped, theirs) == []


def elsewhere(scope, act, *arguments):
    """What `act` answers in another shop."""

    def bound():
        with shop_bound(scope, SYSTEM):
            return act(*arguments)

    return contextvars.Context().run(bound)


def _their_order(gateway, number):
    goods = make_product(title="Secret pot")
    method = {"kind": "method", "id": str(make_shipping())}
    made = Buyer(make_customer(), method).order([(goods.variant_id, 1)]).order_id
    pay(gateway, made)
    _rename(made, number)
    return made


def all_units(order_id):
    with reading():
        return {line.key: line.to_ship for line in order(order_id).lines}


@command("system")
def _rename(order_id, number):
    from core.commerce.orders.models import Order

    session().get_one(Order, (order_row(order_id).shop_id, order_id)).number = number


def test_the_same_file_twice_ships_nothing_twice(paid):
    made = [paid(2) for _ in range(3)]
    content = table(*(f"{number},,SF100000000010{n},," for n, (number, _) in enumerate(made)))
    first, second = run_file(content), run_file(content)
    assert [one for one, _ in outcomes(first).values()] == ["shipped"] * 3
    assert [one for one, _ in outcomes(second).values()] == ["already"] * 3
    assert [shipped(order_id) for _, order_id in made] == [[(f"SF100000000010{n}", 2)] for n in range(3)]


def test_two_checked_copies_at_the_same_time_ship_each_order_once(paid, monkeypatch):
    monkeypatch.setattr(bulk_runs, "PARCELS_PER_PART", 2)
    made = [paid(1) for _ in range(6)]
    runs = []
    for clerk in (1, 2):
        rows = [f"{number},中通,7890000{clerk}000{n},," for n, (number, _) in enumerate(made)]
        runs.append(check_tracking_file(file_name=f"{clerk}.csv", content=table(*rows)))
        start_bulk_run(run_id=runs[-1])
    attempts = race([lambda one=one: carry_out_bulk_run(run_id=one) for one in (*runs, *runs)])
    assert [one.error for one in attempts] == [None] * 4
    assert overlapping_pairs(attempts)
    assert [len(shipped(order_id)) for _, order_id in made] == [1] * 6
    both = [outcome for one in runs for outcome, _ in outcomes(one).values()]
    assert sorted(both) == ["already"] * 6 + ["shipped"] * 6


def test_a_killed_worker_goes_on_where_it_stopped(paid, monkeypatch):
    monkeypatch.setattr(bulk_runs, "PARCELS_PER_PART", 2)
    made = [paid(1) for _ in range(5)]
    rows = [f"{number},顺丰,SF100000000020{n},," for n, (number, _) in enumerate(made)]
    run_id = check_tracking_file(file_name="a.csv", content=table(*rows))
    start_bulk_run(run_id=run_id)
    do_part(run_id=run_id, start=0)
    do_part(run_id=run_id, start=0)  # somebody else was here already
    with reading():
        assert bulk_run(run_id).done == 2

    def killed(*, sendings):
        send_parcels(sendings=sendings)
        if made[3][1] in {one.order_id for one in sendings}:
            raise SystemExit

    monkeypatch.setattr(bulk_shipping, "send_parcels", killed)
    with pytest.raises(SystemExit):
        run_due_jobs()
    assert [len(shipped(order_id)) for _, order_id in made] == [1, 1, 0, 0, 0]
    monkeypatch.setattr(bulk_shipping, "send_parcels", send_parcels)
    carry_out_bulk_run(run_id=run_id)
    assert [len(shipped(order_id)) for _, order_id in made] == [1] * 5
    with reading():
        found = bulk_run(run_id)
        assert (found.state, found.done, tally(outcome_counts(run_id)).done) == ("done", 5, 5)


@command("system")
def _spoil(run_id, line):
    """A row that looks sound until its parcel is sent: the carrier is gone."""
    session().execute(
        update(BulkRow).where(BulkRow.run_id == run_id, BulkRow.line == line).values(carrier="")
    )


def test_a_parcel_that_is_refused_at_the_last_moment_keeps_no_other(paid):
    made = [paid(1) for _ in range(4)]
    rows = [f"{number},顺丰,SF100000000050{n},," for n, (number, _) in enumerate(made)]
    run_id = check_tracking_file(file_name="a.csv", content=table(*rows))
    _spoil(run_id, 3)
    start_bulk_run(run_id=run_id)
    run_due_jobs()
    found = outcomes(run_id)
    assert [found[line][0] for line in (2, 3, 4, 5)] == ["shipped", "refused", "shipped", "shipped"]
    assert found[3][1]["reason"]
    assert [len(shipped(order_id)) for _, order_id in made] == [1, 0, 1, 1]
    with reading():
        told = select(Occasion.dedupe_key).where(Occasion.topic == "fulfilment.shipped")
        keys = session().scalars(told).all()
        sent = session().scalars(select(Shipment.id)).all()
    assert sorted(keys) == sorted(map(str, sent))
    with reading():
        kinds = [[entry.kind for entry in timeline(order_id)].count("shipped") for _, order_id in made]
    assert kinds == [1, 0, 1, 1]


def test_many_parcels_take_as_many_statements_as_one(paid):
    def statements(count):
        made = [paid(1) for _ in range(count)]
        rows = [f"{number},顺丰,SF10000000{count}060{n},," for n, (number, _) in enumerate(made)]
        run_id = check_tracking_file(file_name="a.csv", content=table(*rows))
        start_bulk_run(run_id=run_id)
        with count_statements() as seen:
            do_part(run_id=run_id, start=0)
        assert [len(shipped(order_id)) for _, order_id in made] == [1] * count
        return len(seen)

    assert statements(1) == statements(6) <= 20


def test_what_a_colleague_shipped_meanwhile_is_told_with_name_and_time(paid, in_shop):
    from core.kernel.tenancy import Actor, acting_as

    number, order_id = paid(1)
    run_id = check_tracking_file(file_name="a.csv", content=table(f"{number},顺丰,SF1000000000301,,"))
    with acting_as(Actor("system", name="许航")):
        ship_order(order_id=order_id, units=all_units(order_id), carrier="zto", tracking_number="789")
    start_bulk_run(run_id=run_id)
    run_due_jobs()
    outcome, said = outcomes(run_id)[2]
    assert (outcome, said["by"], said["number"]) == ("already", "许航", "789")
    with pytest.raises(BulkRunNotStartable):
        start_bulk_run(run_id=run_id)


def test_one_number_may_hold_two_orders_of_the_same_receiver_only(paid, tea, gateway):
    one, two, stranger = paid(1), paid(1), paid(1)
    _move(stranger[1])
    rows = [f"{number},顺丰,SF1000000000401,," for number, _ in (one, two, stranger)]
    found = outcomes(run_file(table(*rows)))
    assert [found[line][0] for line in (2, 3, 4)] == ["shipped", "shipped", "number_twice"]


def _move(order_id):
    from core.commerce.orders.address_changes import change_address

    change_address(order_id=order_id, address={"name": "王五", "line1": "别处 9 号"})


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, SheetRefused),
        (b"", SheetRefused),
        (b"name,colour\na,b\n", ColumnsMissing),
        (("订单号,运单号\n" + "T1,SF1000000000001\n" * 20_001).encode(), SheetRefused),
        (b"PK\x03\x04half a workbook", SheetRefused),
    ],
)
def test_files_that_are_no_tracking_files_are_refused_in_words(platform, in_shop, content, error):
    with pytest.raises(error) as refused:
        check_tracking_file(file_name="x", content=content)
    assert refused.value.text
    assert refused.value.fix_text


def test_a_sheet_takes_numbers_for_the_chosen_orders(paid):
    first, second, third = paid(1), paid(1), paid(1)
    run_id = begin_bulk_run(kind="ship", selection=Selection((first[1], second[1])))
    numbers = {first[1]: "SF1000000000501", second[1]: " ", third[1]: "SF1000000000502"}
    fill_in_sheet(run_id=run_id, carrier="sf", numbers=numbers)
    run_due_jobs()
    assert outcomes(run_id) == {1: ("shipped", {})}
    assert (shipped(first[1]), shipped(second[1]), shipped(third[1])) == ([("SF1000000000501", 1)], [], [])


def test_a_selection_means_its_filter_and_not_what_came_later(paid, tea, buyer, gateway):
    tag = save_tag(name="急", colour="red")
    made = [paid(1)[1] for _ in range(3)]
    query = OrderQuery("to_ship", "", OrderFilters(payment="paid"))
    run_id = begin_bulk_run(kind="tag", selection=Selection(query=query))
    ship_order(order_id=made[0], units=all_units(made[0]), carrier="sf", tracking_number="SF1")
    start_bulk_run(run_id=run_id, options={"tag": str(tag)})
    later = paid(1)[1]
    tag_orders(order_ids=[made[1]], tag_id=tag)
    run_due_jobs()
    with reading():
        tagged = set(tags_of_orders([*made, later]))
    assert tagged == {made[1], made[2]}
    assert sorted(one for part in [outcomes_by_position(run_id)] for one in part) == [
        "tagged",
        "tagged_before",
    ]


def outcomes_by_position(run_id):
    with reading():
        return [row.outcome for part in all_bulk_rows(run_id) for row in part]


def test_pickup_orders_are_handed_over_together(paid):
    point = {"kind": "pickup", "id": str(make_pickup_point())}
    fetched, sent = paid(1, who=Buyer(make_customer(), point)), paid(1)
    run_id = begin_bulk_run(kind="hand_over", selection=Selection((fetched[1], sent[1])))
    start_bulk_run(run_id=run_id)
    run_due_jobs()
    assert outcomes_by_position(run_id) == ["handed_over", "not_pickup"]
    assert order_row(fetched[1]).fulfilment == "fulfilled"


def test_nothing_selected_begins_nothing(platform, in_shop):
    with pytest.raises(NothingSelected):
        begin_bulk_run(kind="slips", selection=Selection())


def made_file(kind, ids, **options):
    run_id = begin_bulk_run(kind=kind, selection=Selection(tuple(ids)))
    start_bulk_run(run_id=run_id, options=options)
    run_due_jobs()
    with reading():
        found = bulk_run(run_id)
    assert found.state == "done", found.problem
    return found, file_content(found.result_path)


@pytest.mark.parametrize(("paper", "width"), [("a6", 298), ("a4", 595)])
def test_packing_slips_show_each_order_on_its_paper(paid, paper, width, files):
    made = [paid(2, 1), paid(1)]
    found, content = made_file("slips", [one for _, one in made], paper=paper)
    pages = PdfReader(BytesIO(content)).pages
    texts = [page.extract_text().replace("\x00", "") for page in pages]
    assert [round(float(page.mediabox.width)) for page in pages] == [width, width]
    for (number, _), text in zip(made, texts, strict=True):
        assert number in text
        assert "明前龙井" in text
        assert "林知夏" in text
        assert "转塘街道" in text
    assert found.done == 2


def test_pick_list_adds_up_what_is_left_to_ship(paid, files):
    one, two = paid(2), paid(3, 1)
    _, content = made_file("pick_list", [one[1], two[1]])
    text = PdfReader(BytesIO(content)).pages[0].extract_text().replace("\x00", "")
    assert f"{one[0]}×2" in text
    assert f"{two[0]}×3" in text
    assert "longjing-1" in text


def test_export_is_chosen_columns_that_no_spreadsheet_runs(paid, files):
    number, order_id = paid(2, 1)
    _evil(order_id)
    _, content = made_file("export", [order_id], columns=["number", "buyer", "sku", "total"], per_line=True)
    sheet = load_workbook(BytesIO(content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("订单", "买家", "货号", "订单总额") or rows[0][0] in ("Order", "订单号", "订单")
    assert [row[2] for row in rows[1:]] == ["longjing-0", "longjing-1"]
    assert {cell.data_type for cell in sheet["B"]} == {"s"}
    _, text = made_file("export", [order_id], columns=["number", "buyer"], format="csv")
    assert f"{number},\"'=HYPERLINK" in text.decode("utf-8-sig") or f"{number},'=HYPERLINK" in text.decode(
        "utf-8-sig"
    )


@command("system")
def _evil(order_id):
    from core.commerce.orders.models import Order

    row = session().get_one(Order, (order_row(order_id).shop_id, order_id))
    row.contact = {**row.contact, "name": '=HYPERLINK("http://evil")'}


def test_timeline_names_who_shipped_in_bulk(paid, in_shop):
    from core.kernel.tenancy import Actor, acting_as

    number, order_id = paid(1)
    with acting_as(Actor("system", name="许航")):
        run_file(table(f"{number},顺丰,SF1000000000601,,"))
    with reading():
        assert [one.actor_name for one in timeline(order_id) if one.kind == "shipped"] == ["许航"]
