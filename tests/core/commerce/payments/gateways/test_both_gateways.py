"""Integration: the test gateway, the fake in memory and Stripe (at its stand-in) keep the same promises."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from core.commerce.payments.gateways.interface import (
    GatewayCredentials,
    GatewayRefused,
    PaymentGateway,
    PaymentRequest,
    PaymentState,
    RefundRequest,
    RefundState,
)
from core.commerce.payments.gateways.test import PinpuTestGateway, new_credentials
from core.commerce.payments.gateways.wire import exchange
from core.kernel import clock as kernel_clock
from core.kernel.ids import new_id
from core.testing.gateway import in_thread, movements
from core.testing.gateway.store import Store
from core.testing.gateway_fake import FakeGateway
from tests.core.commerce.payments.gateways.stripe.at_stand_in import (
    key_of,
    payments_named,
    refunds_named,
    stripe_account,
    stripe_gateway,
)
from tests.stripe_stand_in import stripe_stand_in


@dataclass(frozen=True)
class Stage:
    """A gateway, and what a test does to it from the payer's and the provider's side."""

    gateway: PaymentGateway
    tea: GatewayCredentials
    home: GatewayCredentials
    pay: Callable[[str, str], None]
    next_refund: Callable[[GatewayCredentials, str, int], None]
    settle_refund: Callable[[str], Any]


STAGES = ["service", "fake", "stripe"]
# Where Stripe is different on purpose, its own tests say how.
NOT_STRIPE = pytest.mark.parametrize("stage", ["service", "fake"], indirect=True)


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stages = {"service": service_stage, "fake": fake_stage, "stripe": stripe_stage}
    yield from stages[request.param]()


def service_stage() -> Iterator[Stage]:
    with in_thread() as running:

        def pay(reference: str, choice: str) -> None:
            press(running.base_url, running.parts.store, reference, choice)

        def next_refund(credentials: GatewayCredentials, outcome: str, times: int) -> None:
            fault = {"failed": "refund_fails", "final": "refund_fails_for_good", "pending": "refund_pending"}
            send(credentials, "/control", {"next": fault[outcome], "times": times, "seconds": 3600})

        def settle_refund(reference: str) -> None:
            with running.parts.store.changing() as tx:
                tx.execute("UPDATE refund SET settle_at = 0 WHERE reference = ?", (reference,))

        tea, home = new_credentials(running.base_url), new_credentials(running.base_url)
        yield Stage(PinpuTestGateway(), tea, home, pay, next_refund, settle_refund)


def fake_stage() -> Iterator[Stage]:
    fake = FakeGateway()

    def pay(reference: str, choice: str) -> None:
        moves = {"succeed": fake.capture, "decline": fake.decline, "late": fake.begin}
        moves[choice](reference)

    def next_refund(_credentials: GatewayCredentials, outcome: str, times: int) -> None:
        status: Any = "pending" if outcome == "pending" else "failed"
        fake.next_refunds(status, times=times, retry=outcome == "failed")

    base = "http://gateway.invalid"
    yield Stage(fake, new_credentials(base), new_credentials(base), pay, next_refund, fake.settle_refund)


def stripe_stage() -> Iterator[Stage]:
    with stripe_stand_in() as stand_in:
        tea, home = (stripe_account(stand_in, name) for name in ("tea", "home"))

        def pay(reference: str, choice: str) -> None:
            names = payments_named(stand_in, tea, reference)
            stand_in.pull(
                key_of(tea), {"succeed": "pay", "decline": "decline", "late": "begin"}[choice], id=names[0]
            )

        def next_refund(credentials: GatewayCredentials, outcome: str, times: int) -> None:
            name = {"failed": "insufficient", "final": "lost_or_stolen_card"}.get(outcome, outcome)
            stand_in.pull(key_of(credentials), "next_refund", outcome=name, times=times)

        def settle_refund(reference: str) -> None:
            (name,) = refunds_named(stand_in, tea, reference)
            stand_in.pull(key_of(tea), "settle_refund", id=name)

        yield Stage(stripe_gateway(stand_in, method="alipay"), tea, home, pay, next_refund, settle_refund)


def send(credentials: GatewayCredentials, path: str, body: dict[str, Any]) -> None:
    PinpuTestGateway()._call(credentials, "POST", path, body=body)


def press(base_url: str, store: Store, reference: str, choice: str) -> None:
    (row,) = store.rows("SELECT id FROM payment WHERE reference = ?", (reference,))
    answer = exchange(
        "POST",
        f"{base_url}/pay/{row['id']}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=f"choice={choice}&delay=3600".encode(),
        connect_timeout=2,
        read_timeout=8,
    )
    assert answer.status == 303


def asked(**changes: Any) -> PaymentRequest:
    request = PaymentRequest(
        reference=str(new_id()),
        amount=1000,
        currency="CNY",
        description="订单 T1001",
        return_url="http://tea.localhost:8000/checkout/back",
        notify_url="http://127.0.0.1:9/webhooks/test",
        expires_at=kernel_clock.now() + timedelta(minutes=15),
        locale="zh-CN",
    )
    return replace(request, **changes)


def captured(stage: Stage, **changes: Any) -> tuple[PaymentRequest, str]:
    request = asked(**changes)
    gateway_ref = stage.gateway.start_payment(stage.tea, request).gateway_ref
    stage.pay(request.reference, "succeed")
    return request, gateway_ref


def back(gateway_ref: str, amount: int = 300, **changes: Any) -> RefundRequest:
    return replace(RefundRequest(str(new_id()), gateway_ref, amount, "CNY", "group failed"), **changes)


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(GatewayRefused) as refused:
        call()
    assert refused.value.retry is False
    return refused.value.failure_code


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run all calls at the same moment; a refusal is a result as well."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except GatewayRefused as refused:
            return refused.failure_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_started_payment_is_pending_and_found_both_ways(stage):
    request = asked()
    start = stage.gateway.start_payment(stage.tea, request)
    expected = PaymentState(start.gateway_ref, request.reference, "pending", 1000, "CNY")
    assert start.redirect_url.startswith(f"{stage.tea.base_url}/")
    assert start.redirect_url.endswith(f"/{start.gateway_ref}")
    assert stage.gateway.payment_state(stage.tea, gateway_ref=start.gateway_ref) == expected
    assert stage.gateway.payment_state(stage.tea, reference=request.reference) == expected


@pytest.mark.race
def test_eight_equal_starts_at_once_open_one_payment(stage):
    request = asked()
    starts = together([lambda: stage.gateway.start_payment(stage.tea, request)] * 8)
    assert len(set(starts)) == 1
    assert stage.gateway.payment_state(stage.tea, reference=request.reference).status == "pending"


@pytest.mark.race
def test_eight_starts_of_eight_bodies_with_one_reference_open_one_payment(stage):
    requests = [asked(reference="row", amount=1000 + n) for n in range(8)]
    answers = together([lambda r=r: stage.gateway.start_payment(stage.tea, r) for r in requests])
    assert sorted(a for a in answers if isinstance(a, str)) == ["idempotency_key_reused"] * 7


def test_start_repeated_after_capture_gives_the_first_answer(stage):
    request = asked()
    first = stage.gateway.start_payment(stage.tea, request)
    stage.pay(request.reference, "succeed")
    assert stage.gateway.start_payment(stage.tea, request) == first


@pytest.mark.parametrize(
    "change", [{"amount": 999}, {"currency": "USD"}, {"return_url": "http://b.localhost/"}]
)
def test_reference_used_for_another_body_is_refused(stage, change):
    request = asked()
    stage.gateway.start_payment(stage.tea, request)
    other = replace(request, **change)
    assert code_of(lambda: stage.gateway.start_payment(stage.tea, other)) == "idempotency_key_reused"
    assert stage.gateway.payment_state(stage.tea, reference=request.reference).amount == 1000


def test_captured_payment_says_when(stage, clock):
    clock.freeze(datetime(2026, 11, 22, 20, 6, tzinfo=UTC))
    request, gateway_ref = captured(stage)
    assert stage.gateway.payment_state(stage.tea, gateway_ref=gateway_ref) == PaymentState(
        gateway_ref, request.reference, "captured", 1000, "CNY", datetime(2026, 11, 22, 20, 6, tzinfo=UTC)
    )


def test_declined_payment_says_why(stage):
    request = asked()
    stage.gateway.start_payment(stage.tea, request)
    stage.pay(request.reference, "decline")
    state = stage.gateway.payment_state(stage.tea, reference=request.reference)
    assert (state.status, state.failure_code, state.captured_at) == ("failed", "card_declined", None)


def test_payment_of_another_shop_is_not_found(stage):
    request, gateway_ref = captured(stage)
    gateway = stage.gateway
    assert code_of(lambda: gateway.payment_state(stage.home, gateway_ref=gateway_ref)) == "payment_not_found"
    assert code_of(lambda: gateway.payment_state(stage.home, reference=request.reference)) == (
        "payment_not_found"
    )
    assert code_of(lambda: gateway.cancel_payment(stage.home, gateway_ref)) == "payment_not_found"
    assert code_of(lambda: gateway.refund(stage.home, back(gateway_ref))) == "payment_not_found"
    assert gateway.payment_state(stage.tea, gateway_ref=gateway_ref).status == "captured"


@pytest.mark.parametrize("name", ["pay_nothing", "../v1/payments", "ü/é?x=1", " "])
def test_unknown_payment_is_not_found(stage, name):
    assert code_of(lambda: stage.gateway.payment_state(stage.tea, reference=name)) == "payment_not_found"


def test_two_shops_may_use_the_same_reference(stage):
    request = asked()
    refs = {stage.gateway.start_payment(shop, request).gateway_ref for shop in (stage.tea, stage.home)}
    assert len(refs) == 2


def test_untouched_payment_is_cancelled_once_and_again(stage):
    request = asked()
    gateway_ref = stage.gateway.start_payment(stage.tea, request).gateway_ref
    for _ in range(2):
        state = stage.gateway.cancel_payment(stage.tea, gateway_ref)
        assert (state.status, state.failure_code) == ("cancelled", "cancelled_by_merchant")


def test_cancellation_of_a_captured_payment_comes_too_late(stage):
    _request, gateway_ref = captured(stage)
    assert stage.gateway.cancel_payment(stage.tea, gateway_ref).status == "captured"


def test_cancellation_of_a_payment_being_paid_comes_too_late(stage):
    request = asked()
    gateway_ref = stage.gateway.start_payment(stage.tea, request).gateway_ref
    stage.pay(request.reference, "late")
    assert stage.gateway.cancel_payment(stage.tea, gateway_ref).status == "pending"


@NOT_STRIPE
def test_untouched_payment_is_cancelled_when_it_expires(stage, clock):
    request = asked()
    stage.gateway.start_payment(stage.tea, request)
    clock.advance(minutes=14)
    assert stage.gateway.payment_state(stage.tea, reference=request.reference).status == "pending"
    clock.advance(minutes=2)
    state = stage.gateway.payment_state(stage.tea, reference=request.reference)
    assert (state.status, state.failure_code) == ("cancelled", "expired")


def test_refund_is_done_once_per_reference(stage):
    _request, gateway_ref = captured(stage)
    wanted = back(gateway_ref, 600)
    first = stage.gateway.refund(stage.tea, wanted)
    assert (first.status, first.retry, first.failure_code) == ("done", False, "")
    assert stage.gateway.refund(stage.tea, wanted) == first
    assert stage.gateway.refund_state(stage.tea, reference=wanted.reference) == first
    assert stage.gateway.refund_state(stage.tea, gateway_ref=first.gateway_ref) == first
    assert stage.gateway.refund(stage.tea, back(gateway_ref, 400)).status == "done"
    assert code_of(lambda: stage.gateway.refund(stage.tea, back(gateway_ref, 1))) == "refund_above_captured"


@pytest.mark.race
def test_sixteen_refunds_of_300_on_1000_at_once_become_three(stage):
    _request, gateway_ref = captured(stage)
    wanted = [back(gateway_ref) for _ in range(16)]
    answers = together([lambda w=w: stage.gateway.refund(stage.tea, w) for w in wanted])
    done = [answer for answer in answers if isinstance(answer, RefundState)]
    assert [answer.status for answer in done] == ["done"] * 3
    assert [a for a in answers if isinstance(a, str)] == ["refund_above_captured"] * 13
    assert stage.gateway.refund(stage.tea, back(gateway_ref, 100)).status == "done"


@pytest.mark.race
def test_sixteen_equal_refunds_at_once_become_one(stage):
    _request, gateway_ref = captured(stage)
    wanted = back(gateway_ref)
    answers = together([lambda: stage.gateway.refund(stage.tea, wanted)] * 16)
    assert len(set(answers)) == 1
    assert stage.gateway.refund(stage.tea, back(gateway_ref, 700)).status == "done"


def test_refund_reference_used_for_another_amount_is_refused(stage):
    _request, gateway_ref = captured(stage)
    wanted = back(gateway_ref)
    stage.gateway.refund(stage.tea, wanted)
    other = replace(wanted, amount=301)
    assert code_of(lambda: stage.gateway.refund(stage.tea, other)) == "idempotency_key_reused"


def test_refund_of_an_uncaptured_payment_is_refused(stage):
    gateway_ref = stage.gateway.start_payment(stage.tea, asked()).gateway_ref
    assert code_of(lambda: stage.gateway.refund(stage.tea, back(gateway_ref))) == "payment_not_captured"


def test_refund_in_another_currency_is_refused(stage):
    _request, gateway_ref = captured(stage)
    wanted = back(gateway_ref, currency="USD")
    assert code_of(lambda: stage.gateway.refund(stage.tea, wanted)) == "wrong_currency"


def test_unknown_refund_is_not_found(stage):
    gateway = stage.gateway
    assert code_of(lambda: gateway.refund_state(stage.tea, reference="none")) == "refund_not_found"
    assert code_of(lambda: gateway.refund_state(stage.tea, gateway_ref="none")) == "refund_not_found"


@NOT_STRIPE
def test_refund_that_fails_twice_succeeds_with_the_same_reference(stage):
    _request, gateway_ref = captured(stage)
    stage.next_refund(stage.tea, "failed", 2)
    wanted = back(gateway_ref, 1000)
    states = [stage.gateway.refund(stage.tea, wanted) for _ in range(4)]
    assert [(s.status, s.retry, s.failure_code) for s in states] == [
        ("failed", True, "insufficient_balance"),
        ("failed", True, "insufficient_balance"),
        ("done", False, ""),
        ("done", False, ""),
    ]
    assert len({state.gateway_ref for state in states}) == 1


def test_refund_that_fails_for_good_is_not_tried_again(stage):
    _request, gateway_ref = captured(stage)
    stage.next_refund(stage.tea, "final", 1)
    wanted = back(gateway_ref, 1000)
    states = [stage.gateway.refund(stage.tea, wanted) for _ in range(2)]
    assert [(state.status, state.retry) for state in states] == [("failed", False)] * 2
    # Its amount is free again for a refund made by a person in another way.
    assert stage.gateway.refund(stage.tea, back(gateway_ref, 1000)).status == "done"


def test_pending_refund_counts_and_is_settled_later(stage):
    _request, gateway_ref = captured(stage)
    stage.next_refund(stage.tea, "pending", 1)
    wanted = back(gateway_ref, 800)
    assert stage.gateway.refund(stage.tea, wanted).status == "pending"
    assert code_of(lambda: stage.gateway.refund(stage.tea, back(gateway_ref))) == "refund_above_captured"
    stage.settle_refund(wanted.reference)
    assert stage.gateway.refund_state(stage.tea, reference=wanted.reference).status == "done"


@NOT_STRIPE
def test_account_says_what_it_can_do(stage):
    facts = stage.gateway.check_credentials(stage.tea)
    assert (facts.mode, facts.ready_methods, facts.problems) == ("test", ("page",), ())
    assert facts.name.startswith("acct_")


@NOT_STRIPE
def test_movements_are_captures_and_refunds_of_one_account_between_two_times(stage):
    begin = kernel_clock.now() - timedelta(seconds=1)
    request, gateway_ref = captured(stage)
    stage.gateway.start_payment(stage.tea, asked())  # never paid
    given_back = back(gateway_ref)
    stage.gateway.refund(stage.tea, given_back)
    stage.next_refund(stage.tea, "final", 1)
    stage.gateway.refund(stage.tea, back(gateway_ref))  # failed
    end = kernel_clock.now() + timedelta(seconds=1)
    moved = list(stage.gateway.transactions(stage.tea, begin, end))
    assert [(one.kind, one.reference, one.amount, one.currency) for one in moved] == [
        ("payment", request.reference, 1000, "CNY"),
        ("refund", given_back.reference, -300, "CNY"),
    ]
    assert moved[1].payment_ref == gateway_ref
    assert not list(stage.gateway.transactions(stage.home, begin, end))
    assert not list(stage.gateway.transactions(stage.tea, begin - timedelta(hours=1), begin))


@NOT_STRIPE
def test_more_movements_than_a_page_come_in_order(stage, monkeypatch):
    monkeypatch.setattr(movements, "PAGE", 2)
    begin = kernel_clock.now() - timedelta(seconds=1)
    asked_for = [captured(stage)[0].reference for _ in range(3)]
    moved = stage.gateway.transactions(stage.tea, begin, kernel_clock.now() + timedelta(seconds=1))
    assert [one.reference for one in moved] == asked_for


@NOT_STRIPE
def test_what_the_test_service_cannot_do_is_refused(stage):
    if isinstance(stage.gateway, FakeGateway):
        pytest.skip("the fake can authorise")
    assert code_of(lambda: stage.gateway.start_payment(stage.tea, asked(capture="manual"))) == "unsupported"
    assert code_of(lambda: stage.gateway.capture_payment(stage.tea, "pay_x", 1)) == "unsupported"
