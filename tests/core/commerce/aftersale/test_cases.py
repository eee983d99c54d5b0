"""A case from the buyer's wish to its end, of each kind, with every refusal on the way."""

import io
from dataclasses import replace

import pytest
from PIL import Image
from sqlalchemy import select

from core.commerce.aftersale.actions import (
    MOST_CASES,
    cancel_unpaid,
    send_goods,
    show_pictures,
    withdraw_case,
)
from core.commerce.aftersale.answers import (
    accept_case,
    accept_cases,
    decline_case,
    note_on_case,
    receive_goods,
    refund_instead,
    save_promises,
    send_replacement,
)
from core.commerce.aftersale.errors import (
    AmountRefused,
    CaseMovedOn,
    CaseNotPossible,
    ChooseReason,
    ChooseUnits,
    OfferChanged,
    ReplacementGone,
    SayWhy,
    SentMeanwhile,
    TooManyCases,
    TooManyPictures,
    UnitsTaken,
    WindowOver,
)
from core.commerce.aftersale.pictures import keep_pictures, picture_file
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import case_chances, pictures_of, steps_of
from core.commerce.fulfilment.actions import ship_order
from core.commerce.fulfilment.queries import shipments_of
from core.commerce.media.errors import NotAPicture
from core.commerce.messages.models import Occasion
from core.commerce.orders.errors import OrderNotCancellable, OrderNotShippable
from core.commerce.orders.queries import order, timeline
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.payments.models import Refund
from core.commerce.pricing.errors import RefundRefused
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused, NotFound
from core.kernel.ids import new_id
from core.testing.buying import order_row
from core.testing.goods import stock_left
from tests.core.commerce.aftersale.conftest import FAULT, LIKING, line_keys


def refunds(order_id):
    with reading():
        rows = select(Refund).where(Refund.order_id == order_id).order_by(Refund.created_at)
        return [(one.amount_minor, one.cause.split(":")[0], one.state) for one in session().scalars(rows)]


def told():
    with reading():
        return [row.topic for row in session().scalars(select(Occasion).order_by(Occasion.created_at))]


def possible(order_id):
    with reading():
        return case_chances(order(order_id))


def words(order_id, **more):
    with reading():
        return " / ".join(one.text for one in timeline(order_id, **more))


def test_unsent_order_is_cancelled_at_once_and_the_money_goes_back(paid, ask, now_is, tea, run_jobs):
    order_id = paid(2)
    case = ask(order_id, "cancel", seen_amount=21_200)
    assert (case.state, case.stands, case.amount.minor) == ("refunding", "refunding", 21_200)
    run_jobs()
    assert now_is(case).stands == "refunded"
    row = order_row(order_id)
    assert (row.lifecycle, row.cancel_reason, row.financial) == ("cancelled", "buyer", "refunded")
    assert stock_left(tea) == 20
    assert {"orders.cancelled", "payments.refund_done"} <= set(told())
    assert "aftersale.opened" not in told()


def test_shop_that_wants_to_be_asked_decides_about_a_cancellation(paid, ask, now_is):
    save_promises(rules=Promises(cancel_at_once=False))
    order_id = paid(1)
    case = ask(order_id, "cancel")
    assert (case.state, case.waits_for) == ("open", "merchant")
    assert order_row(order_id).lifecycle == "placed"
    accept_case(case_id=case.id)
    assert now_is(case).state == "refunding"
    assert order_row(order_id).lifecycle == "cancelled"
    assert {"aftersale.opened", "orders.cancelled"} <= set(told())
    assert "aftersale.accepted" not in told()  # one message says it


def test_order_that_left_while_its_cancellation_waited_cannot_be_cancelled(paid, ask):
    save_promises(rules=Promises(cancel_at_once=False))
    order_id = paid(1)
    case = ask(order_id, "cancel")
    ship_order(order_id=order_id, units={line_keys(order_id)[0]: 1}, carrier="sf", tracking_number="SF2")
    with pytest.raises(SentMeanwhile):
        accept_case(case_id=case.id)
    assert refunds(order_id) == []
    assert order_row(order_id).lifecycle == "placed"


def test_cancelled_order_cannot_be_shipped(paid, ask):
    order_id = paid(1)
    ask(order_id, "cancel")
    with pytest.raises(OrderNotShippable):
        ship_order(order_id=order_id, units={line_keys(order_id)[0]: 1}, carrier="sf", tracking_number="SF2")


def test_unpaid_order_is_closed_by_its_buyer_and_a_paid_one_is_not(buyer, tea, paid):
    placed = buyer().order([(tea.variant_id, 1)])
    cancel_unpaid(order_id=placed.order_id)
    assert order_row(placed.order_id).lifecycle == "cancelled"
    assert stock_left(tea) == 20
    with pytest.raises(OrderNotCancellable):
        cancel_unpaid(order_id=paid(1))


def test_refund_of_unsent_units_puts_them_back_on_sale(paid, ask, now_is, tea):
    order_id = paid(3)
    case = ask(order_id, "refund", 1, reason=LIKING)
    assert case.amount.minor == 10_000  # freight stays: two units are still wanted
    accept_case(case_id=case.id, answer="好的")
    assert refunds(order_id) == [(10_000, "case", "pending")]
    assert stock_left(tea) == 18
    assert possible(order_id).unit_limits("refund")[line_keys(order_id)[0]] == 2


def test_refund_of_everything_unsent_gives_freight_back_and_closes_the_order(paid, ask):
    order_id = paid(2)
    case = ask(order_id, "refund", 2)
    assert (case.offered_minor, case.shipping_minor) == (21_200, 1_200)
    accept_case(case_id=case.id)
    row = order_row(order_id)
    assert (row.lifecycle, row.cancel_reason, row.refunded_minor) == ("cancelled", "buyer", 21_200)


def test_freight_follows_the_shops_promise(sent, ask):
    order_id = sent(1, 1)
    assert ask(order_id, "return", 1, 1, reason=LIKING).offered_minor == 20_000
    other = sent(1)
    assert ask(other, "return", 1, reason=FAULT).offered_minor == 11_200
    save_promises(rules=Promises(shipping_back="never"))
    assert ask(sent(1), "return", 1, reason=FAULT).offered_minor == 10_000


def test_merchant_lowers_the_amount_with_words_and_never_goes_above(sent, ask, now_is):
    order_id = sent(2)
    case = ask(order_id, "refund", 1, reason=FAULT, wanted_amount=6_000)
    assert (case.offered_minor, case.wanted_minor) == (10_000, 6_000)
    with pytest.raises(SayWhy):
        accept_case(case_id=case.id, amount=2_000)
    with pytest.raises(AmountRefused):
        accept_case(case_id=case.id, amount=11_201, answer="x")
    with pytest.raises(AmountRefused):
        accept_case(case_id=case.id, amount=0, answer="x")
    accept_case(case_id=case.id, amount=2_000, answer="只有一点划痕")
    assert refunds(order_id) == [(2_000, "case", "pending")]
    found = now_is(case)
    assert (found.agreed_minor, found.answer, found.state) == (2_000, "只有一点划痕", "refunding")
    assert "¥20.00" in words(order_id, public_only=True)
    with pytest.raises(CaseMovedOn):
        accept_case(case_id=case.id)


def test_buyer_cannot_ask_for_more_than_was_paid(sent, ask):
    with pytest.raises(AmountRefused):
        ask(sent(1), "refund", 1, wanted_amount=10_001)


def test_return_goes_its_way_and_is_paid_back_when_the_goods_are_here(sent, ask, now_is, tea, run_jobs):
    order_id = sent(2)
    case = ask(order_id, "return", 1, words="袋子漏气", reason=FAULT)
    accept_case(case_id=case.id)
    assert (now_is(case).state, now_is(case).waits_for) == ("accepted", "buyer")
    assert refunds(order_id) == []
    send_goods(case_id=case.id, carrier="yto", tracking_number="YT9")
    send_goods(case_id=case.id, carrier="yto", tracking_number="YT10")
    assert now_is(case).tracking_number == "YT10"
    receive_goods(case_id=case.id, restock=True)
    run_jobs()
    assert (now_is(case).stands, now_is(case).agreed_minor) == ("refunded", 10_000)
    assert stock_left(tea) == 19
    assert {"aftersale.opened", "aftersale.awaited", "aftersale.received", "payments.refund_done"} <= set(
        told()
    )
    with reading():
        steps = [one.text for one in steps_of(case.id, public_only=True)]
        everything = [one.text for one in steps_of(case.id)]
    assert (
        len(everything) == len(steps) + 1
    )  # whether the goods were fit to be sold is the shop's own business
    for place in (words(order_id), words(order_id, public_only=True)):
        assert case.number in place
        assert "YT10" in place


def test_goods_that_are_written_off_stay_sold(sent, ask, tea):
    case = ask(sent(2), "return", 1)
    accept_case(case_id=case.id)
    receive_goods(case_id=case.id, restock=False, amount=5_000, answer="已拆封")
    assert stock_left(tea) == 18


def test_lowering_at_receipt_needs_words_and_goods_can_be_refused(sent, ask, now_is):
    first, second = ask(sent(1), "return", 1), ask(sent(1), "return", 1)
    for case in (first, second):
        accept_case(case_id=case.id)
        send_goods(case_id=case.id, carrier="yto", tracking_number="YT9")
    with pytest.raises(SayWhy):
        receive_goods(case_id=first.id, restock=True, amount=1)
    with pytest.raises(AmountRefused):
        receive_goods(case_id=first.id, restock=True, amount=20_000, answer="x")
    decline_case(case_id=second.id, answer="寄回的是别的东西")
    assert now_is(second).state == "declined"


def test_exchange_keeps_its_replacement_and_sends_it_without_a_payment(sent, ask, now_is, tea):
    order_id = sent(2)
    case = ask(order_id, "exchange", 1, reason=FAULT)
    assert stock_left(tea) == 18
    accept_case(case_id=case.id)
    assert stock_left(tea) == 17
    receive_goods(case_id=case.id, restock=True)
    assert stock_left(tea) == 18
    shipment = send_replacement(case_id=case.id, carrier="sf", tracking_number="SF7", shipment_id=new_id())
    assert (
        send_replacement(case_id=case.id, carrier="sf", tracking_number="SF7", shipment_id=shipment)
        == shipment
    )
    assert stock_left(tea) == 18
    assert now_is(case).state == "replaced"
    assert refunds(order_id) == []
    row = order_row(order_id)
    assert (row.financial, row.fulfilment) == ("paid", "fulfilled")
    with reading():
        assert [one.kind for one in shipments_of(order_id)] == ["parcel", "replacement"]
    # The exchanged unit was settled; the other one is still free.
    assert possible(order_id).unit_limits("return")[line_keys(order_id)[0]] == 1
    with pytest.raises(UnitsTaken):
        ask(order_id, "return", 2)


def test_exchange_without_stock_becomes_a_return(sent, ask, now_is, tea):
    case = ask(sent(18), "exchange", 3)
    with pytest.raises(ReplacementGone):
        accept_case(case_id=case.id)
    assert now_is(case).state == "open"
    accept_case(case_id=case.id, as_return=True)
    assert (now_is(case).kind, now_is(case).state, now_is(case).agreed_minor) == (
        "return",
        "accepted",
        30_000,
    )


def test_money_instead_of_a_replacement_frees_what_was_kept(sent, ask, now_is, tea):
    order_id = sent(1)
    case = ask(order_id, "exchange", 1)
    accept_case(case_id=case.id)
    receive_goods(case_id=case.id, restock=False)
    refund_instead(case_id=case.id, answer="缺货了")
    assert stock_left(tea) == 19
    assert refunds(order_id) == [(10_000, "case", "pending")]
    assert now_is(case).state == "refunding"


def test_withdrawn_and_declined_cases_free_their_units_and_stock(sent, ask, now_is, tea):
    order_id = sent(1)
    case = ask(order_id, "exchange", 1)
    with pytest.raises(UnitsTaken):
        ask(order_id, "return", 1)
    accept_case(case_id=case.id)
    withdraw_case(case_id=case.id)
    assert stock_left(tea) == 19
    second = ask(order_id, "return", 1)
    with pytest.raises(SayWhy):
        decline_case(case_id=second.id, answer=" ")
    decline_case(case_id=second.id, answer="已使用")
    assert now_is(second).answer == "已使用"
    with pytest.raises(CaseMovedOn):
        withdraw_case(case_id=second.id)
    assert ask(order_id, "return", 1).number.endswith("-S3")


def test_nothing_can_be_asked_after_the_window(sent, ask, clock):
    order_id = sent(1)
    clock.advance(days=15, seconds=1)
    assert possible(order_id).kinds == ()
    assert possible(order_id).over_since is not None
    with pytest.raises(WindowOver):
        ask(order_id, "return", 1)


def test_shop_without_returns_takes_no_returns(sent, ask):
    save_promises(rules=Promises(return_days=0))
    with pytest.raises(WindowOver):
        ask(sent(1), "return", 1)


def test_units_that_have_not_left_come_first(paid, ask):
    order_id = paid(3)
    key = line_keys(order_id)[0]
    ship_order(order_id=order_id, units={key: 2}, carrier="sf", tracking_number="SF1")
    assert {kind: possible(order_id).unit_limits(kind)[key] for kind in ("refund", "return", "exchange")} == {
        "refund": 1,
        "return": 0,
        "exchange": 0,
    }
    accept_case(case_id=ask(order_id, "refund", 1).id)
    assert possible(order_id).unit_limits("return")[key] == 2


@pytest.mark.parametrize(
    ("kind", "units", "more", "error"),
    [
        ("refund", (0,), {}, ChooseUnits),
        ("refund", (-1,), {}, NotFound),
        ("refund", (9,), {}, UnitsTaken),
        ("refund", (1,), {"reason": "because"}, ChooseReason),
        ("refund", (1,), {"reason": "I found it cheaper"}, ChooseReason),
        ("refund", (1,), {"seen_amount": 1}, OfferChanged),
        ("gift", (1,), {}, CaseNotPossible),
        ("cancel", (), {}, CaseNotPossible),
    ],
)
def test_what_cannot_be_asked_is_refused_and_leaves_nothing(sent, ask, kind, units, more, error):
    order_id = sent(2)
    with pytest.raises(error):
        ask(order_id, kind, *units, **more)
    assert possible(order_id).unit_limits("return")[line_keys(order_id)[0]] == 2


def test_case_sent_twice_is_one_case(sent, ask):
    order_id, case_id = sent(2), new_id()
    first = ask(order_id, "return", 1, case_id=case_id)
    assert ask(order_id, "return", 2, case_id=case_id).code == first.code
    with pytest.raises(NotFound):
        ask(sent(1), "return", 1, case_id=case_id)


def test_case_of_goods_that_were_refunded_meanwhile_cannot_be_accepted(sent, ask):
    order_id = sent(1)
    case = ask(order_id, "refund", 1)
    wanted = {line_keys(order_id)[0]: 1}
    amount = preview_refund(order_id=order_id, wanted=wanted).amount
    refund_units(order_id=order_id, wanted=wanted, include_shipping=False, reason="", confirmed_amount=amount)
    with pytest.raises(RefundRefused):
        accept_case(case_id=case.id)
    assert len(refunds(order_id)) == 1


def test_cases_per_order_are_limited(sent, ask):
    order_id = sent(1)
    for _ in range(MOST_CASES):
        withdraw_case(case_id=ask(order_id, "return", 1).id)
    with pytest.raises(TooManyCases):
        ask(order_id, "return", 1)


def test_several_are_accepted_together_and_each_for_itself(sent, ask, now_is):
    good, gone = ask(sent(1), "refund", 1), ask(sent(1), "refund", 1)
    withdraw_case(case_id=gone.id)
    said = accept_cases(case_ids=[good.id, gone.id])
    assert said[good.id] is None
    assert isinstance(said[gone.id], CaseMovedOn)
    assert (now_is(good).state, now_is(gone).state) == ("refunding", "withdrawn")


def picture(size=(400, 300)):
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, "PNG")
    return target.getvalue()


def test_pictures_are_really_pictures_few_and_not_public(sent, ask, files):
    with pytest.raises(NotAPicture):
        keep_pictures([b"<svg onload=alert(1)>"])
    with pytest.raises(TooManyPictures):
        keep_pictures([picture()] * 7)
    case = ask(sent(1), "return", 1, pictures=keep_pictures([picture()] * 4))
    with pytest.raises(TooManyPictures):
        show_pictures(case_id=case.id, pictures=keep_pictures([picture()] * 3))
    with reading():
        shown = pictures_of(case.id)
        assert len(shown) == 4
        small, whole = picture_file(shown[0].code, small=True), picture_file(shown[0].code, small=False)
    assert (small.mime, whole.mime) == ("image/webp", "image/png")
    assert Image.open(io.BytesIO(small.content)).width == 320


def test_staff_notes_are_apart(sent, ask):
    order_id = sent(1)
    case = ask(order_id, "return", 1)
    note_on_case(case_id=case.id, text="老客户，尽快处理")
    with reading():
        assert [one.note for one in steps_of(case.id)][-1] == "老客户，尽快处理"
        assert "老客户，尽快处理" not in [one.note for one in steps_of(case.id, public_only=True)]
    assert "老客户" not in words(order_id)


def test_parcel_needs_a_carrier_and_a_number(sent, ask):
    case = ask(sent(1), "return", 1)
    with pytest.raises(CaseMovedOn):
        send_goods(case_id=case.id, carrier="sf", tracking_number="1")
    accept_case(case_id=case.id)
    with pytest.raises(InputRefused):
        send_goods(case_id=case.id, carrier="sf", tracking_number="")


def test_promises_are_stored_whole(in_shop, platform):
    from core.commerce.aftersale.queries import promises

    rules = replace(Promises(), return_days=30, fault_reasons=("坏了",), default_refund="decline")
    save_promises(rules=rules)
    save_promises(rules=rules)
    with reading():
        assert promises() == rules


def test_another_shop_sees_nothing_of_a_case(sent, ask, other_shop, platform):
    case = ask(sent(1), "return", 1)
    import contextvars

    from core.commerce.aftersale.queries import case_of_code
    from core.kernel.tenancy import SYSTEM, shop_bound

    def there():
        with shop_bound(other_shop, SYSTEM), reading():
            found = case_of_code(case.code), steps_of(case.id), pictures_of(case.id)
        with shop_bound(other_shop, SYSTEM), pytest.raises(NotFound):
            withdraw_case(case_id=case.id)
        return found

    assert contextvars.Context().run(there) == (None, [], [])
