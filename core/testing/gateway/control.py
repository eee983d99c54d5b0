"""The levers for tests, `/control`: arm faults, hold notifications back, see what was sent. Per account."""

from flask import Blueprint, Response, g, jsonify, request

from core.testing.gateway import intake
from core.testing.gateway.api import know_account, refusal_answer
from core.testing.gateway.faults import (
    CALL_FAULTS,
    NOTIFY_FAULTS,
    OPERATIONS,
    REFUND_FAULTS,
    Fault,
    arm_fault,
    armed_faults,
    disarm_faults,
)
from core.testing.gateway.parts import gateway_parts
from core.testing.gateway.payments import iso_time
from core.testing.gateway.refusals import Refusal

control = Blueprint("control", __name__, url_prefix="/control")
control.before_request(know_account)

_LEVERS = {
    "next": intake.is_one_of(*CALL_FAULTS, *REFUND_FAULTS, *NOTIFY_FAULTS),
    "times": intake.is_count,
    "operation": intake.is_one_of(*OPERATIONS, "any"),
    "seconds": intake.is_number(0, 86_400 * 30),
    "copies": intake.is_count,
    "after_acting": intake.is_flag,
    "hold_notifications": intake.is_flag,
    "newest_first": intake.is_flag,
    "clear": intake.is_flag,
}


@control.post("")
def pull() -> Response:
    """Arm a fault (`next`), hold or release notifications, or forget all faults (`clear`)."""
    levers = intake.fields_of(request.get_data(), {}, _LEVERS)
    with gateway_parts().store.changing() as tx:
        if levers.get("clear"):
            disarm_faults(tx, g.account)
        if "next" in levers:
            details = {name: levers[name] for name in _DETAILS if name in levers}
            arm_fault(tx, g.account, Fault(name=levers["next"], **details))
        for lever, column in (("hold_notifications", "held"), ("newest_first", "newest_first")):
            if lever in levers:
                tx.execute(
                    f"UPDATE account SET {column} = ? WHERE id = ?",  # noqa: S608 - one of two names
                    (int(levers[lever]), g.account),
                )
    gateway_parts().notifier.wake()
    return show()


_DETAILS = ("times", "operation", "seconds", "copies", "after_acting")


@control.get("")
def show() -> Response:
    """What this account still has to expect."""
    with gateway_parts().store.changing() as tx:
        account = tx.execute("SELECT held, newest_first FROM account WHERE id = ?", (g.account,)).fetchone()
        faults = armed_faults(tx, g.account)
    return jsonify(
        faults=faults,
        hold_notifications=bool(account["held"]),
        newest_first=bool(account["newest_first"]),
    )


@control.get("/notifications")
def notifications() -> Response:
    """Every notification of this account in order of storing, with its state and the last answer to it."""
    rows = gateway_parts().store.rows(
        "SELECT event_id, kind, reference, url, state, attempts, last_answer, due_at FROM notification"
        " WHERE account = ? ORDER BY seq",
        (g.account,),
    )
    return jsonify(notifications=[dict(row) | {"due_at": iso_time(row["due_at"])} for row in rows])


@control.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """A lever that does not exist."""
    return refusal_answer(refusal)
