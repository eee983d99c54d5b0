"""Misbehaviour on command: each fault waits for the next call, refund or event of its account, `times` times."""

from dataclasses import dataclass

from core.testing.gateway.store import Transaction

# What the caller sees instead of the answer; `timeout_after_acting` and `slow` always act first.
CALL_FAULTS = ("timeout_after_acting", "slow", "500", "429", "reset")
# What becomes of a refund that is otherwise in order.
REFUND_FAULTS = ("refund_fails", "refund_fails_for_good", "refund_pending", "refund_fails_late")
# How an event is reported.
NOTIFY_FAULTS = ("notify_late", "notify_copies")
OPERATIONS = ("start", "state", "cancel", "refund", "refund_state", "list")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault to play: `seconds` of delay, `copies` of a notification, `after_acting` for 500 and reset."""

    name: str
    operation: str = "any"
    times: int = 1
    seconds: float = 10.0
    copies: int = 2
    after_acting: bool = False


def arm_fault(tx: Transaction, account: str, fault: Fault) -> None:
    """Let the next `fault.times` fitting moments of `account` go wrong."""
    tx.execute(
        "INSERT INTO fault (account, operation, name, times, seconds, copies, after_acting)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            account,
            fault.operation,
            fault.name,
            fault.times,
            fault.seconds,
            fault.copies,
            int(fault.after_acting),
        ),
    )


def take_fault(tx: Transaction, account: str, operation: str, among: tuple[str, ...]) -> Fault | None:
    """The oldest armed fault for this moment, used up once; None when all is well."""
    marks = ", ".join("?" * len(among))
    row = tx.execute(
        f"SELECT * FROM fault WHERE account = ? AND operation IN (?, 'any') AND name IN ({marks})"  # noqa: S608 - question marks
        " AND times > 0 ORDER BY seq LIMIT 1",
        (account, operation, *among),
    ).fetchone()
    if row is None:
        return None
    tx.execute("UPDATE fault SET times = times - 1 WHERE seq = ?", (row["seq"],))
    return Fault(
        row["name"],
        row["operation"],
        row["times"],
        row["seconds"],
        row["copies"],
        bool(row["after_acting"]),
    )


def disarm_faults(tx: Transaction, account: str) -> None:
    """Behave well again."""
    tx.execute("DELETE FROM fault WHERE account = ?", (account,))


def armed_faults(tx: Transaction, account: str) -> list[dict[str, object]]:
    """What `account` still has to expect, oldest first."""
    rows = tx.execute(
        "SELECT name, operation, times, seconds, copies, after_acting FROM fault"
        " WHERE account = ? AND times > 0 ORDER BY seq",
        (account,),
    )
    return [dict(row) | {"after_acting": bool(row["after_acting"])} for row in rows]
