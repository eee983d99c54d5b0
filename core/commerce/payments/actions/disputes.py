"""Disputes as gateways tell of them: kept and shown; they are answered at the gateway."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.orders import actions as orders
from core.commerce.payments.gateways.interface import GatewayDispute
from core.commerce.payments.models import Dispute, Payment
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope

_WORDS = {
    "needs_response": N_("The buyer's bank disputes a payment of %(amount)s."),
    "under_review": N_("The answer to the dispute over %(amount)s is being looked at."),
    "won": N_("The dispute over %(amount)s was decided for the shop."),
    "lost": N_("The dispute over %(amount)s was decided for the buyer."),
}
_ENDED = ("won", "lost")


@command("system")
def keep_dispute(*, gateway: str, mode: str, dispute: GatewayDispute | None) -> None:
    """Keep what a gateway said of a dispute, and say changes on its order; told twice or late, nothing changes.

    A dispute about a payment that is not ours is left to the comparison of the day. A decided one is not opened again.
    """
    if dispute is None:
        return
    mine = (Payment.gateway == gateway, Payment.gateway_ref == dispute.payment_ref)
    payment = session().scalars(select(Payment).where(*mine)).first()
    if payment is None:
        return
    values = {
        "status": dispute.status,
        "reason": dispute.reason[:100],
        "respond_by": dispute.respond_by,
        "amount_minor": dispute.amount,
        "changed_at": now(),
    }
    made = insert(Dispute).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        created_at=now(),
        gateway=gateway,
        mode=mode,
        gateway_ref=dispute.gateway_ref,
        payment_id=payment.id,
        order_id=payment.order_id,
        currency=dispute.currency,
        **values,
    )
    known = ["shop_id", "gateway", "mode", "gateway_ref"]
    changed = Dispute.status.not_in(_ENDED) & (Dispute.status != dispute.status)
    written = made.on_conflict_do_update(index_elements=known, set_=values, where=changed)
    if session().execute(written.returning(Dispute.id)).first() is not None:
        orders.note(
            order_id=payment.order_id,
            kind="dispute",
            text=_WORDS[dispute.status],
            params={"amount": Money(dispute.amount, dispute.currency)},
        )
