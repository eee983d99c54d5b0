"""WeChat Pay as a gateway: a code to scan (Native), the app from a phone's browser (H5), refunds, bills."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
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
from core.sdk.words import N_
from plugins.wechat_pay.bills import movements
from plugins.wechat_pay.client import AnswerUnverified, Refusal, asked
from plugins.wechat_pay.domain import (
    LONGEST_DESCRIPTION,
    LONGEST_REASON,
    beijing_time,
    cut,
    ending_of,
    number_of,
    reference_of,
    state_of,
)
from plugins.wechat_pay.errors import WRONG, AppNotLinked, SignatureNotAccepted
from plugins.wechat_pay.notifications import read_notification
from plugins.wechat_pay.profile import PROFILE

# How WeChat Pay says that it has no such order or refund.
_UNKNOWN = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
# A refund for which the merchant's balance does not suffice today: the same one may be asked for again.
_NO_MONEY = frozenset({"NOT_ENOUGH", "NOTENOUGH"})
# The words of the rule that all refunds together may not exceed the payment; its code is that of every broken rule.
_TOO_MUCH = ("退款金额", "可退金额", "全额退款")
_TRIED_FOR = timedelta(minutes=5)
# Somewhere on the internet: WeChat Pay wants an address before it says whether it would open such an order.
_ANY_ADDRESS = "14.23.150.211"


class WeChatPayGateway:
    """Implements `PaymentGateway` for one merchant number per shop; prices in fen, CNY only.

    The gateway's id of a payment or refund is our own number of it (`number_of`), since WeChat Pay gives a payment a
    number only once it is paid.
    """

    name = "wechat_pay"
    profile = PROFILE
    acknowledgement = ""

    def start_payment(self, credentials: GatewayCredentials, request: PaymentRequest) -> PaymentStart:
        """Open an order at WeChat Pay: from a phone's browser its app is called, anywhere else a code is drawn."""
        if request.capture != "automatic":
            raise GatewayRefused("unsupported")
        if request.currency != "CNY":
            raise GatewayRefused("wrong_currency")
        number = number_of(request.reference)
        try:
            return PaymentStart(number, _opened(credentials, request, number))
        except Refusal as refusal:
            return self._opened_before(credentials, request, refusal)

    def _opened_before(
        self, credentials: GatewayCredentials, request: PaymentRequest, refusal: Refusal
    ) -> PaymentStart:
        """What a refused start means: paid already, used for something else, or what the refusal says."""
        try:
            state = self.payment_state(credentials, reference=request.reference)
        except GatewayRefused:
            raise refusal from None
        if (state.amount, state.currency) != (request.amount, request.currency):
            raise GatewayRefused("idempotency_key_reused") from refusal
        if state.status == "captured":
            return PaymentStart(state.gateway_ref, request.return_url)
        raise refusal

    def payment_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> PaymentState:
        """Ask for an order by our number of it."""
        number = gateway_ref or number_of(reference)
        try:
            order = asked(credentials, lambda client: client.query(out_trade_no=number))
        except Refusal as refusal:
            raise _known(refusal, "payment_not_found") from refusal
        return _payment_state(order)

    def cancel_payment(self, credentials: GatewayCredentials, gateway_ref: str) -> PaymentState:
        """Close the order; what is true afterwards is asked, also where it was too late."""
        try:
            asked(credentials, lambda client: client.close(out_trade_no=gateway_ref))
        except Refusal:
            return self.payment_state(credentials, gateway_ref=gateway_ref)
        state = self.payment_state(credentials, gateway_ref=gateway_ref)
        return (
            replace(state, status="cancelled", failure_code="CLOSED") if state.status == "pending" else state
        )

    def capture_payment(self, credentials: GatewayCredentials, gateway_ref: str, amount: int) -> PaymentState:
        """WeChat Pay takes the money at once, always."""
        raise GatewayRefused("unsupported")

    def refund(self, credentials: GatewayCredentials, request: RefundRequest) -> RefundState:
        """Refund once per number; the payment's whole amount, which WeChat Pay wants beside it, is asked first."""
        paid = self.payment_state(credentials, gateway_ref=request.gateway_ref)
        _check_refund(request, paid)
        try:
            answer = asked(credentials, lambda client: client.refund(**_refund_question(request, paid)))
        except Refusal as refusal:
            return _refused_refund(request, refusal)
        return _refund_state(answer)

    def refund_state(
        self, credentials: GatewayCredentials, *, gateway_ref: str = "", reference: str = ""
    ) -> RefundState:
        """Ask for a refund by our number of it."""
        number = gateway_ref or number_of(reference)
        try:
            answer = asked(credentials, lambda client: client.query_refund(out_refund_no=number))
        except Refusal as refusal:
            raise _known(refusal, "refund_not_found") from refusal
        return _refund_state(answer)

    def check_credentials(self, credentials: GatewayCredentials) -> AccountFacts:
        """Open an order of one fen that nobody is shown, and close it: this proves all but the APIv3 key.

        WeChat Pay has no call that only looks; an order without a payer moves no money.
        """
        problems = [
            said
            for said, phone in ((_NO_CODES, False), (_NO_PHONES, True))
            if not _opens_orders(credentials, phone=phone)
        ]
        ready = () if _NO_CODES in problems else self.profile.methods
        return AccountFacts("live", credentials.values["mchid"].strip(), ready, tuple(problems))

    def transactions(
        self, credentials: GatewayCredentials, since: datetime, until: datetime
    ) -> Iterator[GatewayTransaction]:
        """The trade bills of the days; one is ready at ten in the morning (Beijing) of the next day."""
        return movements(credentials, since, until)

    def read_notification(
        self, credentials: GatewayCredentials, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Notification:
        """Check WeChat Pay's signature and open what it says with the APIv3 key.

        Asks for platform certificates where an account has no public key, at most once a minute.
        """
        return read_notification(credentials, headers, body, now)


_NO_CODES = N_("Native payment is not opened for this merchant number, so that no code can be drawn.")
_NO_PHONES = N_(
    "H5 payment is not opened for this merchant number, so that phones outside WeChat cannot pay."
)


def _opened(credentials: GatewayCredentials, request: PaymentRequest, number: str) -> str:
    """The address at which the order is paid."""
    question = {
        "description": cut(request.description, LONGEST_DESCRIPTION),
        "out_trade_no": number,
        "amount": {"total": request.amount, "currency": request.currency},
        "time_expire": beijing_time(request.expires_at),
        "notify_url": request.notify_url,
    }
    # H5 needs to know where the buyer is; without that, the code can still be scanned.
    if request.device == "phone" and request.client_ip:
        address = _h5_address(credentials, question, request.client_ip)
        return f"{address}{'&' if '?' in address else '?'}redirect_url={quote(request.return_url, safe='')}"
    return _read(asked(credentials, lambda client: client.pay(**question)), "code_url")


def _h5_address(credentials: GatewayCredentials, question: dict[str, Any], client_ip: str) -> str:
    from plugins.wechat_pay.sdk import H5  # noqa: PLC0415 - heavy

    scene = {"payer_client_ip": client_ip, "h5_info": {"type": "Wap"}}
    answer = asked(credentials, lambda client: client.pay(**question, scene_info=scene, pay_type=H5))
    return _read(answer, "h5_url")


def _opens_orders(credentials: GatewayCredentials, *, phone: bool) -> bool:
    """Whether such an order can be opened; raises what is wrong with the credentials."""
    request = PaymentRequest(
        reference=str(uuid4()),
        amount=1,
        currency="CNY",
        description="Pinpu",
        return_url="https://example.com/",
        notify_url="https://example.com/",
        expires_at=now() + _TRIED_FOR,
        locale="zh-CN",
        device="phone" if phone else "desktop",
        client_ip=_ANY_ADDRESS,
    )
    number = number_of(request.reference)
    try:
        _opened(credentials, request, number)
    except AnswerUnverified as error:
        raise error.as_refusal from error
    except SignatureNotAccepted as error:
        raise SignatureNotAccepted(WRONG) from error
    except Refusal as refusal:
        if refusal.failure_code == "NO_AUTH":
            return False
        raise _credential_problem(refusal) from refusal
    asked(credentials, lambda client: client.close(out_trade_no=number))
    return True


def _credential_problem(refusal: Refusal) -> GatewayRefused:
    if refusal.failure_code in ("APPID_MCHID_NOT_MATCH", "APPID_NOT_EXIST"):
        return AppNotLinked(WRONG)
    if refusal.failure_code in ("MCH_NOT_EXISTS", "MCHID_NOT_EXIST"):
        return SignatureNotAccepted(WRONG)
    return refusal


def _known(refusal: Refusal, missing: str) -> GatewayRefused:
    return GatewayRefused(missing) if refusal.failure_code in _UNKNOWN else refusal


def _read(answer: Any, name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise GatewayUnavailable("unreadable_answer")
    return value


def _payment_state(order: Any) -> PaymentState:
    try:
        status = state_of(order["trade_state"])
        amount = order.get("amount") or {}
        paid_at = order.get("success_time")
        return PaymentState(
            gateway_ref=str(order["out_trade_no"]),
            reference=reference_of(str(order["out_trade_no"])),
            status=status,
            # An order that waits may come without its amount; one that was paid never does.
            amount=int(amount["total"]) if status == "captured" else int(amount.get("total", 0)),
            currency=str(amount.get("currency", "CNY")),
            captured_at=datetime.fromisoformat(paid_at) if paid_at and status == "captured" else None,
            failure_code=order["trade_state"] if status in ("failed", "cancelled") else "",
        )
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise GatewayUnavailable("unreadable_answer") from error


def _check_refund(request: RefundRequest, paid: PaymentState) -> None:
    if paid.status != "captured":
        raise GatewayRefused("payment_not_captured")
    if request.currency != paid.currency:
        raise GatewayRefused("wrong_currency")
    if request.amount > paid.amount:
        raise GatewayRefused("refund_above_captured")


def _refund_question(request: RefundRequest, paid: PaymentState) -> dict[str, Any]:
    return {
        "out_refund_no": number_of(request.reference),
        "out_trade_no": request.gateway_ref,
        "amount": {"refund": request.amount, "total": paid.amount, "currency": paid.currency},
        "reason": cut(request.reason, LONGEST_REASON),
    }


def _refused_refund(request: RefundRequest, refusal: Refusal) -> RefundState:
    if refusal.failure_code in _NO_MONEY:
        return RefundState("failed", True, refusal.failure_code, number_of(request.reference))
    if refusal.failure_code == "INVALID_REQUEST" and any(words in refusal.words for words in _TOO_MUCH):
        raise GatewayRefused("refund_above_captured") from refusal
    raise refusal


def _refund_state(answer: Any) -> RefundState:
    try:
        said = str(answer["status"])
        ending = ending_of(said)
        number = str(answer["out_refund_no"])
    except (LookupError, TypeError, AttributeError) as error:
        raise GatewayUnavailable("unreadable_answer") from error
    return RefundState(ending, False, f"REFUND_{said}" if ending == "failed" else "", number)
