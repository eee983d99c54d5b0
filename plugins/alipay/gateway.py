"""Alipay as a gateway: its page on a computer, its page for phones, refunds in parts, bills."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from core.sdk.clock import now
from core.sdk.payments import (
    AccountFacts,
    GatewayCredentials,
    GatewayRefused,
    GatewayTransaction,
    GatewayUnavailable,
    Notification,
    PaymentRequest,
    PaymentStart,
    PaymentState,
    RefundRequest,
    RefundState,
)
from plugins.alipay.bills import movements
from plugins.alipay.client import AnswerUnverified, Refusal, UnsignedRefusal, asked, client_for
from plugins.alipay.domain import (
    beijing_time,
    fen,
    instant,
    number_of,
    reference_of,
    refund_ref,
    state_of,
    subject,
    yuan,
)
from plugins.alipay.errors import WRONG, AppUnknown, SignatureNotAccepted
from plugins.alipay.notifications import read_notification
from plugins.alipay.profile import PROFILE

_NO_TRADE = "ACQ.TRADE_NOT_EXIST"
# A refund for which the merchant's balance does not suffice today: the same one may be asked for again.
_NO_MONEY = "ACQ.SELLER_BALANCE_NOT_ENOUGH"
# Alipay's codes for what the interface calls by one name.
_REFUND_CODES = {
    _NO_TRADE: "payment_not_found",
    "ACQ.TRADE_STATUS_ERROR": "payment_not_captured",
    "ACQ.REASON_TRADE_REFUND_FEE_ERR": "refund_above_captured",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "refund_above_captured",
    "ACQ.REFUND_FEE_ERROR": "refund_above_captured",
    "ACQ.DISCORDANT_REPEAT_REQUEST": "idempotency_key_reused",
}
_LONGEST_REASON = 80


class AlipayGateway:
    """Implements `PaymentGateway` for one application per shop; CNY only.

    The gateway's id of a payment is our own number of it (`number_of`): Alipay makes a trade only when the buyer has logged
    in on its page. Until then it knows of no payment, which `payment_state` says.
    """

    name = "alipay"
    profile = PROFILE
    acknowledgement = "success"

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        """Sign the address of Alipay's page; asks nobody, and the same number is paid once however often it is opened."""
        if request.capture != "automatic":
            raise GatewayRefused("unsupported")
        if request.currency != "CNY":
            raise GatewayRefused("wrong_currency")
        number = number_of(request.reference)
        question = {
            "out_trade_no": number,
            "total_amount": yuan(request.amount),
            "subject": subject(request.description),
            "time_expire": beijing_time(request.expires_at),
        }
        if request.device == "desktop":
            method = "alipay.trade.page.pay"
            question["product_code"] = "FAST_INSTANT_TRADE_PAY"
        else:
            method = "alipay.trade.wap.pay"
            question |= {"product_code": "QUICK_WAP_WAY", "quit_url": request.return_url}
        address = client_for(credentials).page(
            method,
            question,
            return_url=request.return_url,
            notify_url=request.notify_url,
            timestamp=beijing_time(now()),
        )
        return PaymentStart(number, address)

    def payment_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> PaymentState:
        """Ask for a trade by our number of it."""
        try:
            answer = asked(
                credentials, "alipay.trade.query", out_trade_no=gateway_ref or number_of(reference)
            )
        except Refusal as refusal:
            if refusal.failure_code == _NO_TRADE:
                raise GatewayRefused("payment_not_found") from refusal
            raise
        return _payment_state(answer)

    def cancel_payment(self, credentials: GatewayCredentials, gateway_ref: str) -> PaymentState:
        """Close the trade; what is true afterwards is asked, also where it was too late.

        Where the buyer never logged in on Alipay's page there is nothing to close. Somebody who still does so pays late,
        and is told about as always. Not `alipay.trade.cancel`: that sends money back by itself after a payment.
        """
        try:
            asked(credentials, "alipay.trade.close", out_trade_no=gateway_ref)
        except Refusal as refusal:
            if refusal.failure_code == _NO_TRADE:
                number = reference_of(gateway_ref)
                return PaymentState(gateway_ref, number, "cancelled", 0, "CNY", failure_code="never_begun")
            return self.payment_state(credentials, gateway_ref=gateway_ref)
        state = self.payment_state(credentials, gateway_ref=gateway_ref)
        if state.status != "pending":
            return state
        return replace(state, status="cancelled", failure_code="TRADE_CLOSED")

    def capture_payment(self, credentials: GatewayCredentials, gateway_ref: str, amount: int) -> PaymentState:
        """Alipay's pages take the money at once, always."""
        raise GatewayRefused("unsupported")

    def refund(self, credentials: GatewayCredentials, request: RefundRequest) -> RefundState:
        """Refund once per number. Alipay's "received" is no "done": only a change of money or its own query says that."""
        if request.currency != "CNY":
            raise GatewayRefused("wrong_currency")
        ref = refund_ref(request.gateway_ref, number_of(request.reference))
        try:
            answer = asked(
                credentials,
                "alipay.trade.refund",
                out_trade_no=request.gateway_ref,
                out_request_no=number_of(request.reference),
                refund_amount=yuan(request.amount),
                refund_reason=subject(request.reason)[:_LONGEST_REASON],
            )
        except Refusal as refusal:
            if refusal.failure_code == _NO_MONEY:
                return RefundState("failed", True, _NO_MONEY, ref)
            if refusal.failure_code in _REFUND_CODES:
                raise GatewayRefused(_REFUND_CODES[refusal.failure_code]) from refusal
            raise
        if answer.get("fund_change") == "Y":
            return RefundState("done", False, "", ref)
        return self._asked_refund(credentials, ref) or RefundState("pending", False, "", ref)

    def refund_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> RefundState:
        """Ask for a refund by its id here, which holds both numbers; by our reference alone Alipay finds none."""
        if not gateway_ref:
            raise GatewayRefused("unsupported")
        state = self._asked_refund(credentials, gateway_ref)
        if state is None:
            raise GatewayRefused("refund_not_found")
        return state

    def _asked_refund(self, credentials: GatewayCredentials, ref: str) -> RefundState | None:
        """How a refund stands; None where Alipay knows of none."""
        trade, _, number = ref.partition(".")
        try:
            answer = asked(
                credentials,
                "alipay.trade.fastpay.refund.query",
                out_trade_no=trade,
                out_request_no=number,
            )
        except Refusal as refusal:
            if refusal.failure_code == _NO_TRADE:
                return None
            raise
        # A refund that does not exist is answered as well, without an amount.
        if not answer.get("refund_amount"):
            return None
        done = answer.get("refund_status", "REFUND_SUCCESS") == "REFUND_SUCCESS"
        return RefundState("done" if done else "pending", False, "", ref)

    def check_credentials(self, credentials: GatewayCredentials) -> AccountFacts:
        """Ask for a payment that does not exist: "no such trade", signed, proves application, key and Alipay's key."""
        try:
            asked(credentials, "alipay.trade.query", out_trade_no=uuid4().hex)
        except AnswerUnverified as error:
            raise error.as_refusal from error
        except Refusal as refusal:
            if refusal.failure_code != _NO_TRADE:
                raise
        except UnsignedRefusal as refusal:
            raise _credential_problem(refusal) from refusal
        return AccountFacts(credentials.mode, credentials.values["app_id"].strip(), self.profile.methods)

    def transactions(
        self, credentials: GatewayCredentials, since: datetime, until: datetime
    ) -> Iterator[GatewayTransaction]:
        """The bills of the days; one is ready in the morning (Beijing) of the next day."""
        return movements(credentials, since, until)

    def read_notification(
        self, credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Notification:
        """Check the RSA2 signature over the form's fields; asks nobody."""
        return read_notification(credentials, body, now)


def _credential_problem(refusal: UnsignedRefusal) -> GatewayRefused:
    if "app-id" in refusal.failure_code or "appid" in refusal.failure_code:
        return AppUnknown(WRONG)
    if "signature" in refusal.failure_code or "sign" in refusal.failure_code:
        return SignatureNotAccepted(WRONG)
    return refusal


def _payment_state(answer: Mapping[str, str]) -> PaymentState:
    try:
        status = state_of(answer)
        paid_at = answer.get("send_pay_date", "")
        return PaymentState(
            gateway_ref=answer["out_trade_no"],
            reference=reference_of(answer["out_trade_no"]),
            status=status,
            amount=fen(answer["total_amount"]),
            currency="CNY",
            captured_at=instant(paid_at) if paid_at and status == "captured" else None,
            failure_code=answer["trade_status"] if status == "cancelled" else "",
        )
    except (LookupError, ValueError, TypeError) as error:
        raise GatewayUnavailable("unreadable_answer") from error
