"""What buyers' programs may read and do of group-buy: open a group, join one, see how it stands, leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.sdk.commands import current_actor
from core.sdk.storefront import network_address
from core.sdk.words import N_
from plugins.group_buy.actions.buying import join_group, start_group
from plugins.group_buy.actions.groups import leave_group
from plugins.group_buy.queries.activities import ActivityView, activity, running_activities
from plugins.group_buy.queries.groups import GroupView, OpenGroup, group_by_code, open_groups

_MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class GroupPrice:
    """What a piece of a variant costs in a complete group."""

    variant_id: UUID
    price_minor: int


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """An activity in which groups can be opened or joined now.

    Args:
        size: how many members a group has.
        window_minutes: how long a group has from its first payment on.
        ends_at: until when groups can be opened.
        limit_per_customer: pieces that one customer can have, null for as many as they like.
    """

    id: UUID
    product_id: UUID
    title: str
    size: int
    window_minutes: int
    ends_at: datetime
    limit_per_customer: int | None
    prices: tuple[GroupPrice, ...]


@dataclass(frozen=True, slots=True)
class JoinableGroup:
    """A group with a free seat: `left` of `size` are free until `deadline`; the leader's name is masked."""

    code: str
    variant_id: UUID
    leader: str
    size: int
    left: int
    missing: int
    deadline: datetime
    price_minor: int


@dataclass(frozen=True, slots=True)
class Member:
    """A seat: paid, reserved (by somebody who is paying) or free; names are masked."""

    state: str
    name: str
    leader: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """How a group stands: waiting (its opener has not paid), forming, succeeded, failed or abandoned.

    Args:
        missing: how many still have to pay until it succeeds.
        mine: whether the customer who asks has a seat.
    """

    code: str
    activity_id: UUID
    variant_id: UUID
    standing: str
    size: int
    paid: int
    left: int
    missing: int
    price_minor: int
    deadline: datetime | None
    mine: bool
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class GroupCheckout:
    """The checkout in which the seat is paid; its code names it in `/checkouts/{code}`."""

    code: str


def list_offers(*, page: PageAsked, product_id: UUID | None = None) -> ApiPage[GroupOffer]:
    """Activities in which groups can be opened now, the one that ends first before the others.

    Args:
        product_id: only that product's.
    """
    before = int(page.after) if page.after.isascii() and page.after.isdigit() and len(page.after) < 7 else 0
    products = None if product_id is None else [product_id]
    found = running_activities(products, limit=page.size + 1, offset=before)
    more = str(before + page.size) if len(found) > page.size else ""
    return ApiPage([_offer(one) for one in found[: page.size]], more)


def _offer(one: ActivityView) -> GroupOffer:
    return GroupOffer(
        id=one.id,
        product_id=one.product_id,
        title=one.title,
        size=one.size,
        window_minutes=int(one.window.total_seconds()) // 60,
        ends_at=one.ends_at,
        limit_per_customer=one.limit_per_customer,
        prices=_prices(one.prices),
    )


def _prices(prices: Mapping[UUID, int]) -> tuple[GroupPrice, ...]:
    return tuple(GroupPrice(variant, price) for variant, price in prices.items())


def one_offer(*, activity_id: UUID) -> GroupOffer | None:
    """An activity; one that has ended may have groups that can still be joined."""
    found = activity(activity_id)
    return _offer(found) if found and found.stage != "draft" else None


def list_groups(*, activity_id: UUID, variant_id: UUID | None = None) -> list[JoinableGroup]:
    """Groups of an activity with a free seat, those that lack fewest members first.

    Args:
        variant_id: only those for this variant.
    """
    viewer = _viewer()
    found = open_groups(
        activity_ids=[activity_id], variant_id=variant_id, without_customer=viewer, limit=_MOST_GROUPS
    )
    return [_joinable(one) for one in found]


def _joinable(one: OpenGroup) -> JoinableGroup:
    return JoinableGroup(**{name: getattr(one, name) for name in JoinableGroup.__slots__})


def one_group(*, code: str) -> GroupStanding | None:
    """A group with its seats."""
    found = group_by_code(code, viewer_id=_viewer())
    return _standing(found) if found else None


def _standing(one: GroupView) -> GroupStanding:
    members = tuple(Member(seat.state, seat.name, seat.leader, seat.mine) for seat in one.seats)
    own = {"standing", "mine", "members", "price_minor"}
    same = {name: getattr(one, name) for name in GroupStanding.__slots__ if name not in own}
    return GroupStanding(
        **same,
        standing=one.standing.value,
        price_minor=one.step.price,
        mine=any(seat.mine for seat in members),
        members=members,
    )


def open_group(*, activity_id: UUID, variant_id: UUID, quantity: int = 1) -> GroupCheckout:
    """Open a checkout for a new group; the group begins when its order is paid."""
    return GroupCheckout(start_group(activity_id=activity_id, variant_id=variant_id, quantity=quantity))


def join(*, code: str, quantity: int = 1) -> GroupCheckout:
    """Keep a seat for the time of a checkout, and open that checkout. Asked again, the same checkout is found."""
    return GroupCheckout(join_group(code=code, quantity=quantity, device=network_address()))


def _viewer() -> UUID | None:
    actor = current_actor()
    return actor.id if actor.kind == "customer" else None


ROOM = ApiRoom(
    name="group_buy",
    title=N_("Group-buy"),
    about=N_("Groups that buy together: open one, join one, see how it stands."),
    routes=(
        Get("/activities", list_offers, "buyer"),
        Get("/activities/<uuid:activity_id>", one_offer, "buyer"),
        Get("/activities/<uuid:activity_id>/groups", list_groups, "buyer"),
        Send(
            "POST",
            "/activities/<uuid:activity_id>/groups",
            open_group,
            scope="customer",
            example={"variant_id": "01a206a3-506d-75f4-88e1-07e933aa7531", "quantity": 1},
        ),
        Get("/groups/<code>", one_group, "buyer"),
        Send("POST", "/groups/<code>/join", join, scope="customer", example={"quantity": 1}),
        Send("POST", "/groups/<code>/leave", leave_group, scope="customer"),
    ),
)
