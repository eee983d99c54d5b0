"""Reviews need goods that were paid for and sent."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.queries import order
from core.commerce.reviews.actions import submit_review
from core.commerce.reviews.drafts import ReviewDraft
from core.kernel.db import reading
from core.kernel.tenancy import Actor, acting_as
from core.testing.buying import order_row, pay


@dataclass(frozen=True)
class Bought:
    """An order of one buyer."""

    order_id: UUID
    code: str
    customer_id: UUID
    line_ids: tuple[UUID, ...]
    keys: tuple[str, ...]

    @property
    def actor(self):
        return Actor("customer", self.customer_id, "林知夏")

    def review(self, stars=5, text="很好喝", place=0, **more):
        with acting_as(self.actor):
            return submit_review(
                order_code=self.code,
                line_id=self.line_ids[place],
                draft=ReviewDraft(stars=stars, text=text, **more),
            )


@pytest.fixture
def buy(buyer, gateway):
    """`buy([(variant, units)])` is an order that was paid and sent (`paid=False`, `sent=False`: not yet)."""

    def make(lines, *, paid=True, sent=True, marks=None):
        person = buyer()
        placed = person.order(lines, marks=marks)
        if paid:
            pay(gateway, placed.order_id)
        with reading():
            found = order(placed.order_id)
        if paid and sent:
            ship_order(
                order_id=found.id,
                units={one.key: one.quantity for one in found.lines},
                carrier="sf",
                tracking_number="SF100",
            )
        return Bought(
            found.id,
            order_row(found.id).code,
            person.customer_id,
            tuple(one.id for one in found.lines),
            tuple(one.key for one in found.lines),
        )

    return make
