"""What the merchant does: accept, accept a part, decline, take goods in, send a replacement, write a note."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from core.commerce.aftersale import telling
from core.commerce.aftersale.actions import carry_out_cancellation
from core.commerce.aftersale.errors import (
    AmountRefused,
    NoReturnAddress,
    ReplacementGone,
    SayWhy,
    SentMeanwhile,
)
from core.commerce.aftersale.locking import Locked, exchanged_of, locked_case, wait_until
from core.commerce.aftersale.models import Policy
from core.commerce.aftersale.money import case_offer, pay_back, put_on_sale
from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import promises
from core.commerce.aftersale.states import require_move
from core.commerce.aftersale.steps import add_step, close_case
from core.commerce.fulfilment.actions import checked_parcel
from core.commerce.fulfilment.carriers import carrier_name
from core.commerce.fulfilment.message_facts import tell_shipments
from core.commerce.fulfilment.models import Shipment, ShipmentLine
from core.commerce.orders.errors import OrderNotCancellable
from core.commerce.reservations.actions import confirm, release, reserve
from core.commerce.reservations.errors import PoolExhausted
from core.commerce.reservations.stock import ensure_stock, stock_pool_id
from core.commerce.reservations.values import Holder, Want
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import savepoint, session
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_actor, current_scope

LONGEST_ANSWER, LONGEST_RETURN_ADDRESS = 1000, 400
# A replacement is kept until somebody decides otherwise; goods on their way need their time.
_KEPT = timedelta(days=365)


@command("orders.refund")
def accept_case(
    *,
    case_id: UUID,
    answer: str = "",
    amount: int | None = None,
    as_return: bool = False,
    return_to: str = "",
) -> None:
    """Agree to what a buyer asks for.

    A cancellation or refund is paid back at once; for a return the goods are awaited; for an exchange its replacement is
    reserved as well. `amount` (minor units) may be less than asked for, with words, or more, up to what can be refunded.
    `as_return`: an exchange becomes a return (its replacement is gone). `return_to`: where goods go back to, "": to the
    shop's own address. Raises NotFound, CaseMovedOn, AmountRefused, SayWhy, SentMeanwhile, ReplacementGone,
    NoReturnAddress, RefundRefused.
    """
    locked = locked_case(case_id)
    case = locked.case
    require_move("accept", kind=case.kind, state=case.state)
    if as_return and case.kind == "exchange":
        case.kind = "return"
        add_step(case, N_("The exchange becomes a return: the goods are sold out, the money goes back."))
    case.answer, case.answered_at = answer.strip()[:LONGEST_ANSWER], now()
    if case.kind == "cancel":
        _cancel(locked)
    elif case.kind == "refund":
        _agree(locked, amount)
        _refund(locked, came_back=False, restock=True)
    else:
        _await_goods(locked, amount, return_to)


def _cancel(locked: Locked) -> None:
    case = locked.case
    if locked.order.fulfilment != "unfulfilled":
        raise SentMeanwhile
    case.offered_minor = locked.order.captured_minor - locked.order.refunded_minor
    case.wanted_minor = case.offered_minor
    add_step(case, N_("Accepted."), note=case.answer, on_order=False)
    try:
        carry_out_cancellation(case)
    except OrderNotCancellable as error:
        raise SentMeanwhile from error


def _agree(locked: Locked, amount: int | None) -> None:
    """Settle what goes back; less than asked for needs words."""
    case, order = locked.case, locked.order
    agreed = case.wanted_minor if amount is None else amount
    most = most_of(locked, promises())
    if not 0 < agreed <= most:
        raise AmountRefused(
            least=format_money(Money(1, order.currency)), most=format_money(Money(most, order.currency))
        )
    if agreed < case.wanted_minor and not case.answer:
        raise SayWhy
    case.agreed_minor = agreed
    money = Money(agreed, order.currency)
    if agreed < case.wanted_minor:
        asked = Money(case.wanted_minor, order.currency)
        add_step(
            case,
            N_("Accepted in part: %(amount)s of %(asked)s."),
            note=case.answer,
            amount=money,
            asked=asked,
        )
    else:
        add_step(case, N_("Accepted: %(amount)s."), note=case.answer, amount=money)


def most_of(locked: Locked, rules: Promises) -> int:
    """The most that can go back for a case now, in minor units."""
    offer = case_offer(
        locked.order,
        rules,
        kind=locked.case.kind,
        fault=bool(locked.case.reason.get("fault")),
        units=locked.units,
        exchanged=exchanged_of(locked.order.id),
    )
    return offer.most


def _refund(locked: Locked, *, came_back: bool, restock: bool) -> None:
    """Pay back what was agreed; the money's own steps are the payments room's."""
    case = locked.case
    amount = case.wanted_minor if case.agreed_minor is None else case.agreed_minor
    case.refund_id = pay_back(
        locked.order,
        case,
        locked.units,
        amount=amount,
        most=most_of(locked, promises()),
        came_back=came_back,
        restock=restock,
    )
    close_case(case, "refunding")
    if not came_back:
        telling.tell_case(telling.ACCEPTED, case)


def _await_goods(locked: Locked, amount: int | None, return_to: str) -> None:
    case, rules = locked.case, promises()
    case.return_to = (return_to.strip() or rules.return_to.strip())[:LONGEST_RETURN_ADDRESS]
    # A deadline has nobody to ask for an address, and a buyer must not lose a return over it.
    if not case.return_to and current_actor().kind != "system":
        raise NoReturnAddress
    if case.kind == "exchange":
        _keep_replacement(locked)
        add_step(case, N_("Accepted: the replacement is reserved."), note=case.answer)
    else:
        _agree(locked, amount)
    case.state = "accepted"
    wait_until(case, timedelta(days=rules.send_days))
    telling.tell_case(telling.AWAITED, case)


def _keep_replacement(locked: Locked) -> None:
    wanted = [line.replacement_id for line in locked.lines if line.replacement_id]
    ensure_stock(wanted)
    wants = [
        Want(stock_pool_id(line.replacement_id), line.quantity)
        for line in locked.lines
        if line.replacement_id
    ]
    try:
        reserve(holder=Holder("case", locked.case.id), wants=wants, expires_at=now() + _KEPT)
    except PoolExhausted as error:
        raise ReplacementGone from error


@command("orders.refund")
def accept_cases(*, case_ids: Iterable[UUID], answer: str = "") -> dict[UUID, PinpuError | None]:
    """Agree to several cases as they were asked for; None for each that was, the refusal for each that was not.

    Each case decides for itself: those that cannot be accepted stay as they are.
    """
    said: dict[UUID, PinpuError | None] = {}
    for case_id in sorted(case_ids):
        try:
            with savepoint():
                accept_case(case_id=case_id, answer=answer)
        except PinpuError as error:
            said[case_id] = error
        else:
            said[case_id] = None
    return said


@command("orders.refund")
def decline_case(*, case_id: UUID, answer: str) -> None:
    """Say no, with words to the buyer. Raises NotFound, CaseMovedOn, SayWhy."""
    locked = locked_case(case_id)
    case = locked.case
    require_move("decline", kind=case.kind, state=case.state)
    case.answer, case.answered_at = answer.strip()[:LONGEST_ANSWER], now()
    if not case.answer:
        raise SayWhy
    decline(locked)


def decline(locked: Locked) -> None:
    """Close a locked case with a no. Joins the caller's transaction."""
    case = locked.case
    release(holder=Holder("case", case.id))
    add_step(case, N_("Declined."), note=case.answer)
    close_case(case, "declined")
    telling.tell_case(telling.DECLINED, case)


@command("orders.refund")
def receive_goods(*, case_id: UUID, restock: bool, amount: int | None = None, answer: str = "") -> None:
    """The goods of a return or exchange are back; a return is paid back now.

    `restock`: the goods are fit to be sold again, otherwise they are written off. `amount` (minor units) may be lowered
    with words, if the goods are not as they were sent. Raises NotFound, CaseMovedOn, AmountRefused, SayWhy.
    """
    locked = locked_case(case_id)
    case = locked.case
    require_move("receive", kind=case.kind, state=case.state)
    if answer.strip():
        case.answer = answer.strip()[:LONGEST_ANSWER]
    take_in(locked, restock=restock, amount=amount, lowered_why=answer.strip())


def take_in(locked: Locked, *, restock: bool, amount: int | None = None, lowered_why: str = "") -> None:
    """Book the goods of a locked case as back. Joins the caller's transaction."""
    case = locked.case
    add_step(
        case,
        N_("The goods are back (units: %(units)s)."),
        note=lowered_why,
        units=locked.count,
    )
    add_step(
        case,
        N_("Back on sale: %(units)s.") if restock else N_("Written off: %(units)s."),
        public=False,
        on_order=False,
        units=locked.count,
    )
    telling.tell_case(telling.RECEIVED, case)
    if case.kind == "exchange":
        case.state = "received"
        wait_until(case, None)
        if restock:
            put_on_sale(locked.order, locked.units)
        return
    agreed = case.wanted_minor if case.agreed_minor is None else case.agreed_minor
    if amount is not None and amount != agreed:
        if amount < agreed and not lowered_why:
            raise SayWhy
        case.agreed_minor = amount
        add_step(case, N_("What goes back is now %(amount)s."), amount=Money(amount, case.currency))
    _refund(locked, came_back=True, restock=restock)


@command("orders.ship")
def send_replacement(
    *, case_id: UUID, carrier: str, tracking_number: str = "", shipment_id: UUID | None = None
) -> UUID:
    """Send what an exchange promised: a shipment without a payment. Returns the shipment's id.

    Raises NotFound, CaseMovedOn, InputRefused.
    """
    carrier, tracking_number = checked_parcel(carrier, tracking_number)
    locked = locked_case(case_id)
    case = locked.case
    if case.shipment_id is not None and case.shipment_id == shipment_id:
        return case.shipment_id
    require_move("replace", kind=case.kind, state=case.state)
    confirm(holder=Holder("case", case_id))
    shipment = Shipment(
        id=shipment_id or new_id(),
        order_id=case.order_id,
        kind="replacement",
        carrier=carrier,
        tracking_number=tracking_number,
        shipped_at=now(),
        shipped_by=current_actor().name,
    )
    session().add(shipment)
    session().flush()
    session().add_all(
        ShipmentLine(shipment_id=shipment.id, order_line_id=line.order_line_id, quantity=line.quantity)
        for line in locked.lines
    )
    case.shipment_id = shipment.id
    add_step(
        case,
        N_("The replacement was sent with %(carrier)s, number %(number)s."),
        carrier=carrier_name(carrier),
        number=tracking_number or "–",
    )
    close_case(case, "replaced")
    tell_shipments([shipment])
    return shipment.id


@command("orders.refund")
def refund_instead(*, case_id: UUID, answer: str) -> None:
    """Give the money of an exchange whose goods are back, because nothing can be sent in their place.

    Raises NotFound, CaseMovedOn, SayWhy.
    """
    locked = locked_case(case_id)
    case = locked.case
    require_move("refund_instead", kind=case.kind, state=case.state)
    case.answer = answer.strip()[:LONGEST_ANSWER]
    if not case.answer:
        raise SayWhy
    release(holder=Holder("case", case_id))
    case.agreed_minor = case.wanted_minor
    add_step(
        case,
        N_("The money goes back instead of a replacement: %(amount)s."),
        note=case.answer,
        amount=Money(case.wanted_minor, case.currency),
    )
    # Where the goods went was decided when they came back.
    _refund(locked, came_back=True, restock=False)
    telling.tell_case(telling.ACCEPTED, case)


@command("orders.note")
def note_on_case(*, case_id: UUID, text: str) -> None:
    """A staff member's own words about a case, not shown to the buyer. Raises NotFound."""
    case = locked_case(case_id).case
    add_step(case, N_("Note"), note=text.strip()[:LONGEST_ANSWER], public=False, on_order=False)


@command("shop.edit")
def save_promises(*, rules: Promises) -> None:
    """Store the shop's promises; open cases keep the deadline that was shown."""
    values = {"shop_id": current_scope().shop_id, "id": new_id(), "promises": rules.as_json()}
    statement = insert(Policy).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=["shop_id"], set_={"promises": statement.excluded.promises}
    )
    session().execute(statement)
