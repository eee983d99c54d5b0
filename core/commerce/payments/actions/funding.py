"""Discounts that others pay for: what each party owes the merchant is booked with the money, and taken back with it."""

from collections.abc import Mapping

from sqlalchemy import func, select

from core.commerce.ledger.accounts import MERCHANT_PENDING, subsidy
from core.commerce.ledger.actions import post_transfer
from core.commerce.ledger.queries import transfers_of_order
from core.commerce.orders.models import Order, OrderLine
from core.commerce.payments.models import Refund
from core.commerce.pricing.funding import MERCHANT, is_funded_by_others, owed_by_others
from core.commerce.pricing.priced import PricedCart
from core.kernel.db import session
from core.kernel.money import Money

BOOKED, TAKEN_BACK = "subsidy", "subsidy_back"


def book_funding(order: Order, *, cause: str) -> None:
    """Move what other parties owe for a locked order's discounts to where it stands now; joins the caller's transaction.

    What is owed follows from the stored allocations: everything once the order is paid, less with each unit that goes
    back, nothing once it is cancelled. `cause` names what changed ("order:…", "refund:…"): told again, nothing moves.
    An order whose discounts the shop pays alone, nearly every one, costs no statement.
    """
    if not _names_others(order.priced):
        return
    priced = PricedCart.from_json(order.priced)
    if not is_funded_by_others(priced):
        return
    session().flush()
    owed, booked = _owed(order, priced), _booked(order)
    for party in sorted({*owed, *booked}):
        change = owed.get(party, 0) - booked.get(party, 0)
        account, source = subsidy(party), f"{cause}:{party}"
        post_transfer(
            debit=account if change > 0 else MERCHANT_PENDING,
            credit=MERCHANT_PENDING if change > 0 else account,
            amount=Money(abs(change), order.currency),
            purpose=BOOKED if change > 0 else TAKEN_BACK,
            source=source,
            order_id=order.id,
        )


def _names_others(priced: Mapping[str, object]) -> bool:
    """The cheap look at the stored price: whether any answer names a party besides the merchant."""
    adjustments = priced.get("adjustments", ())
    assert isinstance(adjustments, list)
    return any(set(one["funding"]) - {MERCHANT} for one in adjustments)


def _owed(order: Order, priced: PricedCart) -> dict[str, int]:
    if order.lifecycle == "cancelled" or order.paid_at is None:
        return {}
    lines = session().execute(select(OrderLine.key, OrderLine.refunded).where(OrderLine.order_id == order.id))
    kept_back = select(func.coalesce(func.sum(Refund.claw_back_minor), 0)).where(Refund.order_id == order.id)
    return owed_by_others(
        priced,
        gone={row.key: row.refunded for row in lines},
        shipping_refunded=order.refunded_shipping_minor,
        clawed_back=int(session().scalars(kept_back).one()),
    )


def _booked(order: Order) -> dict[str, int]:
    booked: dict[str, int] = {}
    for one in transfers_of_order(order.id):
        if one.purpose == BOOKED:
            party = one.debit.partition(":")[2]
            booked[party] = booked.get(party, 0) + one.amount.minor
        elif one.purpose == TAKEN_BACK:
            party = one.credit.partition(":")[2]
            booked[party] = booked.get(party, 0) - one.amount.minor
    return booked
