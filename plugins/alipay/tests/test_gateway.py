"""The gateway before an Alipay that checks every signature, through the real library."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import given
from hypothesis import strategies as some

from core.sdk.clock import now
from core.sdk.payments import GatewayRefused, GatewayUnavailable, PaymentRequest, RefundRequest
from plugins.alipay.domain import fen, yuan
from plugins.alipay.tests.provider import Fault, key_named, private_pem, public_pem


def asked(**changes):
    request = PaymentRequest(
        reference=str(uuid4()), amount=8_905, currency="CNY", description="订单 T1001 / 茶 & {糖}", locale="zh-CN",
        return_url="https://tea.example.com/checkout/back?code=a&b=c", method="alipay",
        notify_url="https://pinpu.example.com/webhooks/tea/payments/alipay",
        expires_at=now() + timedelta(minutes=15),
    )  # fmt: skip
    return replace(request, **changes)


def back(number, amount=300, **changes):
    return replace(RefundRequest(str(uuid4()), number, amount, "CNY", "成团失败"), **changes)


def code_of(call):
    with pytest.raises(GatewayRefused) as refused:
        call()
    return refused.value.failure_code


@pytest.fixture
def paid(provider, alipay):
    request = asked()
    start = alipay.start_payment(provider.credentials, request)
    provider.visit(start.redirect_url)
    provider.pay(start.gateway_ref)
    return request, start.gateway_ref


@given(some.integers(min_value=0, max_value=10**13))
def test_amounts_are_written_and_read_exactly(amount):
    assert fen(yuan(amount)) == amount
    assert fen("-" + yuan(amount)) == -amount


@pytest.mark.parametrize(
    ("text", "amount"), [("89", 8_900), ("0.1", 10), ("0.29", 29), ("1000000.01", 100_000_001)]
)
def test_amounts_of_any_length_are_read(text, amount):
    assert fen(text) == amount


@pytest.mark.parametrize("text", ["", "1e3", "0.001", "1,000.00", "NaN", " 1", "１"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        fen(text)


def test_on_a_computer_the_buyer_goes_to_alipays_page(provider, alipay):
    request = asked()
    start = alipay.start_payment(provider.credentials, request)
    assert provider.asked == [], "asks nobody"
    assert provider.visit(start.redirect_url)["code"] == "10000"
    number = UUID(request.reference).hex
    assert (start.gateway_ref, list(provider.trades)) == (number, [number])
    said = provider.trades[number]["asked"]
    assert (said["total_amount"], said["subject"]) == ("89.05", "订单 T1001 茶 糖")
    assert (said["return_url"], said["notify_url"]) == (request.return_url, request.notify_url)


@pytest.mark.parametrize("device", ["phone", "wechat"])
def test_on_a_phone_the_page_is_the_one_for_phones(provider, alipay, device):
    start = alipay.start_payment(provider.credentials, asked(device=device))
    (method,) = parse_qs(urlsplit(start.redirect_url).query)["method"]
    assert method == "alipay.trade.wap.pay"
    assert provider.visit(start.redirect_url)["code"] == "10000"


def test_a_payment_is_followed_from_nothing_to_paid(provider, alipay):
    request = asked()
    start = alipay.start_payment(provider.credentials, request)
    missing = code_of(lambda: alipay.payment_state(provider.credentials, reference=request.reference))
    assert missing == "payment_not_found"
    provider.visit(start.redirect_url)
    waiting = alipay.payment_state(provider.credentials, gateway_ref=start.gateway_ref)
    assert (waiting.status, waiting.amount, waiting.captured_at) == ("pending", 8_905, None)
    provider.pay(start.gateway_ref)
    state = alipay.payment_state(provider.credentials, reference=request.reference)
    assert (state.status, state.reference, state.currency) == ("captured", request.reference, "CNY")
    assert abs(state.captured_at - now()) < timedelta(seconds=5)


def test_the_same_start_again_leads_to_the_same_trade_and_never_to_a_second_payment(provider, alipay, paid):
    request, number = paid
    again = alipay.start_payment(provider.credentials, request)
    assert again.gateway_ref == number
    assert provider.visit(again.redirect_url)["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"
    other = alipay.start_payment(provider.credentials, replace(request, amount=1))
    assert provider.visit(other.redirect_url)["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"


def test_an_address_that_was_changed_opens_nothing(provider, alipay):
    start = alipay.start_payment(provider.credentials, asked())
    changed = start.redirect_url.replace("89.05", "00.05")
    assert changed != start.redirect_url
    assert provider.visit(changed)["error_response"]["sub_code"] == "isv.invalid-signature"


def test_closing_says_what_is_true_afterwards(provider, alipay, paid):
    start = alipay.start_payment(provider.credentials, asked())
    never = alipay.cancel_payment(provider.credentials, start.gateway_ref)
    assert (never.status, never.failure_code) == ("cancelled", "never_begun")
    provider.visit(start.redirect_url)
    closed = alipay.cancel_payment(provider.credentials, start.gateway_ref)
    assert (closed.status, closed.failure_code) == ("cancelled", "TRADE_CLOSED")
    assert alipay.cancel_payment(provider.credentials, paid[1]).status == "captured"
    assert "alipay.trade.cancel" not in {method for method, _ in provider.asked}


@pytest.mark.parametrize("asked_for", [{"currency": "USD"}, {"capture": "manual"}])
def test_other_money_and_later_capture_are_refused(provider, alipay, asked_for):
    code_of(lambda: alipay.start_payment(provider.credentials, asked(**asked_for)))
    assert code_of(lambda: alipay.capture_payment(provider.credentials, "f" * 32, 1)) == "unsupported"


def test_refunds_in_parts_never_exceed_what_was_paid(provider, alipay, paid):
    _, number = paid
    request = back(number, 5_000)
    assert alipay.refund(provider.credentials, request).status == "done"
    assert alipay.refund(provider.credentials, request).status == "done"
    changed = replace(request, amount=1)
    assert code_of(lambda: alipay.refund(provider.credentials, changed)) == "idempotency_key_reused"
    assert (
        code_of(lambda: alipay.refund(provider.credentials, back(number, 3_906))) == "refund_above_captured"
    )
    assert alipay.refund(provider.credentials, back(number, 3_905)).status == "done"
    assert [one["refund_amount"] for one in provider.refunds.values()] == ["50.00", "39.05"]
    assert provider.trades[number]["trade_status"] == "TRADE_CLOSED"
    assert alipay.payment_state(provider.credentials, gateway_ref=number).status == "captured"


def test_a_refund_that_was_only_received_is_pending_until_alipay_says_so(provider, alipay, paid):
    provider.slow_refunds = True
    request = back(paid[1])
    state = alipay.refund(provider.credentials, request)
    assert state.status == "pending"
    assert alipay.refund_state(provider.credentials, gateway_ref=state.gateway_ref).status == "pending"
    for one in provider.refunds.values():
        one["refund_status"] = "REFUND_SUCCESS"
    assert alipay.refund(provider.credentials, request).status == "done"
    assert alipay.refund_state(provider.credentials, gateway_ref=state.gateway_ref).status == "done"
    unknown = f"{paid[1]}.{uuid4().hex}"
    assert (
        code_of(lambda: alipay.refund_state(provider.credentials, gateway_ref=unknown)) == "refund_not_found"
    )
    alone = code_of(lambda: alipay.refund_state(provider.credentials, reference=request.reference))
    assert alone == "unsupported"


def test_a_refund_without_balance_is_tried_again_and_an_unpaid_trade_is_not(provider, alipay, paid):
    provider.balance_short = True
    short = alipay.refund(provider.credentials, back(paid[1]))
    assert (short.status, short.retry, short.failure_code) == (
        "failed",
        True,
        "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    )
    start = alipay.start_payment(provider.credentials, asked())
    unknown = code_of(lambda: alipay.refund(provider.credentials, back(start.gateway_ref)))
    provider.visit(start.redirect_url)
    unpaid = code_of(lambda: alipay.refund(provider.credentials, back(start.gateway_ref)))
    assert (unknown, unpaid) == ("payment_not_found", "payment_not_captured")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("alipay.trade.refund"),
        Fault("alipay.trade.refund", "40004", "ACQ.SYSTEM_ERROR"),
        Fault("alipay.trade.refund", "40004", "isv.app-call-limited"),
        Fault("alipay.trade.refund", status=503),
        Fault("alipay.trade.refund", hang_up=True),
        Fault("alipay.trade.refund", after_acting=True, hang_up=True),
        Fault("alipay.trade.refund", after_acting=True, status=502),
    ],
)
def test_silence_and_trouble_are_no_answer_and_the_same_call_repairs_it(provider, alipay, paid, fault):
    provider.faults.append(fault)
    request = back(paid[1])
    with pytest.raises(GatewayUnavailable):
        alipay.refund(provider.credentials, request)
    assert alipay.refund(provider.credentials, request).status == "done"
    assert len(provider.refunds) == 1


def test_an_answer_that_is_not_alipays_is_not_believed(provider, alipay, paid):
    provider.signing_key = "somebody"
    with pytest.raises(GatewayUnavailable) as silent:
        alipay.payment_state(provider.credentials, gateway_ref=paid[1])
    assert silent.value.reason == "answer_not_verified"


def test_credentials_that_work_say_whose_they_are(provider, alipay):
    facts = alipay.check_credentials(provider.credentials)
    assert (facts.mode, facts.name, facts.ready_methods) == ("live", "2021000122671234", ("alipay",))
    assert provider.trades == {}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"private_key": "MIIE not a key"}, "alipay.key_unreadable"),
        ({"private_key": public_pem(key_named("app"))}, "alipay.key_unreadable"),
        ({"public_key": "not one"}, "alipay.key_unreadable"),
        ({"private_key": private_pem(key_named("somebody"))}, "alipay.signature_not_accepted"),
        ({"app_id": "2021000000000000"}, "alipay.app_unknown"),
        ({"public_key": public_pem(key_named("app"))}, "alipay.answer_not_verified"),
    ],
)
def test_wrong_credentials_say_what_is_wrong_with_them(provider, alipay, typed, code):
    wrong = replace(provider.credentials, values={**provider.credentials.values, **typed})
    with pytest.raises(GatewayRefused) as refused:
        alipay.check_credentials(wrong)
    assert (refused.value.code, refused.value.failure_code) == (code, "wrong_credentials")
    assert refused.value.fix_text
    assert refused.value.field in {one.name for one in alipay.profile.fields}


def test_keys_may_be_pasted_as_the_key_tool_shows_them(provider, alipay):
    older = private_pem(key_named("app"), PrivateFormat.TraditionalOpenSSL)
    public = "".join(public_pem(key_named("alipay")).splitlines()[1:-1])
    for private in (older, "".join(older.splitlines()[1:-1]), older.replace("\n", "\r\n")):
        typed = {**provider.credentials.values, "private_key": private, "public_key": public}
        assert alipay.check_credentials(replace(provider.credentials, values=typed)).ready_methods


HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


def row(kind, number, at, amount, fee, request=""):
    return f"2026112322001\t,{number}\t,{kind},茶,{at},{at},,,,,tea***,{amount},{amount},0,0,0,0,0,,0,0,{request}\t,{fee},0,"


def bill(*rows):
    return "\r\n".join(
        ["#支付宝业务明细查询", "#账号：[20881]", HEAD, *rows, "#-----业务明细列表结束-----", ""]
    )


EARLY = row("交易", "a" * 32, "2027-03-02 10:00:00", "89.00", "-0.53")


def test_bills_are_read_to_the_fen_between_two_instants(provider, alipay):
    paid, refund = uuid4(), uuid4()
    provider.bills["2026-11-20"] = bill(
        row("交易", paid.hex, "2026-11-20 10:00:00", "89.05", "-0.53"),
        row("退款", paid.hex, "2026-11-20 23:59:59", "-3.01", "0.02", refund.hex),
        row("交易", "somebody-elses-17", "2026-11-20 08:00:00", "0.29", "0"),
    )
    since = datetime(2026, 11, 19, 16, tzinfo=UTC)
    found = list(alipay.transactions(provider.credentials, since, since + timedelta(days=1)))
    assert [(one.kind, one.amount, one.fee, one.reference) for one in found] == [
        ("payment", 8_905, 53, str(paid)),
        ("refund", -301, -2, str(refund)),
        ("payment", 29, 0, ""),
    ]
    assert found[0].occurred_at == datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert (found[1].payment_ref, found[1].gateway_ref) == (paid.hex, f"{paid.hex}.{refund.hex}")
    late = list(
        alipay.transactions(provider.credentials, since + timedelta(hours=9), since + timedelta(days=2))
    )
    assert [one.kind for one in late] == ["payment", "refund"]


def test_a_bill_that_cannot_be_read_is_no_answer(provider, alipay):
    day = datetime(2026, 11, 19, 16, tzinfo=UTC)
    provider.bills["2026-11-20"] = "not a bill"
    with pytest.raises(GatewayUnavailable) as silent:
        list(alipay.transactions(provider.credentials, day, day + timedelta(days=1)))
    assert silent.value.reason == "unreadable_bill"


def test_a_bill_is_asked_for_when_it_is_ready_and_a_little_more_of_today_is_left_out(provider, alipay, clock):
    day = datetime(2027, 3, 1, 16, tzinfo=UTC)
    provider.bills["2027-03-02"] = bill(EARLY)
    ends = day + timedelta(days=1)
    clock.freeze(datetime(2027, 3, 3, 1, 59, tzinfo=UTC))
    with pytest.raises(GatewayUnavailable) as silent:
        list(alipay.transactions(provider.credentials, day, ends))
    assert silent.value.reason == "bill_not_ready"
    assert provider.asked == []
    clock.freeze(datetime(2027, 3, 3, 2, 1, tzinfo=UTC))
    assert len(list(alipay.transactions(provider.credentials, day, ends + timedelta(hours=6)))) == 1
    with pytest.raises(GatewayUnavailable):
        list(alipay.transactions(provider.credentials, day, ends + timedelta(hours=7)))
