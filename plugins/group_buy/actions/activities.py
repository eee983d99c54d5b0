"""What a merchant does with an activity: write it down, publish, pause, end; what counts is checked under a lock."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select

from core.sdk.campaigns import margin_warnings, refuse_losses
from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import EditConflict, InputRefused, NotFound
from core.sdk.jobs import defer, job_types
from core.sdk.reservations import limit_pools
from core.sdk.shop import bump_epoch, current_scope
from core.sdk.tables import POOL, PRODUCT
from core.sdk.words import shown_moment
from plugins.group_buy.actions.waiting import tell_waiting
from plugins.group_buy.domain import Plan, overlap, plan_problems, stage
from plugins.group_buy.domain.kinds import Ladder
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.errors import error_for, refused
from plugins.group_buy.models import Activity, ActivityPrice, Group
from plugins.group_buy.pools import ADDRESS, CUSTOMER, DAY, OWNER, PAYER, STOCK
from plugins.group_buy.pools import PRODUCT as PRODUCT_PIECES
from plugins.group_buy.queries.activities import sold_product
from plugins.group_buy.queries.groups import POOL_OF_GROUP


@command("group_buy.manage")
def save_activity(
    *, product_id: UUID, plan: Plan, activity_id: UUID | None = None, version: int | None = None
) -> UUID:
    """Write an activity down; a new one is a draft. Returns its id.

    A published activity is checked as for publishing, and gets a new version: groups that are open keep the terms they
    were opened with. Limit and stock count over the whole activity, so their new numbers hold for every order from now
    on; nothing that is held already is taken away. `version` is the one that was being edited.
    Raises NotFound, InputRefused (by field), EditConflict, already_closed, overlapping.
    """
    _check(product_id, plan)
    row = _locked(activity_id) if activity_id else _draft(product_id, plan)
    if activity_id:
        if row.product_id != product_id:
            raise NotFound
        if version is not None and row.version != version:
            raise EditConflict
        if stage(row.state, row.starts_at, row.ends_at, now()) in ("ended", "closed"):
            raise refused("already_closed")
        row.version += 1
        _write(row, plan)
    if row.state in ("published", "paused"):
        _refuse_overlap(row)
        _set_limits(row)
        bump_epoch()
    _write_prices(row.id, plan)
    session().flush()
    if row.state == "published":
        refuse_losses(margin_warnings(_lowest_prices(row)))
        tell_waiting(row.id)
    return row.id


def _check(product_id: UUID, plan: Plan) -> None:
    product = sold_product(product_id)
    if product is None:
        raise NotFound
    problems = plan_problems(plan, product.alone)
    if problems:
        raise InputRefused({name: [error_for(found).text] for name, found in problems.items()})


def _draft(product_id: UUID, plan: Plan) -> Activity:
    row = Activity(id=new_id(), product_id=product_id, state="draft")
    _write(row, plan)
    session().add(row)
    session().flush()
    return row


def _write(row: Activity, plan: Plan) -> None:
    row.title = plan.title
    row.size = plan.size
    row.window_minutes = int(plan.window.total_seconds() // 60)
    row.starts_at, row.ends_at, row.hard_end_at = plan.starts_at, plan.ends_at, plan.hard_end_at
    row.limit_per_customer, row.stock_cap = plan.limit_per_customer, plan.stock_cap
    row.rules = plan.rules.as_json()


def _write_prices(activity_id: UUID, plan: Plan) -> None:
    session().execute(
        delete(ActivityPrice).where(
            ActivityPrice.shop_id == current_scope().shop_id, ActivityPrice.activity_id == activity_id
        )
    )
    for variant_id, price in plan.prices.items():
        steps = plan.ladders[variant_id].as_json() if variant_id in plan.ladders else []
        session().add(
            ActivityPrice(activity_id=activity_id, variant_id=variant_id, price_minor=price, steps=steps)
        )


def _locked(activity_id: UUID) -> Activity:
    statement = select(Activity).where(Activity.id == activity_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def _set_limits(row: Activity) -> None:
    limit_pools(owner=OWNER, kind=CUSTOMER, subject_prefix=f"{row.id}:", capacity=row.limit_per_customer)
    limit_pools(owner=OWNER, kind=STOCK, subject_prefix=str(row.id), capacity=row.stock_cap)
    rules = Rules.from_json(row.rules)
    for kind, limit in ((DAY, rules.per_day), (ADDRESS, rules.per_address), (PAYER, rules.per_payer)):
        limit_pools(owner=OWNER, kind=kind, subject_prefix=f"{row.id}:", capacity=limit)
    # Of the product's activities one runs at a time, and its limit counts what was bought in all of them.
    limit_pools(
        owner=OWNER, kind=PRODUCT_PIECES, subject_prefix=f"{row.product_id}:", capacity=rules.per_product
    )


def _refuse_overlap(row: Activity) -> None:
    """Two activities of one product never run at the same time; the product's row is what publishers wait for."""
    session().execute(
        select(PRODUCT.c.id)
        .where(PRODUCT.c.shop_id == current_scope().shop_id, PRODUCT.c.id == row.product_id)
        .with_for_update(key_share=True)
    )
    others = session().scalars(
        select(Activity)
        .where(
            Activity.product_id == row.product_id,
            Activity.id != row.id,
            Activity.state.in_(("published", "paused")),
        )
        .order_by(Activity.starts_at)
        .execution_options(populate_existing=True)
    )
    for other in others:
        if overlap((row.starts_at, row.ends_at), (other.starts_at, other.ends_at)):
            period = {"from": shown_moment(other.starts_at), "until": shown_moment(other.ends_at)}
            raise refused("overlapping", other=other.title, **period)


@command("group_buy.manage")
def publish_activity(*, activity_id: UUID) -> None:
    """Let buyers start groups from its beginning on; also the way back from a pause.

    Raises NotFound, not_publishable, already_closed, InputRefused (a price is not below today's), overlapping,
    SoldAtALoss (the shop wants a margin).
    """
    row = _locked(activity_id)
    if row.state not in ("draft", "paused"):
        raise refused("not_publishable")
    if now() >= row.ends_at:
        raise refused("already_closed")
    _check(row.product_id, _plan_of(row))
    _refuse_overlap(row)
    refuse_losses(margin_warnings(_lowest_prices(row)))
    row.state = "published"
    _set_limits(row)
    bump_epoch()


def _lowest_prices(row: Activity) -> dict[UUID, int]:
    """What a piece of each variant costs at the least: the last step of its ladder."""
    plan = _plan_of(row)
    return {variant: plan.ladder(variant).top.price for variant in plan.prices}


def _plan_of(row: Activity) -> Plan:
    prices = session().scalars(select(ActivityPrice).where(ActivityPrice.activity_id == row.id)).all()
    return Plan(
        title=row.title,
        size=row.size,
        window=timedelta(minutes=row.window_minutes),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        hard_end_at=row.hard_end_at,
        limit_per_customer=row.limit_per_customer,
        stock_cap=row.stock_cap,
        prices={price.variant_id: price.price_minor for price in prices},
        ladders={price.variant_id: Ladder.from_json(price.steps) for price in prices if price.steps},
        rules=Rules.from_json(row.rules),
    )


@command("group_buy.manage")
def pause_activity(*, activity_id: UUID) -> None:
    """Let nobody start a new group for now; open groups go on and can be joined. Raises NotFound, already_closed."""
    row = _locked(activity_id)
    if row.state != "published":
        raise refused("already_closed")
    row.state = "paused"
    bump_epoch()


@command("group_buy.manage")
def close_activity(*, activity_id: UUID, groups: Literal["finish", "refund", "complete"]) -> int:
    """End an activity for good; returns how many groups were open.

    "finish" lets open groups fill or run out of time; "refund" ends each of them and sends every payment back; "complete"
    declares those successful that have as many paid seats as the shop's settings ask for, the others go on. One group
    after the other, by jobs. Raises NotFound, already_closed.
    """
    row = _locked(activity_id)
    if row.state == "closed":
        raise refused("already_closed")
    row.state = "closed"
    bump_epoch()
    open_ids = (
        session()
        .scalars(
            select(Group.id)
            .join(POOL, POOL_OF_GROUP)
            .where(Group.activity_id == activity_id, POOL.c.closed_as.is_(None))
            .order_by(Group.id)
        )
        .all()
    )
    job = {"refund": "group_buy.end_group", "complete": "group_buy.complete_group"}.get(groups)
    if job is not None:
        for group_id in open_ids:
            defer(job_types()[job], group_id=str(group_id))
    return len(open_ids)


@command("group_buy.manage")
def delete_draft(*, activity_id: UUID) -> None:
    """Throw a draft away; anything that was ever published stays. Raises NotFound, already_closed."""
    row = _locked(activity_id)
    if row.state != "draft":
        raise refused("already_closed")
    session().delete(row)
