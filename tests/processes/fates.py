"""Waiting until an installation has come to rest, and what must have become of every customer then."""

from collections import Counter

from tests.processes.audit import offences, unrest
from tests.processes.installation import Installation, wait_until
from tests.processes.people import BUYERS, Diary, Place, pay_late

PAID, CLOSED, RETURNED = ("placed", "paid"), ("cancelled", "unpaid"), ("cancelled", "refunded")


def forget_dead_workers(installation: Installation) -> None:
    """Let half a minute pass for the queue, which takes a worker for dead when its heart has not beaten so long."""
    installation.rows(
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute' RETURNING id"
    )


def bring_to_rest(installation: Installation, place: Place, diary: Diary) -> None:
    """With a worker running: what is under way ends, deadlines pass, late payers pay late, every refund arrives."""
    _rest(installation, {"a payment is still open", "an order is still unpaid", "a group is still open"})
    # Idle orders close, lonely groups end; then those who began to pay in time pay late.
    installation.advance(minutes=61)
    _rest(installation, {"a refund is still on its way"})
    assert installation.act(pay_late, place=place, diary_path=str(diary.path))
    for _ in range(12):
        # A refund is asked for again after seconds, then minutes.
        installation.advance(minutes=3)
        try:
            _rest(installation, set(), seconds=6)
        except AssertionError:
            continue
        return
    raise AssertionError(f"{unrest(installation)}\n{installation.logs()}")


def _rest(installation: Installation, allowed: set[str], seconds: float = 60) -> None:
    wait_until(
        lambda: set(unrest(installation)) <= allowed,
        seconds=seconds,
        pause=0.25,
        otherwise=lambda: f"{unrest(installation)}\n{installation.logs()}",
    )


def check_everything(installation: Installation, place: Place, diary: Diary) -> None:
    """The books and the gateway agree, nobody met an error, and each kind of customer ended as it should."""
    assert offences(installation, place) == {}, installation.logs()
    assert [entry for entry in diary.entries() if entry["step"] == "error"] == []
    statement = "SELECT id::text, lifecycle, financial FROM orders_order"
    orders = {order: (lifecycle, money) for order, lifecycle, money in installation.rows(statement)}
    told = {entry["order"] for entry in diary.entries() if "order" in entry}
    assert told == set(orders), "an order that nobody was told of, or an answer without an order"
    fates = fates_by_kind(orders, diary)
    assert set(fates["returns"]) == set(fates["silent"]) == {PAID}
    assert set(fates["idle"]) == set(fates["late"]) == {CLOSED}
    assert set(fates["alone"]) == {RETURNED}
    assert set(fates["leads"]) <= {PAID, RETURNED}
    assert fates["leads"][PAID] > 0


def fates_by_kind(orders: dict[str, tuple[str, str]], diary: Diary) -> dict[str, Counter[tuple[str, str]]]:
    """How the first orders of each kind of customer ended."""
    fates: dict[str, Counter[tuple[str, str]]] = {kind: Counter() for kind in set(BUYERS)}
    for who, steps in diary.by_customer().items():
        if "order" in steps:
            fates[who.split("-")[0]][orders[steps["order"]["order"]]] += 1
    return fates
