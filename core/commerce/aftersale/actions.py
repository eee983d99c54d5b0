"""What a buyer does: ask for a cancellation, refund, return or exchange, withdraw it, say which parcel comes back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.commerce.aftersale import telling
from core.commerce.aftersale.asking import CaseRequest
from core.commerce.aftersale.chances import Chances
from core.commerce.aftersale.errors import (
    AmountRefused,
    CaseNotPossible,
    ChooseReason,
    ChooseUnits,
    OfferChanged,
    RefusedByPlugin,
    ReplacementGone,
    TooManyCases,
    UnitsTaken,
    WindowOver,
)
from core.commerce.aftersale.events import CaseOpened
from core.commerce.aftersale.exchanges import swaps_for
from core.commerce.aftersale.locking import exchanged_of, locked_case, wait_until
from core.commerce.aftersale.models import Case, CaseLine
from core.commerce.aftersale.money import Offer, case_offer, require_money
from core.commerce.aftersale.pictures import KeptPicture, attach_pictures
from core.commerce.aftersale.promises import Promises, Reason
from core.commerce.aftersale.queries import case_chances, promises
from core.commerce.aftersale.states import KINDS, MONEY, require_move
from core.commerce.aftersale.steps import OPENED, add_step, close_case, reason_words
from core.commerce.fulfilment.actions import checked_parcel
from core.commerce.fulfilment.carriers import carrier_name
from core.commerce.orders.actions import lock_orders
from core.commerce.orders.errors import OrderNotCancellable
from core.commerce.orders.models import Order
from core.commerce.orders.queries import OrderView
from core.commerce.orders.queries import order as order_view
from core.commerce.payments.actions.refund import cancel_unshipped
from core.commerce.reservations.actions import lock_pools, release
from core.commerce.reservations.values import Holder
from core.hooks.current import basket_hooks
from core.hooks.results import PluginResult
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import savepoint, session
from core.kernel.errors import NotFound
from core.kernel.events import record
from core.kernel.i18n import N_, gettext
from core.kernel.ids import new_code
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope

MOST_CASES, LONGEST_WORDS = 20, 1000


@command("buyer")
def cancel_unpaid(*, order_id: UUID) -> None:
    """The buyer closes an order that was not paid. Raises NotFound, OrderNotCancellable when the payment came first."""
    lock_pools(holder=Holder("order", order_id))
    found = lock_orders([order_id])
    if not found:
        raise NotFound
    if found[0].financial != "unpaid":
        raise OrderNotCancellable
    cancel_unshipped(order_id=order_id, reason="buyer")


def plugin_refusal(order: OrderView, kind: str, units: Mapping[str, int]) -> RefusedByPlugin | None:
    """What the plugins that an order belongs to have against a case of this kind; None: nothing."""
    request = CaseRequest(order.id, order.customer_id, kind, units, order.marks, order.holds_open > 0)
    for said in basket_hooks(order.marks).call("check_case", failed="collect", request=request):
        if isinstance(said, PluginResult):
            for refusal in said.value:
                return RefusedByPlugin(said=refusal.message, way=refusal.fix or "")
        elif said.plugin in order.marks:
            return RefusedByPlugin(
                said=gettext(N_("This cannot be confirmed at the moment.")),
                way=gettext(N_("Please try again in a moment.")),
            )
    return None


@command("buyer")
def open_case(
    *,
    order_id: UUID,
    case_id: UUID,
    kind: str,
    units: Mapping[str, int],
    reason: str,
    words: str = "",
    wanted_amount: int | None = None,
    seen_amount: int | None = None,
    pictures: Sequence[KeptPicture] = (),
    replacements: Mapping[str, UUID] | None = None,
) -> str:
    """Ask for something about an order that is the buyer's own (the caller made sure); returns the case's code.

    A cancellation that needs no answer is carried out at once.

    Args:
        order_id: the order.
        case_id: names this very decision: sent again (a double click), it answers the case that exists.
        kind: cancel | refund | return | exchange.
        units: order line key → units; not looked at for "cancel", which is about everything.
        reason: one of the shop's reasons for this kind, as its label stands in the promises.
        words: the buyer's own words.
        wanted_amount: minor units, when the buyer asks for less than everything (kind "refund" only).
        seen_amount: what the buyer saw would come back; another amount raises OfferChanged.
        pictures: kept pictures (see pictures.keep_pictures).
        replacements: order line key → variant to exchange for; without one, the same again.
    Raises: CaseNotPossible, WindowOver, UnitsTaken, ChooseUnits, ChooseReason, RefusedByPlugin, OfferChanged,
        NothingComesBack, AmountRefused, TooManyCases, TooManyPictures, NotFound.
    """
    if (known := _known_code(case_id, order_id)) is not None:
        return known
    rules = promises()
    chosen = _reason(rules, kind, reason)
    lock_pools(holder=Holder("order", order_id))
    locked, view = lock_orders([order_id]), order_view(order_id)
    if not locked or view is None:
        raise NotFound
    possible = case_chances(view, rules)
    wanted = _checked_units(view, possible, kind, units)
    if (refusal := plugin_refusal(view, kind, wanted)) is not None:
        raise refusal
    offer = _checked_offer(locked[0], rules, kind, chosen, wanted, seen_amount)
    case = _write(locked[0], case_id, kind, chosen, words, offer, wanted_amount)
    _write_lines(case, view, wanted, replacements or {})
    attach_pictures(case.id, pictures)
    _begin(case, rules, at_once=kind == "cancel" and possible.at_once)
    return case.code


def _begin(case: Case, rules: Promises, *, at_once: bool) -> None:
    """The first step: carried out at once, or waiting for the merchant from now on."""
    add_step(case, OPENED[case.kind], note=case.words, reason=reason_words(case.reason))
    record(CaseOpened(case_id=case.id, order_id=case.order_id, kind=case.kind))
    if at_once:
        carry_out_cancellation(case)
    else:
        wait_until(case, timedelta(hours=rules.answer_hours), reminds=True)
        telling.tell_case(telling.OPENED, case)


def _known_code(case_id: UUID, order_id: UUID) -> str | None:
    """The code of a case that was sent before; one of another order is none of this buyer's."""
    known = session().execute(select(Case.code, Case.order_id).where(Case.id == case_id)).first()
    if known is None:
        return None
    if known.order_id != order_id:
        raise NotFound
    return str(known.code)


def _reason(rules: Promises, kind: str, label: str) -> Reason:
    if kind not in KINDS:
        raise CaseNotPossible
    found = next((one for one in rules.reasons(kind) if one.label == label), None)
    if found is None:
        raise ChooseReason
    return found


def _checked_units(view: OrderView, possible: Chances, kind: str, units: Mapping[str, int]) -> dict[str, int]:
    """What the case is about, held against what is possible now."""
    if kind == "cancel":
        if not possible.cancel or view.must_be_paid:
            raise CaseNotPossible
        return {
            line.key: line.quantity - line.refunded for line in view.lines if line.quantity > line.refunded
        }
    wanted = {key: count for key, count in units.items() if count}
    limits = possible.unit_limits(kind)
    if not wanted:
        raise ChooseUnits
    if not wanted.keys() <= limits.keys() or any(type(one) is not int or one < 0 for one in wanted.values()):
        raise NotFound
    chances = {one.line.key: one for one in possible.lines}
    for key, count in wanted.items():
        if count <= limits[key]:
            continue
        until = chances[key].until
        if not chances[key].busy and until is not None and until <= now():
            raise WindowOver(day=until.astimezone(current_scope().zone).date().isoformat())
        raise UnitsTaken(title=chances[key].line.title, left=limits[key])
    return wanted


def _checked_offer(
    order: Order, rules: Promises, kind: str, reason: Reason, units: Mapping[str, int], seen: int | None
) -> Offer:
    offer = case_offer(
        order, rules, kind=kind, fault=reason.fault, units=units, exchanged=exchanged_of(order.id)
    )
    if kind in MONEY and kind != "cancel":
        require_money(offer)
    if seen is not None and seen != offer.amount:
        seen_money = Money(seen, order.currency)
        raise OfferChanged(amount=format_money(offer.money), confirmed=format_money(seen_money))
    return offer


def _write(
    order: Order,
    case_id: UUID,
    kind: str,
    reason: Reason,
    words: str,
    offer: Offer,
    wanted_amount: int | None,
) -> Case:
    earlier = session().scalars(select(func.count()).where(Case.order_id == order.id)).one()
    if earlier >= MOST_CASES:
        raise TooManyCases(most=MOST_CASES)
    wanted = offer.amount
    if wanted_amount is not None and kind == "refund":
        if not 0 < wanted_amount <= offer.amount:
            least = Money(1, order.currency)
            raise AmountRefused(least=format_money(least), most=format_money(offer.money))
        wanted = wanted_amount
    case = Case(
        id=case_id,
        order_id=order.id,
        customer_id=order.customer_id,
        number=f"{order.number}-S{earlier + 1}",
        code=new_code(16),
        kind=kind,
        state="open",
        reason={"label": reason.label, "fault": reason.fault},
        words=words.strip()[:LONGEST_WORDS],
        currency=order.currency,
        offered_minor=offer.amount,
        shipping_minor=offer.shipping,
        wanted_minor=wanted,
        opened_at=now(),
    )
    session().add(case)
    session().flush()
    return case


def _write_lines(
    case: Case, view: OrderView, units: Mapping[str, int], replacements: Mapping[str, UUID]
) -> None:
    """The units of the case; the database has the last word on who may have them."""
    lines = {line.key: line for line in view.lines}
    if case.kind == "exchange":
        _require_swaps({lines[key].variant_id: one for key, one in replacements.items() if key in units})
    rows = [
        CaseLine(
            case_id=case.id,
            order_line_id=lines[key].id,
            key=key,
            quantity=count,
            sold=lines[key].quantity,
            taken=lines[key].refunded,
            replacement_id=replacements.get(key, lines[key].variant_id) if case.kind == "exchange" else None,
            live=True,
        )
        for key, count in units.items()
    ]
    try:
        with savepoint():
            session().add_all(rows)
            session().flush()
    except IntegrityError as error:
        raise UnitsTaken(title=view.lines[0].title, left=0) from error


def _require_swaps(chosen: Mapping[UUID, UUID]) -> None:
    """Only what is offered can be chosen; the same again always can."""
    offered = swaps_for(chosen)
    for variant_id, swap_id in chosen.items():
        if swap_id != variant_id and swap_id not in {one.id for one in offered.get(variant_id, ())}:
            raise ReplacementGone


def carry_out_cancellation(case: Case) -> None:
    """Cancel the order of a locked case and give everything back. Raises OrderNotCancellable."""
    order_id = case.order_id
    refund_id = cancel_unshipped(order_id=order_id, reason="buyer")
    case.refund_id, case.agreed_minor, case.answered_at = refund_id, case.offered_minor, now()
    add_step(
        case,
        N_("The order is cancelled; %(amount)s goes back."),
        on_order=False,
        amount=Money(case.offered_minor, case.currency),
    )
    close_case(case, "refunding")


@command("buyer")
def withdraw_case(*, case_id: UUID) -> None:
    """The buyer does not want it any more; the units can be asked for again. Raises NotFound, CaseMovedOn."""
    locked = locked_case(case_id)
    require_move("withdraw", kind=locked.case.kind, state=locked.case.state)
    release(holder=Holder("case", case_id))
    add_step(locked.case, N_("Withdrawn by the buyer."))
    close_case(locked.case, "withdrawn")


@command("buyer")
def send_goods(*, case_id: UUID, carrier: str, tracking_number: str) -> None:
    """The buyer gives (or corrects) the parcel that comes back. Raises NotFound, CaseMovedOn, InputRefused."""
    carrier, tracking_number = checked_parcel(carrier, tracking_number)
    locked = locked_case(case_id)
    case = locked.case
    require_move("send", kind=case.kind, state=case.state)
    if (case.carrier, case.tracking_number) == (carrier, tracking_number):
        return
    case.carrier, case.tracking_number = carrier, tracking_number
    add_step(
        case,
        N_("Sent back with %(carrier)s, number %(number)s."),
        carrier=carrier_name(carrier),
        number=tracking_number or "–",
    )
    if case.state == "accepted":
        case.state = "sent"
        wait_until(case, timedelta(days=promises().receive_days), reminds=True)


@command("buyer")
def show_pictures(*, case_id: UUID, pictures: Sequence[KeptPicture]) -> None:
    """The buyer adds pictures to an open case. Raises NotFound, CaseMovedOn, TooManyPictures."""
    locked = locked_case(case_id)
    require_move("show_more", kind=locked.case.kind, state=locked.case.state)
    attach_pictures(case_id, pictures)
    if pictures:
        add_step(locked.case, N_("Pictures added: %(n)s."), on_order=False, n=len(pictures))
