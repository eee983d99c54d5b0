"""Starting and joining: a checkout for the goods, a seat while it is open, and what its order claims."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.checkout import BasketLine, Claim, HoldDraft, OrderClaimed, start_checkout
from core.sdk.clock import now
from core.sdk.commands import command, current_actor
from core.sdk.data import new_code, new_id, session
from core.sdk.errors import InputRefused, NotFound, PoolExhausted
from core.sdk.reservations import Holder, NewPool, Want, ensure_pools, release, reservations_in, reserve
from core.sdk.shop import current_scope
from core.sdk.tables import CHECKOUT, VARIANT
from core.sdk.values import CustomerFacts, PriceInput, PriceLine, Reason
from core.sdk.words import N_, _
from plugins.group_buy.actions.holding import (
    count_unpaid,
    release_unpaid,
    seat_time,
    take_over_unpaid,
    unpaid_pools,
)
from plugins.group_buy.actions.prizes import set_aside
from plugins.group_buy.domain import Offer, objection_to, offers
from plugins.group_buy.domain.draws import commitment
from plugins.group_buy.domain.kinds import Ladder
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.errors import GroupBuyError, error_for, refused
from plugins.group_buy.models import Activity, ActivityPrice, Draw, Group, Seat
from plugins.group_buy.pools import (
    address_pool,
    customer_pool,
    day_pool,
    draw_pool,
    member_pool,
    newcomer_pool,
    payer_pool,
    product_pool,
    seat_pool,
    shop_day,
    stock_pool,
)
from plugins.group_buy.queries.facts import Mark, price_facts
from plugins.group_buy.queries.groups import group_row

MOST_PIECES = 999


def _buyer() -> UUID:
    """The customer who acts; a seat belongs to an account."""
    actor = current_actor()
    if actor.kind != "customer" or actor.id is None:
        raise refused("login_needed")
    return actor.id


@command("buyer")
def start_group(*, activity_id: UUID, variant_id: UUID, quantity: int) -> str:
    """Open a checkout for a new group and return its code; nothing is kept yet, the group begins when it is paid.

    Raises login_needed, unavailable, not_offered, over, paused, limit, one_each, sold_out….
    """
    customer_id = _buyer()
    line = _line(variant_id, quantity, Mark(activity_id, None))
    _checked_offer(line, customer_id)
    return start_checkout(lines=[line], token=new_code(32), customer_id=customer_id)


def join_group(*, code: str, quantity: int, device: str = "") -> str:
    """Keep a seat of a group for the time of a checkout, and return the checkout's code.

    `device` is where it is asked from, a network address; only its fingerprint is kept. A second click finds the
    checkout that already keeps the seat. A buyer keeps one unpaid seat of an activity: joining another group, or with
    another quantity, gives the earlier one back.
    Raises NotFound, login_needed, already_in, group_full, group_closed, too_many_held, limit, sold_out….
    """
    try:
        return _join(code=code, quantity=quantity, device=device)
    except GroupBuyError as error:
        if error.code != "group_buy.already_in":
            raise
    # Two clicks at once: the other one has the seat, and its checkout is found now.
    return _join(code=code, quantity=quantity, device=device)


@command("buyer")
def _join(*, code: str, quantity: int, device: str) -> str:
    customer_id = _buyer()
    group = group_row(code)
    if group is None:
        raise NotFound
    line = _line(group.variant_id, quantity, Mark(group.activity_id, group.id))
    _checked_offer(line, customer_id)
    until = now() + seat_time()
    for kept in _kept_seats(group.activity_id, customer_id):
        same = kept.group == str(group.id)
        if same and kept.quantity == quantity:
            return str(kept.code)
        release(holder=Holder("checkout", kept.id))
        release_unpaid("checkout", kept.id)
        # Asking again does not keep the same seat for longer.
        until = kept.held_until if same else until
    checkout = start_checkout(lines=[line], token=new_code(32), customer_id=customer_id, held_until=until)
    checkout_id = _checkout_id(checkout)
    _keep_seat(group, line, customer_id, checkout_id, until)
    count_unpaid(Holder("checkout", checkout_id), unpaid_pools(customer_id, device), until=until)
    return checkout


def rules_of(group: Group) -> Rules:
    """The rules that a group was opened with."""
    return Rules.from_json(group.terms.get("rules", {}))


def _line(variant_id: UUID, quantity: int, mark: Mark) -> BasketLine:
    if not 1 <= quantity <= MOST_PIECES:
        raise InputRefused({"quantity": [_("Choose 1 to %(most)s pieces.", most=MOST_PIECES)]})
    return BasketLine(str(new_id()), variant_id, quantity, {"group_buy": mark.as_json()})


def _checked_offer(line: BasketLine, customer_id: UUID) -> None:
    """Refuse now what the checkout would refuse anyway, so that nobody fills in a form for nothing."""
    row = (
        session()
        .execute(
            select(VARIANT.c.product_id, VARIANT.c.price_minor).where(
                VARIANT.c.shop_id == current_scope().shop_id, VARIANT.c.id == line.variant_id
            )
        )
        .first()
    )
    if row is None:
        raise refused("unavailable")
    asked = PriceInput(
        currency=current_scope().currency,
        moment=now(),
        lines=(_price_line(line, row),),
        customer=CustomerFacts(customer_id=customer_id),
    )
    found = price_facts(asked).get("lines", {}).get(line.key)
    objection = objection_to(
        Offer.from_json(found) if found else None, quantity=line.quantity, moment=asked.moment
    )
    if objection:
        raise error_for(objection)


def _price_line(line: BasketLine, row: Any) -> PriceLine:
    return PriceLine(
        key=line.key,
        product_id=row.product_id,
        variant_id=line.variant_id,
        sku="",
        title="",
        quantity=line.quantity,
        unit_price=row.price_minor,
        marks=line.marks,
    )


def _kept_seats(activity_id: UUID, customer_id: UUID) -> Sequence[Any]:
    """The buyer's open checkouts that keep a seat in a group of this activity."""
    held = reservations_in([customer_pool(activity_id, customer_id, None).id])
    checkouts = [one.holder_id for one in held if one.holder_kind == "checkout" and one.state == "held"]
    if not checkouts:
        return ()
    line = CHECKOUT.c.lines[0]
    statement = select(
        CHECKOUT.c.id,
        CHECKOUT.c.code,
        CHECKOUT.c.held_until,
        line["quantity"].as_integer().label("quantity"),
        line["marks"]["group_buy"]["group"].as_string().label("group"),
    ).where(CHECKOUT.c.shop_id == current_scope().shop_id, CHECKOUT.c.id.in_(checkouts))
    return session().execute(statement).all()


def _checkout_id(code: str) -> UUID:
    statement = select(CHECKOUT.c.id).where(
        CHECKOUT.c.shop_id == current_scope().shop_id, CHECKOUT.c.code == code
    )
    found: UUID = session().scalars(statement).one()
    return found


def _keep_seat(group: Group, line: BasketLine, customer_id: UUID, checkout_id: UUID, until: datetime) -> None:
    """Reserve for the checkout what its order will claim: the order takes it over, whoever comes in between."""
    limit = (
        session().scalars(select(Activity.limit_per_customer).where(Activity.id == group.activity_id)).one()
    )
    seat, member = seat_pool(group.id), member_pool(group.id, customer_id)
    pieces = customer_pool(group.activity_id, customer_id, limit)
    wants = [Want(seat.id, 1), Want(member.id, 1), Want(pieces.id, line.quantity)]
    reasons = {member.id: "already_in", pieces.id: "used_up", seat.id: "group_full"}
    pools = [member, pieces]
    if rules_of(group).of_kind.newcomers:
        newcomer = newcomer_pool(customer_id)
        pools, reasons[newcomer.id] = [*pools, newcomer], "one_as_newcomer"
        wants.append(Want(newcomer.id, 1))
    ensure_pools(pools)
    try:
        reserve(holder=Holder("checkout", checkout_id), wants=wants, expires_at=until)
    except PoolExhausted as error:
        raise refused(next(why for pool, why in reasons.items() if pool in error.pools)) from error


def claim_for(order: OrderClaimed) -> Claim | None:
    """What the order of a marked basket needs: a seat, the right to one seat, and pieces within every limit.

    Runs in the place-order transaction; `check_cart` has agreed to these very facts just before.
    """
    found = offers(order.price_input)
    line = next((line for line in order.price_input.lines if line.key in found), None)
    if line is None or order.customer_id is None:
        return None
    offer = found[line.key]
    group_id = UUID(offer.group.id) if offer.group else _open_group(order, line, offer)
    group = session().scalars(select(Group).where(Group.id == group_id)).one()
    rules = rules_of(group)
    ticket = new_code(12) if rules.of_kind.draws else ""
    session().add(
        Seat(group_id=group_id, order_id=order.order_id, customer_id=order.customer_id, ticket=ticket)
    )
    session().flush()
    take_over_unpaid(order.checkout_id, order.order_id, order.customer_id)
    seat = seat_pool(group_id)
    places = [(member_pool(group_id, order.customer_id), "already_in"), *_places(order, group, rules, offer)]
    pieces = pieces_of(order, offer, rules, line.product_id)
    draws = rules.of_kind.draws
    return Claim(
        wants=(
            Want(seat.id, 1),
            *(Want(pool.id, 1) for pool, _reason in places),
            *(Want(pool.id, line.quantity) for pool, _reason in pieces),
        ),
        new_pools=tuple(pool for pool, _reason in (*places, *pieces)),
        holds=(hold_on(seat.id, offer.size), *((hold_for_draw(group),) if draws else ())),
        marks=_marks(offer, group, line, newcomer=rules.of_kind.newcomers and offer.group is not None),
        pay_within=seat_time() if offer.group else None,
        # The goods of a draw are kept by its group until somebody has won them.
        set_aside=frozenset({line.key} if draws else ()),
        exhausted={
            seat.id: refused("group_full").text,
            **{pool.id: _no_more(reason, pool.capacity) for pool, reason in (*places, *pieces)},
        },
    )


def _marks(offer: Offer, group: Group, line: PriceLine, *, newcomer: bool) -> dict[str, Any]:
    return {
        "activity": offer.activity,
        "group": str(group.id),
        "variant": str(line.variant_id),
        "price": offer.price,
        "first": group.price_minor,
        "size": offer.size,
        "newcomer": newcomer,
        # Data for whoever pays commissions: such orders earn some, or none.
        "commission": rules_of(group).commission,
    }


def _places(order: OrderClaimed, group: Group, rules: Rules, offer: Offer) -> list[tuple[NewPool, str]]:
    """What an order takes one unit of, besides its seat."""
    places = []
    if rules.of_kind.newcomers and offer.group and order.customer_id:
        places.append((newcomer_pool(order.customer_id), "one_as_newcomer"))
    if rules.of_kind.draws:
        places.append((pool_of_draw(group), "group_full"))
    return places


def pieces_of(order: OrderClaimed, offer: Offer, rules: Rules, product_id: UUID) -> list[tuple[NewPool, str]]:
    """What an order takes its pieces of; every limit is one pool, so that they are all decided by one statement."""
    assert order.customer_id is not None
    activity_id, who = UUID(offer.activity), order.customer_id
    found: list[tuple[NewPool | None, str]] = [
        (customer_pool(activity_id, who, offer.limit), "used_up"),
        (product_pool(product_id, who, rules.per_product), "limit_product"),
    ]
    if not rules.of_kind.draws:
        found.append((stock_pool(activity_id, offer.cap), "sold_out"))
    if rules.per_day is not None:
        found.append((day_pool(activity_id, who, shop_day(now()), rules.per_day), "limit_day"))
    if rules.per_address is not None:
        found.append((address_pool(activity_id, order.address, rules.per_address), "limit_address"))
    if rules.per_payer is not None:
        found.append((payer_pool(activity_id, order.contact, rules.per_payer), "limit_payer"))
    return [(pool, reason) for pool, reason in found if pool is not None]


def _no_more(reason: str, most: int | None) -> str:
    text: str = refused(reason, limit=most, left=0).text
    return text


def pool_of_draw(group: Group) -> NewPool:
    """The pool that keeps a lottery group's orders until the draw."""
    return draw_pool(group.id, group.size, timedelta(minutes=int(group.terms["window_minutes"])))


def hold_for_draw(group: Group) -> HoldDraft:
    """What keeps the orders of a complete lottery group from shipping until the draw."""
    reason = Reason(N_("Draw"))
    return HoldDraft(pool_id=pool_of_draw(group).id, plugin="group_buy", reason=reason.as_json())


def hold_on(pool_id: UUID, size: int) -> HoldDraft:
    """What keeps a paid order from shipping until its group is complete; timelines begin with its name."""
    reason = Reason(N_("Group of %(size)s"), {"size": size})
    return HoldDraft(pool_id=pool_id, plugin="group_buy", reason=reason.as_json())


def _open_group(order: OrderClaimed, line: PriceLine, offer: Offer) -> UUID:
    activity = session().scalars(select(Activity).where(Activity.id == UUID(offer.activity))).one()
    if activity.version != offer.version:
        raise refused("changed")
    assert order.customer_id is not None
    return open_group(activity, variant_id=line.variant_id, leader_id=order.customer_id)


def open_group(activity: Activity, *, variant_id: UUID, leader_id: UUID) -> UUID:
    """Write a group with today's terms and its pool of seats; it begins with the first payment.

    A lottery group gets its seed now, before anybody has an entry; only the seed's fingerprint is shown.
    """
    group_id = new_id()
    price = _price_of(activity.id, variant_id)
    ladder = Ladder.from_json(price.steps) if price.steps else Ladder.of(activity.size, price.price_minor)
    rules = Rules.from_json(activity.rules)
    pool = seat_pool(
        group_id,
        size=activity.size,
        window_seconds=activity.window_minutes * 60,
        hard_deadline=activity.hard_end_at,
        least=ladder.least,
    )
    ensure_pools([pool])
    group = Group(
        id=group_id,
        code=new_code(),
        activity_id=activity.id,
        activity_version=activity.version,
        variant_id=variant_id,
        size=activity.size,
        price_minor=price.price_minor,
        steps=price.steps,
        terms={
            "title": activity.title,
            "window_minutes": activity.window_minutes,
            "hard_end_at": activity.hard_end_at.isoformat(),
            "rules": activity.rules,
        },
        pool_id=pool.id,
        leader_id=leader_id,
    )
    session().add(group)
    session().flush()
    if rules.of_kind.draws:
        _commit_to_draw(group_id, rules.winners)
        set_aside(group, cap=activity.stock_cap)
    return group_id


def _price_of(activity_id: UUID, variant_id: UUID) -> ActivityPrice:
    statement = select(ActivityPrice).where(
        ActivityPrice.activity_id == activity_id, ActivityPrice.variant_id == variant_id
    )
    return session().scalars(statement).one()


def _commit_to_draw(group_id: UUID, winners: int) -> None:
    seed = secrets.token_hex(32)
    session().add(Draw(group_id=group_id, seed=seed, commitment=commitment(seed), winners=winners))
    session().flush()
