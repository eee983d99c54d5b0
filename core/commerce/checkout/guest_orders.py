"""Orders that somebody placed as a guest and finds again after logging in."""

from uuid import UUID

from sqlalchemy import select, update

from core.commerce.checkout.actions import token_hash
from core.commerce.checkout.models import Checkout, OrderGrant
from core.commerce.customers.contacts import normal_contact
from core.commerce.orders.models import Order
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.tenancy import current_scope


@command("buyer")
def take_over_guest_orders(*, customer_id: UUID, token: str, contact: str) -> int:
    """Give a customer the orders that this browser placed as a guest, or proved, with this very contact; returns how many.

    Both must fit: a browser may be shared, and a number at a checkout may be somebody else's. `contact` is the one
    that a code has just proved.
    """
    placed_here = select(Checkout.order_id).where(
        Checkout.shop_id == current_scope().shop_id,
        Checkout.token_hash == token_hash(token),
        Checkout.customer_id.is_(None),
        Checkout.order_id.is_not(None),
    )
    proved_here = select(OrderGrant.order_id).where(
        OrderGrant.shop_id == current_scope().shop_id, OrderGrant.token_hash == token_hash(token)
    )
    orders = session().scalars(
        select(Order)
        .where(Order.id.in_(placed_here.union(proved_here)), Order.customer_id.is_(None))
        .order_by(Order.id)
        .with_for_update(key_share=True)
    )
    theirs = [order for order in orders if names_contact(order, contact)]
    for order in theirs:
        order.customer_id = customer_id
    session().flush()
    checkouts = update(Checkout).where(
        Checkout.shop_id == current_scope().shop_id, Checkout.order_id.in_([order.id for order in theirs])
    )
    session().execute(checkouts.values(customer_id=customer_id).execution_options(synchronize_session=False))
    return len(theirs)


def names_contact(order: Order, contact: str) -> bool:
    """Whether the order gives this very contact, as phone or as e-mail."""
    proved = normal_contact(contact)
    given = (normal_contact(str(order.contact.get(name, ""))) for name in ("phone", "email"))
    return proved is not None and proved in list(given)
