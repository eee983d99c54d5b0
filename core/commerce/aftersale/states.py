"""The life of a case as data: which step leads from where, for which kinds, and who is waited for meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.commerce.aftersale.errors import CaseMovedOn

KINDS = ("cancel", "refund", "return", "exchange")
# Goods come back in these.
SENDING = frozenset({"return", "exchange"})
MONEY = frozenset({"cancel", "refund", "return"})

# State → who has to do something next: merchant, buyer, or nobody.
WAITS_FOR: Mapping[str, str] = {
    "open": "merchant",
    "accepted": "buyer",
    "sent": "merchant",
    "received": "merchant",
    "refunding": "",
    "replaced": "",
    "declined": "",
    "withdrawn": "",
    "lapsed": "",
}
LIVE = tuple(state for state, who in WAITS_FOR.items() if who)
CLOSED = tuple(state for state, who in WAITS_FOR.items() if not who)
OURS = tuple(state for state, who in WAITS_FOR.items() if who == "merchant")


@dataclass(frozen=True, slots=True)
class Move:
    """A step that a case can take: of which kinds, from which states."""

    kinds: frozenset[str]
    states: frozenset[str]


_ALL = frozenset(KINDS)
MOVES: Mapping[str, Move] = {
    # The merchant answers; a cancellation or plain refund is paid back at once, goods are awaited otherwise.
    "accept": Move(_ALL, frozenset({"open"})),
    # Also when the goods that came back are not what was sent.
    "decline": Move(_ALL, frozenset({"open", "sent"})),
    "withdraw": Move(_ALL, frozenset({"open", "accepted"})),
    # The buyer gives the parcel's number, or corrects it.
    "send": Move(SENDING, frozenset({"accepted", "sent"})),
    "lapse": Move(SENDING, frozenset({"accepted"})),
    # The goods are back, with or without a number: a return is paid back, an exchange goes on.
    "receive": Move(SENDING, frozenset({"accepted", "sent"})),
    "replace": Move(frozenset({"exchange"}), frozenset({"received"})),
    "refund_instead": Move(frozenset({"exchange"}), frozenset({"received"})),
    "show_more": Move(_ALL, frozenset({"open", "accepted", "sent"})),
}


def can(move: str, *, kind: str, state: str) -> bool:
    """Whether a case of this kind can take this step from this state."""
    wanted = MOVES[move]
    return kind in wanted.kinds and state in wanted.states


def require_move(move: str, *, kind: str, state: str) -> None:
    """Raise CaseMovedOn when the case cannot take this step now."""
    if not can(move, kind=kind, state=state):
        raise CaseMovedOn
