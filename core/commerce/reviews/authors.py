"""Who may review what: whoever placed the order, for a line of it that was paid and sent."""

from dataclasses import dataclass
from uuid import UUID

from core.commerce.checkout.queries import has_order
from core.commerce.customers.contacts import normal_contact
from core.commerce.orders.queries import OrderLineView, OrderView, order_of_code
from core.commerce.reviews.errors import NotReviewable, NotYours
from core.commerce.shops.queries import shop_settings
from core.kernel.errors import NotFound
from core.kernel.tenancy import current_actor


@dataclass(frozen=True, slots=True)
class Author:
    """A verified buyer with the line that they bought."""

    order: OrderView
    line: OrderLineView

    @property
    def name(self) -> str:
        """As they named themselves when they ordered."""
        return str(self.order.contact.get("name") or self.order.address.get("name") or "")


def author_of(*, order_code: str, line_id: UUID, secret: str = "") -> Author:
    """The current actor as the buyer of this line; `secret` is what a guest's browser placed the order with.

    Raises NotFound, NotYours, NotReviewable.
    """
    order = order_of_code(order_code)
    line = next((one for one in order.lines if one.id == line_id), None) if order else None
    if order is None or line is None:
        raise NotFound
    if not _placed_by_actor(order, secret) or _is_shop_itself(order):
        raise NotYours
    if not is_reviewable(order, line):
        raise NotReviewable
    return Author(order, line)


def is_reviewable(order: OrderView, line: OrderLineView) -> bool:
    """Whether something of the line was paid for and sent; sent goods that were refunded later can be reviewed too.

    A test order cannot: nobody has bought anything.
    """
    return not order.is_test and order.financial != "unpaid" and line.shipped > 0


def _placed_by_actor(order: OrderView, secret: str) -> bool:
    actor = current_actor()
    if actor.kind == "customer" and actor.id is not None and actor.id == order.customer_id:
        return True
    return has_order(order.id, secret)


def _is_shop_itself(order: OrderView) -> bool:
    """Whether the order names the address at which the shop itself is reached."""
    own = {
        normal_contact(str(value))
        for name, value in shop_settings().contact.items()
        if name in ("email", "phone") and value
    }
    given = {normal_contact(str(order.contact.get(name) or "")) for name in ("email", "phone")}
    return bool((own & given) - {None})
