"""What a shop promises after a sale: windows, deadlines, defaults, reasons; a pure value kept as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from core.kernel.i18n import N_

MOST_REASONS, LONGEST_REASON = 20, 80
CANCEL_REASONS = (
    N_("I changed my mind"),
    N_("I ordered the wrong thing"),
    N_("It takes too long"),
    N_("I found it cheaper"),
)
# The shop's doing: freight goes back as well, and the shop pays the way back.
FAULT_REASONS = (
    N_("Damaged or faulty"),
    N_("Not as described"),
    N_("Wrong or missing goods"),
    N_("It has not arrived"),
)
OTHER_REASONS = (
    N_("I do not like it"),
    N_("Wrong size or colour"),
    N_("I do not need it any more"),
)
ACCEPTING = (
    N_("Of course. We are sorry for the trouble."),
    N_("Agreed. Please pack it as it came, with everything that belongs to it."),
)
DECLINING = (
    N_("The pictures do not show what is wrong. Please add some and ask again."),
    N_("The goods show traces of use, so we cannot take them back."),
    N_("The order is on its way already. You can return it once it has arrived."),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a buyer asks: `label` is a message id or the merchant's own words, `fault` whether the shop answers for it."""

    label: str
    fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """A shop's rules after a sale.

    Attributes:
        cancel_at_once: a buyer cancels an unsent order without asking.
        return_days: days after the goods left (or were handed over) in which something can be asked; 0: no returns.
        answer_hours: hours to answer; after them `default_<kind>` applies: accept or decline.
        send_days: days for the buyer to send goods back.
        receive_days: days after that until goods count as received, though nobody said so.
        return_to: where goods go back to, in the shop's words.
        return_freight: who pays the way back: buyer | shop | fault (the shop where it is its doing).
        shipping_back: whether the freight of the order goes back with all of its goods: fault | all | never.
    """

    cancel_at_once: bool = True
    return_days: int = 15
    answer_hours: int = 48
    default_cancel: str = "accept"
    default_refund: str = "accept"
    default_return: str = "accept"
    default_exchange: str = "accept"
    send_days: int = 7
    receive_days: int = 10
    return_to: str = ""
    return_freight: str = "fault"
    shipping_back: str = "fault"
    cancel_reasons: tuple[str, ...] = CANCEL_REASONS
    fault_reasons: tuple[str, ...] = FAULT_REASONS
    other_reasons: tuple[str, ...] = OTHER_REASONS
    accepting: tuple[str, ...] = ACCEPTING
    declining: tuple[str, ...] = DECLINING

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Promises as they were stored; what is missing has its default."""
        known = {one.name for one in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
            if name in known
        }
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    def default_of(self, kind: str) -> str:
        """What applies when nobody answered a case of this kind: accept or decline."""
        return str(getattr(self, f"default_{kind}"))

    def reasons(self, kind: str) -> tuple[Reason, ...]:
        """What a buyer can choose from."""
        if kind == "cancel":
            return tuple(Reason(label, fault=False) for label in self.cancel_reasons)
        fault = tuple(Reason(label, fault=True) for label in self.fault_reasons)
        return (*fault, *(Reason(label, fault=False) for label in self.other_reasons))

    def shop_pays_return(self, *, fault: bool) -> bool:
        """Whether the way back is the shop's business."""
        return self.return_freight == "shop" or (self.return_freight == "fault" and fault)

    def gives_shipping_back(self, *, fault: bool, never_sent: bool) -> bool:
        """Whether the freight of the order goes back when all that is left of its goods does."""
        return self.shipping_back == "all" or (self.shipping_back == "fault" and (fault or never_sent))
