"""The test gateway's API for merchants' servers, `/v1/…`: payments, refunds and their lists."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, request
from werkzeug.datastructures import MultiDict

from core.testing.gateway import intake
from core.testing.gateway.accounts import account_of
from core.testing.gateway.faults import CALL_FAULTS, take_fault
from core.testing.gateway.misbehaviour import acts_first, spoiled
from core.testing.gateway.movements import movements_of
from core.testing.gateway.notifier import settle_due
from core.testing.gateway.parts import gateway_parts, pay_url, present
from core.testing.gateway.payments import (
    cancel_payment,
    fingerprint,
    found_payment,
    open_payment,
    payment_json,
)
from core.testing.gateway.refunds import found_refund, refund_json, request_refund
from core.testing.gateway.refusals import Refusal

api = Blueprint("api", __name__, url_prefix="/v1")

_PAYMENT = {
    "amount": intake.is_amount,
    "currency": intake.is_currency,
    "description": intake.is_text(500),
    "return_url": intake.is_web_address,
    "notify_url": intake.is_web_address,
    "expires_at": intake.is_instant,
    "locale": intake.is_text(35),
}
_REFUND = {
    "payment": intake.is_text(100),
    "amount": intake.is_amount,
    "currency": intake.is_currency,
    "reason": intake.is_text(500),
}
_LIST = {"reference", "payment", "status", "created_from", "created_to", "after", "limit"}
_PAGE = 100

View = Callable[..., Response]


def operation(name: str) -> Callable[[View], View]:
    """Name a view's operation, and let an armed fault spoil it before or after it has acted."""

    def around(view: View) -> View:
        @wraps(view)
        def run(**values: str) -> Response:
            parts = gateway_parts()
            with parts.store.changing() as tx:
                fault = take_fault(tx, g.account, name, CALL_FAULTS)
            if fault and not acts_first(fault):
                return spoiled(fault, None)
            try:
                answer = view(**values)
            except Refusal as refusal:
                answer = refusal_answer(refusal)
            parts.notifier.wake()
            return spoiled(fault, answer) if fault else answer

        return run

    return around


def refusal_answer(refusal: Refusal) -> Response:
    """The JSON answer of a refusal."""
    return make_response(jsonify(code=refusal.code, message=refusal.message), refusal.status)


@api.before_request
def know_account() -> Response | None:
    """Find the account by its key, and let time catch up, so that answers are true at this instant."""
    try:
        with gateway_parts().store.changing() as tx:
            g.account = account_of(tx, request.headers.get("Authorization", ""))
            settle_due(tx, present())
    except Refusal as refusal:
        return refusal_answer(refusal)
    return None


def _reference() -> str:
    reference = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(reference) <= 100 or not reference.isprintable():
        raise Refusal(400, "bad_idempotency_key", "Send your own row id as Idempotency-Key.")
    return reference


@api.get("/account")
@operation("state")
def show_account() -> Response:
    """Who the key belongs to, and the secret that signs its notifications."""
    rows = gateway_parts().store.rows("SELECT id, secret FROM account WHERE id = ?", (g.account,))
    return jsonify(id=rows[0]["id"], notification_secret=rows[0]["secret"])


@api.post("/payments")
@operation("start")
def start() -> Response:
    """Open a payment, once per reference."""
    reference, body = _reference(), intake.fields_of(request.get_data(), _PAYMENT, {})
    with gateway_parts().store.changing() as tx:
        answer = open_payment(
            tx, account=g.account, reference=reference, body=body, now=present(), pay_url=pay_url
        )
    return Response(answer, 200, mimetype="application/json")


@api.get("/payments/<payment_id>")
@operation("state")
def show_payment(payment_id: str) -> Response:
    """One payment as it is now."""
    with gateway_parts().store.changing() as tx:
        payment = found_payment(tx, g.account, payment_id)
    return jsonify(payment_json(payment, pay_url(payment_id)))


@api.post("/payments/<payment_id>/cancel")
@operation("cancel")
def cancel(payment_id: str) -> Response:
    """Close a payment that nobody has begun to pay."""
    with gateway_parts().store.changing() as tx:
        cancel_payment(tx, found_payment(tx, g.account, payment_id), present())
        payment = found_payment(tx, g.account, payment_id)
    return jsonify(payment_json(payment, pay_url(payment_id)))


@api.get("/payments")
def payments() -> Response:
    """The payments of this account, oldest first: all, or those of one reference, status or time."""
    return _listing("payment", "payments", lambda row: payment_json(row, pay_url(row["id"])))


@api.post("/refunds")
@operation("refund")
def refund() -> Response:
    """Refund, once per reference."""
    reference, body = _reference(), intake.fields_of(request.get_data(), _REFUND, {})
    with gateway_parts().store.changing() as tx:
        row = request_refund(
            tx,
            account=g.account,
            reference=reference,
            body=body,
            body_print=fingerprint(body),
            now=present(),
            seconds=gateway_parts().settings.refund_seconds,
        )
    return jsonify(refund_json(row))


@api.get("/refunds/<refund_id>")
@operation("refund_state")
def show_refund(refund_id: str) -> Response:
    """One refund as it is now."""
    with gateway_parts().store.changing() as tx:
        row = found_refund(tx, g.account, refund_id)
    return jsonify(refund_json(row))


@api.get("/refunds")
def refunds() -> Response:
    """The refunds of this account, oldest first: all, or those of one reference, payment, status or time."""
    return _listing("refund", "refunds", refund_json)


@api.get("/transactions")
@operation("list")
def transactions() -> Response:
    """What moved on this account between two times, oldest first."""
    skip = request.args.get("skip", "0")
    if not skip.isascii() or not skip.isdigit() or len(skip) > 9:
        raise Refusal(400, "bad_skip", "Say how many movements to pass over.")
    page = movements_of(
        gateway_parts().store,
        g.account,
        since=_seconds(request.args.get("since", ""), "since"),
        until=_seconds(request.args.get("until", ""), "until"),
        skip=int(skip),
    )
    return jsonify(page)


def _listing(table: str, name: str, shown: Callable[[Any], dict[str, Any]]) -> Response:
    """A look-up by reference counts as an operation `state`, a list as `list`, so that faults can tell them."""
    look_up = "refund_state" if table == "refund" else "state"
    view = operation(look_up if "reference" in request.args else "list")
    return view(lambda: _page(table, name, shown, request.args))()


def _page(
    table: str, name: str, shown: Callable[[Any], dict[str, Any]], asked: MultiDict[str, str]
) -> Response:
    if unknown := set(asked) - _LIST:
        raise Refusal(400, "unknown_filter", f"There is no filter {min(unknown)[:60]!r}.")
    where, values = ["account = ?"], [g.account]
    same = ("reference", "status", "payment") if table == "refund" else ("reference", "status")
    for column in same:
        if column in asked:
            where.append(f"{column} = ?")
            values.append(asked[column])
    for column, sign in (("created_from", ">="), ("created_to", "<")):
        if column in asked:
            where.append(f"created_at {sign} ?")
            values.append(_seconds(asked[column], column))
    if "after" in asked:
        where.append(f"seq > (SELECT seq FROM {table} WHERE account = ? AND id = ?)")  # noqa: S608 - two known names
        values += [g.account, asked["after"]]
    limit = _limit(asked.get("limit", str(_PAGE)))
    sql = f"SELECT * FROM {table} WHERE {' AND '.join(where)} ORDER BY seq LIMIT ?"  # noqa: S608 - built above
    rows = gateway_parts().store.rows(sql, [*values, limit + 1])
    following = rows[limit - 1]["id"] if len(rows) > limit else None
    return jsonify({name: [shown(row) for row in rows[:limit]], "next": following})


def _seconds(text: str, field: str) -> float:
    if not intake.is_instant(text):
        raise Refusal(400, f"bad_{field}", "Write times as ISO 8601 with a zone.")
    return intake.instant(text)


def _limit(text: str) -> int:
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= limit <= _PAGE:
        raise Refusal(400, "bad_limit", f"A page holds 1 to {_PAGE} rows.")
    return limit
