"""The gateway before a WeChat Pay that checks every signature, through the real library."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.sdk.clock import now
from core.sdk.payments import (
    GatewayRefused,
    GatewayUnavailable,
    PaymentRequest,
    PaymentStart,
    RefundRequest,
)
from plugins.wechat_pay.tests.provider import Fault, key_named, private_pem, public_pem, running_provider


def asked(**changes):
    request = PaymentRequest(
        reference=str(uuid4()), amount=8_900, currency="CNY", description="订单 T1001", locale="zh-CN",
        return_url="https://tea.example.com/checkout/back?code=a&b=c", method="wechat_pay",
        notify_url="https://pinpu.example.com/webhooks/tea/payments/wechat_pay",
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
def paid(provider, wechat):
    request = asked()
    start = wechat.start_payment(provider.credentials, request)
    provider.pay(start.gateway_ref)
    return request, start.gateway_ref


def test_a_code_is_drawn_on_a_computer_and_the_order_says_exactly_what_was_asked(provider, wechat):
    request = asked(description="茶" * 60)
    start = wechat.start_payment(provider.credentials, request)
    number = UUID(request.reference).hex
    assert start == PaymentStart(number, f"weixin://wxpay/bizpayurl?pr={number[:9]}")
    sent = provider.orders[number]["asked"]
    assert sent["amount"] == {"total": 8_900, "currency": "CNY"}
    assert sent["description"] == "茶" * 42
    assert datetime.fromisoformat(sent["time_expire"]) == request.expires_at.replace(microsecond=0)
    assert sent["notify_url"] == request.notify_url
    assert provider.orders[number]["product"] == "native"


def test_from_a_phone_its_app_is_called_and_the_buyer_comes_back(provider, wechat):
    start = wechat.start_payment(provider.credentials, asked(device="phone", client_ip="203.0.113.7"))
    assert start.redirect_url.startswith("https://wx.tenpay.com/")
    assert start.redirect_url.endswith(
        "&redirect_url=https%3A%2F%2Ftea.example.com%2Fcheckout%2Fback%3Fcode%3Da%26b%3Dc"
    )
    order = provider.orders[start.gateway_ref]
    assert (order["product"], order["asked"]["scene_info"]["payer_client_ip"]) == ("h5", "203.0.113.7")


@pytest.mark.parametrize("where", [{"device": "wechat", "client_ip": "203.0.113.7"}, {"device": "phone"}])
def test_inside_wechat_and_from_nowhere_known_there_is_a_code(provider, wechat, where):
    start = wechat.start_payment(provider.credentials, asked(**where))
    assert start.redirect_url.startswith("weixin://")


def test_a_payment_is_followed_from_waiting_to_paid(provider, wechat):
    request = asked()
    start = wechat.start_payment(provider.credentials, request)
    waiting = wechat.payment_state(provider.credentials, reference=request.reference)
    assert (waiting.status, waiting.amount, waiting.captured_at) == ("pending", 8_900, None)
    provider.pay(start.gateway_ref)
    state = wechat.payment_state(provider.credentials, gateway_ref=start.gateway_ref)
    assert (state.status, state.reference, state.currency) == ("captured", request.reference, "CNY")
    assert abs(state.captured_at - now()) < timedelta(seconds=5)


def test_the_same_start_again_finds_the_order_and_another_amount_is_refused(provider, wechat):
    request = asked()
    first = wechat.start_payment(provider.credentials, request)
    assert wechat.start_payment(provider.credentials, request) == first
    assert len(provider.orders) == 1
    other = replace(request, amount=8_800)
    assert code_of(lambda: wechat.start_payment(provider.credentials, other)) == "idempotency_key_reused"


def test_a_start_after_the_buyer_paid_leads_back_to_the_shop(provider, wechat, paid):
    request, number = paid
    assert wechat.start_payment(provider.credentials, request) == PaymentStart(number, request.return_url)


def test_starts_at_the_same_time_open_one_order(provider, wechat):
    request = asked()
    with ThreadPoolExecutor(4) as pool:
        starts = list(pool.map(lambda _: wechat.start_payment(provider.credentials, request), range(4)))
    assert len(set(starts)) == len(provider.orders) == 1


def test_closing_says_what_is_true_afterwards(provider, wechat, paid):
    start = wechat.start_payment(provider.credentials, asked())
    closed = wechat.cancel_payment(provider.credentials, start.gateway_ref)
    assert (closed.status, closed.failure_code) == ("cancelled", "CLOSED")
    assert wechat.cancel_payment(provider.credentials, paid[1]).status == "captured"
    assert code_of(lambda: wechat.cancel_payment(provider.credentials, "f" * 32)) == "payment_not_found"


@pytest.mark.parametrize(
    "asked_for",
    [{"currency": "USD"}, {"capture": "manual"}],
)
def test_other_money_and_later_capture_are_refused_without_asking(provider, wechat, asked_for):
    code_of(lambda: wechat.start_payment(provider.credentials, asked(**asked_for)))
    assert code_of(lambda: wechat.capture_payment(provider.credentials, "f" * 32, 1)) == "unsupported"
    assert provider.asked == []


def test_refunds_in_parts_never_exceed_what_was_paid(provider, wechat, paid):
    _, number = paid
    request = back(number, 5_000)
    assert wechat.refund(provider.credentials, request).status == "done"
    assert wechat.refund(provider.credentials, request).status == "done"
    assert provider.orders[number]["trade_state"] == "REFUND"
    assert wechat.payment_state(provider.credentials, gateway_ref=number).status == "captured"
    assert (
        code_of(lambda: wechat.refund(provider.credentials, back(number, 3_901))) == "refund_above_captured"
    )
    assert (
        code_of(lambda: wechat.refund(provider.credentials, back(number, 9_000))) == "refund_above_captured"
    )
    assert wechat.refund(provider.credentials, back(number, 3_900)).status == "done"
    assert sum(one["amount"]["refund"] for one in provider.refunds.values()) == 8_900


def test_a_refund_is_asked_for_by_our_number(provider, wechat, paid):
    provider.next_refund = "PROCESSING"
    request = back(paid[1])
    state = wechat.refund(provider.credentials, request)
    assert (state.status, state.gateway_ref) == ("pending", UUID(request.reference).hex)
    provider.refunds[state.gateway_ref]["status"] = "SUCCESS"
    assert wechat.refund_state(provider.credentials, reference=request.reference).status == "done"
    unknown = str(uuid4())
    assert code_of(lambda: wechat.refund_state(provider.credentials, reference=unknown)) == "refund_not_found"


def test_a_refund_without_balance_is_tried_again_and_a_dead_card_is_not(provider, wechat, paid):
    provider.balance_short = True
    request = back(paid[1])
    short = wechat.refund(provider.credentials, request)
    assert (short.status, short.retry, short.failure_code) == ("failed", True, "NOT_ENOUGH")
    provider.balance_short, provider.next_refund = False, "ABNORMAL"
    dead = wechat.refund(provider.credentials, request)
    assert (dead.status, dead.retry, dead.failure_code) == ("failed", False, "REFUND_ABNORMAL")


def test_an_unpaid_order_cannot_be_refunded(provider, wechat):
    start = wechat.start_payment(provider.credentials, asked())
    refused = code_of(lambda: wechat.refund(provider.credentials, back(start.gateway_ref)))
    assert refused == "payment_not_captured"
    assert code_of(lambda: wechat.refund(provider.credentials, back("e" * 32))) == "payment_not_found"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("native"),
        Fault("native", 429, "FREQUENCY_LIMITED"),
        Fault("native", 200, "", hang_up=True),
        Fault("native", after_acting=True),
        Fault("native", after_acting=True, hang_up=True),
    ],
)
def test_silence_and_trouble_are_no_answer_and_the_same_call_repairs_it(provider, wechat, fault):
    provider.faults.append(fault)
    request = asked()
    with pytest.raises(GatewayUnavailable):
        wechat.start_payment(provider.credentials, request)
    assert wechat.start_payment(provider.credentials, request).redirect_url.startswith("weixin://")
    assert len(provider.orders) == 1


def test_nobody_listening_is_no_answer(provider, wechat):
    lost = replace(provider.credentials, base_url="http://127.0.0.1:9")
    with pytest.raises(GatewayUnavailable):
        wechat.payment_state(lost, reference=str(uuid4()))


def test_an_answer_that_is_not_wechats_is_not_believed(provider, wechat, paid):
    provider.signing_key = "somebody"
    with pytest.raises(GatewayUnavailable) as silent:
        wechat.payment_state(provider.credentials, gateway_ref=paid[1])
    assert silent.value.reason == "answer_not_verified"


def test_refusals_keep_wechats_own_code(provider, wechat):
    start = wechat.start_payment(provider.credentials, request := asked())
    wechat.cancel_payment(provider.credentials, start.gateway_ref)
    assert code_of(lambda: wechat.start_payment(provider.credentials, request)) == "ORDER_CLOSED"
    other_key = {**provider.credentials.values, "private_key": private_pem(key_named("somebody"))}
    wrong = replace(provider.credentials, values=other_key)
    assert code_of(lambda: wechat.payment_state(wrong, gateway_ref=start.gateway_ref)) == "SIGN_ERROR"


def test_credentials_that_work_say_whose_they_are_and_leave_nothing_open(provider, wechat):
    facts = wechat.check_credentials(provider.credentials)
    assert (facts.mode, facts.name, facts.ready_methods, facts.problems) == (
        "live", "1900000109", ("wechat_pay",), (),
    )  # fmt: skip
    assert {order["trade_state"] for order in provider.orders.values()} == {"CLOSED"}


def test_products_that_are_not_opened_are_named(provider, wechat):
    provider.closed_products = {"h5"}
    facts = wechat.check_credentials(provider.credentials)
    assert facts.ready_methods == ("wechat_pay",)
    assert "H5" in facts.problems[0]
    provider.closed_products = {"h5", "native"}
    assert wechat.check_credentials(provider.credentials).ready_methods == ()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"api_v3_key": "short"}, "wechat_pay.api_key_misshapen"),
        ({"private_key": "MIIE not a key"}, "wechat_pay.key_unreadable"),
        ({"public_key": "not one"}, "wechat_pay.key_unreadable"),
        ({"private_key": private_pem(key_named("somebody"))}, "wechat_pay.signature_not_accepted"),
        ({"mchid": "1900000110"}, "wechat_pay.signature_not_accepted"),
        ({"appid": "wx0000000000000000"}, "wechat_pay.app_not_linked"),
        ({"public_key": public_pem(key_named("somebody"))}, "wechat_pay.answer_not_verified"),
    ],
)
def test_wrong_credentials_say_what_is_wrong_with_them(provider, wechat, typed, code):
    wrong = replace(provider.credentials, values={**provider.credentials.values, **typed})
    with pytest.raises(GatewayRefused) as refused:
        wechat.check_credentials(wrong)
    assert (refused.value.code, refused.value.failure_code) == (code, "wrong_credentials")
    assert refused.value.fix_text
    assert refused.value.field in {one.name for one in wechat.profile.fields}


def test_keys_may_be_pasted_in_one_line_or_with_the_line_ends_of_a_browser(provider, wechat):
    values = dict(provider.credentials.values)
    one_line = "".join(values["private_key"].splitlines()[1:-1])
    for private in (one_line, values["private_key"].replace("\n", "\r\n") + "\r\n"):
        typed = {**values, "private_key": private, "public_key": values["public_key"].replace("\n", "\r\n")}
        facts = wechat.check_credentials(replace(provider.credentials, values=typed))
        assert facts.ready_methods


def test_an_account_without_public_key_uses_platform_certificates(wechat):
    with running_provider(certificates_only=True) as provider:
        request = asked()
        start = wechat.start_payment(provider.credentials, request)
        provider.pay(start.gateway_ref)
        assert wechat.payment_state(provider.credentials, reference=request.reference).status == "captured"
        headers, body = provider.notification(start.gateway_ref)
        seen = wechat.read_notification(provider.credentials, headers, body, now())
        assert seen.reference == request.reference
        assert sum("/v3/certificates" in path for _, path, _ in provider.asked) == 1


HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)


def bill(*rows):
    total = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n`2,`89.00,`3.00"
    return "\ufeff" + "\n".join([HEAD, *rows, total]) + "\n"


def row(at, state, number, amount, fee, refund_no="", refunded="0.00"):
    return (
        f"`{at},`wx1,`19,`,`,`420001,`{number},`o1,`NATIVE,`{state},`OTHERS,`CNY,`{amount},`0.00,`0,`{refund_no},"
        f"`{refunded},`0.00,`ORIGINAL,`SUCCESS,`茶,`,`{fee},`0.60%,`{amount},`{refunded},`"
    )


EARLY = row("2027-03-02 10:00:00", "SUCCESS", "a" * 32, "89.00", "0.53000")


def test_bills_are_read_to_the_fen_between_two_instants(provider, wechat):
    paid, refund = uuid4(), uuid4()
    provider.bills["2026-11-20"] = bill(
        row("2026-11-20 10:00:00", "SUCCESS", paid.hex, "89.00", "0.53000"),
        row("2026-11-20 23:59:59", "REFUND", paid.hex, "0.00", "-0.02000", refund.hex, "3.01"),
        row("2026-11-20 08:00:00", "SUCCESS", "somebody-elses-17", "0.29", "0.00000"),
    )
    since = datetime(2026, 11, 19, 16, tzinfo=UTC)
    found = list(wechat.transactions(provider.credentials, since, since + timedelta(days=2)))
    assert [(one.kind, one.amount, one.fee, one.reference) for one in found] == [
        ("payment", 8_900, 53, str(paid)),
        ("refund", -301, -2, str(refund)),
        ("payment", 29, 0, ""),
    ]
    assert found[0].occurred_at == datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert (found[1].payment_ref, found[1].gateway_ref) == (paid.hex, refund.hex)
    some = list(
        wechat.transactions(provider.credentials, since + timedelta(hours=9), since + timedelta(days=1))
    )
    assert [one.kind for one in some] == ["payment", "refund"]


def test_a_bill_that_is_not_ready_or_was_changed_is_no_answer(provider, wechat):
    day = datetime(2026, 11, 19, 16, tzinfo=UTC)
    provider.faults.append(Fault("tradebill", 400, "STATEMENT_CREATING"))
    with pytest.raises(GatewayUnavailable):
        list(wechat.transactions(provider.credentials, day, day + timedelta(days=1)))
    provider.bills["2026-11-20"] = "not a bill"
    with pytest.raises(GatewayUnavailable) as silent:
        list(wechat.transactions(provider.credentials, day, day + timedelta(days=1)))
    assert silent.value.reason == "unreadable_bill"


def test_a_bill_is_asked_for_when_it_is_ready_and_a_little_more_of_today_is_left_out(provider, wechat, clock):
    day = datetime(2027, 3, 1, 16, tzinfo=UTC)
    provider.bills["2027-03-02"] = bill(EARLY)
    ends = day + timedelta(days=1)
    clock.freeze(datetime(2027, 3, 3, 1, 59, tzinfo=UTC))
    with pytest.raises(GatewayUnavailable) as silent:
        list(wechat.transactions(provider.credentials, day, ends))
    assert silent.value.reason == "bill_not_ready"
    assert provider.asked == []
    clock.freeze(datetime(2027, 3, 3, 2, 1, tzinfo=UTC))
    assert len(list(wechat.transactions(provider.credentials, day, ends + timedelta(hours=6)))) == 1
    with pytest.raises(GatewayUnavailable):
        list(wechat.transactions(provider.credentials, day, ends + timedelta(hours=7)))
