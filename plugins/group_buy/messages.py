"""What members of a group are told: it began, one seat is left, it succeeded, or it failed and their money comes back.

Handlers read again how the group stands, and every fact has a key of its own, so that a handler that runs twice or late
tells nobody twice.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.data import session
from core.sdk.messages import ORDER, MessageTopics, Topic, TopicGroup, Variable, Words, send_message
from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import N_
from plugins.group_buy.domain import Standing
from plugins.group_buy.models import Group, Seat
from plugins.group_buy.queries.activities import ActivityView, sold_product
from plugins.group_buy.queries.groups import GroupView, group_by_id

GROUP = (
    *ORDER,
    Variable(name="group_title", label=N_("Name of the group-buy"), example=N_("Autumn oolong, group of 3")),
    Variable(
        name="group_link",
        label=N_("Page of the group"),
        kind="link",
        example="/x/group-buy/groups/7kq2m9xw4tzd",
    ),
    Variable(name="size", label=N_("Seats in all"), kind="number", example=3),
    Variable(name="seats_left", label=N_("Seats left"), kind="number", example=2),
    Variable(name="deadline", label=N_("End of the group"), kind="time", example="2026-08-06T12:00:00+00:00"),
)

STARTED = Topic(
    key="group_buy.started",
    label=N_("Group started"),
    help=N_("Sent to the leader when the first seat is paid."),
    group="group_buy",
    waits=False,
    variables=GROUP,
    words={
        "email": Words(
            subject=N_("Your group has begun: {{seats_left}} seats to go"),
            body=N_(
                "Hello,\n\nyour group {{group_title}} has begun. {{seats_left}} more people have to join until "
                "{{deadline}}; if they do not, the money goes back by itself.\n\n"
                "Share this page with them: {{group_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: your group has begun, {{seats_left}} seats to go until {{deadline}}. Share: {{group_link}}"
            )
        ),
    },
)

ONE_LEFT = Topic(
    key="group_buy.one_seat_left",
    label=N_("One seat left"),
    help=N_("Sent to the members when a single seat of their group is still to be paid."),
    group="group_buy",
    waits=False,
    on=("email",),
    variables=GROUP,
    words={
        "email": Words(
            subject=N_("One seat left in your group"),
            body=N_(
                "Hello,\n\nonly one seat is left in your group {{group_title}}. It ends {{deadline}}.\n\n"
                "Bring one more person: {{group_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: one seat is left in your group, until {{deadline}}. {{group_link}}")
        ),
    },
)

SUCCEEDED = Topic(
    key="group_buy.succeeded",
    label=N_("Group succeeded"),
    help=N_("Sent to every member when the last seat is paid."),
    group="group_buy",
    variables=GROUP,
    words={
        "email": Words(
            subject=N_("Your group is complete"),
            body=N_(
                "Hello,\n\nall {{size}} seats of {{group_title}} are paid. "
                "Your order {{order_number}} is being prepared.\n\n"
                "See how it stands: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: your group is complete, order {{order_number}} is being prepared. {{order_link}}"
            )
        ),
    },
)

FAILED = Topic(
    key="group_buy.failed",
    label=N_("Group failed, money goes back"),
    help=N_("Sent to every member who had paid when a group ends without being complete."),
    group="group_buy",
    variables=GROUP,
    words={
        "email": Words(
            subject=N_("Your group was not complete: the money goes back"),
            body=N_(
                "Hello,\n\nthe group {{group_title}} was not complete in time, so order {{order_number}} is cancelled. "
                "{{order_total}} goes back the way it was paid; you need not do anything.\n\n"
                "Details: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: your group was not complete. {{order_total}} of order {{order_number}} goes back. "
                "{{order_link}}"
            )
        ),
    },
)

_AMOUNT = Variable(name="amount", label=N_("What goes back"), kind="money", example=1_000)

PRICE_FELL = Topic(
    key="group_buy.price_fell",
    label=N_("Group grew, the difference goes back"),
    help=N_("Sent to members of a tiered group who paid more than its final price."),
    group="group_buy",
    variables=(*GROUP, _AMOUNT),
    words={
        "email": Words(
            subject=N_("{{amount}} goes back: your group grew"),
            body=N_(
                "Hello,\n\nyour group {{group_title}} grew to a lower price. {{amount}} of order {{order_number}} goes back "
                "the way it was paid; you need not do anything.\n\nSee how it stands: {{order_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: your group grew, {{amount}} of order {{order_number}} goes back. {{order_link}}"
            )
        ),
    },
)

DRAWN = Topic(
    key="group_buy.drawn",
    label=N_("Draw: drawn"),
    help=N_("Sent to members of a lottery group who get the goods."),
    group="group_buy",
    variables=GROUP,
    words={
        "email": Words(
            subject=N_("You were drawn: your order is being prepared"),
            body=N_(
                "Hello,\n\nthe draw of {{group_title}} has been made and you get the goods. Your order {{order_number}} is "
                "being prepared.\n\nThe draw, step by step: {{group_link}}/draw\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: you were drawn, order {{order_number}} is being prepared. {{group_link}}/draw"
            )
        ),
    },
)

NOT_DRAWN = Topic(
    key="group_buy.not_drawn",
    label=N_("Draw: not drawn, money goes back"),
    help=N_("Sent to members of a lottery group who do not get the goods."),
    group="group_buy",
    variables=GROUP,
    words={
        "email": Words(
            subject=N_("The draw went to others: the money goes back"),
            body=N_(
                "Hello,\n\nthe draw of {{group_title}} has been made, and this time it went to others. {{order_total}} of "
                "order {{order_number}} goes back the way it was paid; you need not do anything.\n\n"
                "The draw, step by step: {{group_link}}/draw\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_(
                "{{shop_name}}: the draw went to others, {{order_total}} of order {{order_number}} goes back. "
                "{{group_link}}/draw"
            )
        ),
    },
)

NOTE = Topic(
    key="group_buy.note",
    label=N_("A word from the shop"),
    help=N_("Sent to the paid members of a group when you write to them on its page."),
    group="group_buy",
    variables=(
        *GROUP,
        Variable(
            name="note",
            label=N_("What you say to the members"),
            example=N_("One more friend, and the parcels go out today!"),
        ),
    ),
    words={
        "email": Words(
            subject=N_("About your group {{group_title}}"),
            body=N_(
                "Hello,\n\n{{note}}\n\nYour group: {{group_link}}\nYour order {{order_number}}: {{order_link}}\n\n"
                "{{shop_name}}"
            ),
        ),
        "sms": Words(body=N_("{{shop_name}}: {{note}} {{group_link}}")),
    },
)

PIECES_ARE_BACK = Topic(
    key="group_buy.pieces_are_back",
    label=N_("Pieces at the group price are back"),
    help=N_(
        "Sent, in the order of asking, to those who asked on a product that was sold out at the group price."
    ),
    group="group_buy",
    variables=(
        Variable(
            name="group_title", label=N_("Name of the group-buy"), example=N_("Autumn oolong, group of 3")
        ),
        Variable(
            name="product_link",
            label=N_("Page of the product"),
            kind="link",
            example="/products/autumn-oolong",
        ),
    ),
    words={
        "email": Words(
            subject=N_("{{group_title}} can be had again"),
            body=N_(
                "Hello,\n\nyou asked us to tell you: there are pieces of {{group_title}} at the group price again. They are "
                "not kept; whoever comes first has them.\n\n{{product_link}}\n\n{{shop_name}}"
            ),
        ),
        "sms": Words(
            body=N_("{{shop_name}}: {{group_title}} can be had at the group price again. {{product_link}}")
        ),
    },
)

TOPICS = MessageTopics(
    groups=(
        TopicGroup(
            key="group_buy", label=N_("Group-buys"), help=N_("How the groups stand that you are a member of.")
        ),
    ),
    topics=(STARTED, ONE_LEFT, SUCCEEDED, FAILED, PRICE_FELL, DRAWN, NOT_DRAWN, NOTE, PIECES_ARE_BACK),
)


def tell_progress(order_id: UUID) -> None:
    """A seat was paid: the group may have begun, or one seat may be all that is left."""
    group_id = session().scalars(select(Seat.group_id).where(Seat.order_id == order_id)).first()
    group = group_by_id(group_id) if group_id is not None else None
    if group is None or group.standing is not Standing.FORMING:
        return
    paid = [seat for seat in group.seats if seat.state == "paid" and seat.customer_id and seat.order_id]
    for seat in paid:
        about = _facts(group, seat.order_id)
        if seat.leader:
            _tell(STARTED, seat.customer_id, about, str(group.id))
        if group.size - group.paid == 1 and group.size > 2:
            _tell(ONE_LEFT, seat.customer_id, about, f"{group.id}:{seat.customer_id}")


def tell_end(pool_id: UUID, order_ids: Iterable[UUID], topic: Topic) -> None:
    """A group is over, and these orders were in it."""
    group_id = session().scalars(select(Group.id).where(Group.pool_id == pool_id)).first()
    group = group_by_id(group_id) if group_id is not None else None
    # A lottery group that is complete waits for its draw, of which its members hear a moment later.
    if group is None or (topic is SUCCEEDED and group.rules.of_kind.draws):
        return
    seats = session().execute(
        select(Seat.order_id, Seat.customer_id).where(Seat.order_id.in_(list(order_ids)))
    )
    for order_id, customer_id in seats:
        _tell(topic, customer_id, _facts(group, order_id), str(order_id))


def tell_falling(group_id: UUID, order_id: UUID, customer_id: UUID, minor: int) -> None:
    """A member's price fell: so much goes back."""
    group = group_by_id(group_id)
    if group is not None:
        amount = Money(minor, current_scope().currency)
        _tell(PRICE_FELL, customer_id, {**_facts(group, order_id), "amount": amount}, str(order_id))


def tell_draw(group_id: UUID, order_id: UUID, customer_id: UUID, *, won: bool) -> None:
    """A member was drawn, or not."""
    group = group_by_id(group_id)
    if group is not None:
        _tell(DRAWN if won else NOT_DRAWN, customer_id, _facts(group, order_id), str(order_id))


def tell_note(group_id: UUID, note_id: UUID, words: str, members: Iterable[tuple[UUID, UUID]]) -> None:
    """The shop has something to say to these (order, customer) pairs."""
    group = group_by_id(group_id)
    for order_id, customer_id in members if group is not None else ():
        assert group is not None
        about = {**_facts(group, order_id), "note": words}
        _tell(NOTE, customer_id, about, f"{note_id}:{order_id}")


def tell_pieces_are_back(activity: ActivityView, customer_id: UUID, key: str) -> None:
    """There are pieces of an activity again for somebody who asked."""
    product = sold_product(activity.product_id)
    if product is not None:
        about = {"group_title": activity.title, "product_link": f"/products/{product.handle}"}
        _tell(PIECES_ARE_BACK, customer_id, about, key)


def _tell(topic: Topic, customer_id: UUID | None, about: dict[str, Any], key: str) -> None:
    send_message(topic=topic.key, customer_id=customer_id, about=about, dedupe_key=key)


def _facts(group: GroupView, order_id: UUID | None) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "group_title": group.terms.get("title", ""),
        "group_link": f"/x/group-buy/groups/{group.code}",
        "size": group.size,
        "seats_left": group.size - group.paid,
        "deadline": group.deadline,
    }
