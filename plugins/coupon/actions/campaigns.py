"""What a merchant does with a campaign: write it down, publish, pause, end; coupons that are out keep their terms."""

import re
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from core.sdk.audiences import audiences
from core.sdk.campaigns import refuse_losses
from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import EditConflict, InputRefused, NotFound
from core.sdk.reservations import limit_pools
from core.sdk.shop import bump_epoch, current_scope
from plugins.coupon.actions.issuing import remind_later
from plugins.coupon.errors import refused
from plugins.coupon.models import Campaign, CodeBatch, Instance, Template
from plugins.coupon.plans import Plan
from plugins.coupon.pools import DAY, MONEY, OWNER, USES
from plugins.coupon.queries.margins import warnings_of
from plugins.coupon.queries.wallet import coupon_rows, views_of
from plugins.coupon.terms import Kind, Terms, terms_problems

# The name of an event that gives coupons.
_EVENT = re.compile(r"[a-z][a-z0-9_]{1,59}")
_COLUMNS = tuple(name for name in Plan.__slots__ if name != "terms")


def plan_problems(plan: Plan) -> dict[str, str]:
    """What is wrong with a plan now: field → reason of an error."""
    problems = terms_problems(plan.terms, now())
    if plan.claim_from and plan.claim_to and plan.claim_to <= plan.claim_from:
        problems["claim_to"] = "bad_period"
    if plan.terms.kind is Kind.AMOUNT and (plan.budget_minor or plan.terms.value) < plan.terms.value:
        problems["budget_minor"] = "above_value_budget"
    if plan.terms.kind is Kind.RANDOM and (plan.random_total or plan.terms.least) < plan.terms.least:
        problems["random_total"] = "above_value_budget"
    if plan.way == "trigger" and not _EVENT.fullmatch(plan.trigger):
        problems["trigger"] = "no_event"
    if plan.audience and plan.audience not in {one.key for one in audiences()}:
        problems["audience"] = "not_for_you"
    return problems


@command("coupon.manage")
def save_campaign(*, plan: Plan, campaign_id: UUID | None = None, version: int | None = None) -> UUID:
    """Write a campaign down; a new one is a draft. Returns its id.

    Changed terms become a new template for coupons that are given out from now on; those that are out keep theirs.
    Limits and budgets hold at once; nothing that is given or locked already is taken away. `version` is the one that was
    being edited. Raises NotFound, InputRefused (by field), EditConflict, already_closed; and SoldAtALoss where a published
    one would sell at a loss in a shop that wants a margin.
    """
    problems = plan_problems(plan)
    if problems:
        raise InputRefused({name: [refused(reason).text] for name, reason in problems.items()})
    row = _locked(campaign_id) if campaign_id else _draft(plan)
    if plan.consolation_id is not None:
        _require_consolation(plan.consolation_id, campaign_id)
    if campaign_id:
        if version is not None and row.version != version:
            raise EditConflict
        if row.state == "closed":
            raise refused("already_closed")
        if row.state == "published":
            refuse_losses(warnings_of(plan.terms))
        _write(row, plan)
        _set_limits(row)
    _pin(row, replace(plan.terms, currency=current_scope().currency))
    bump_epoch()
    session().flush()
    return row.id


def _require_consolation(wanted: UUID, campaign_id: UUID | None) -> None:
    known = session().scalars(select(Campaign.id).where(Campaign.id == wanted)).first()
    if known is None or wanted == campaign_id:
        raise InputRefused({"consolation_id": [refused("own_consolation").text]})


def _draft(plan: Plan) -> Campaign:
    row = Campaign(id=new_id(), state="draft", issued=0, random_given=0, version=0, paused_by="")
    _write(row, plan)
    session().add(row)
    session().flush()
    return row


def _write(row: Campaign, plan: Plan) -> None:
    for name in _COLUMNS:
        value = getattr(plan, name)
        # What is out is out: a total below it closes the tap instead of breaking the count.
        if name == "total" and value is not None:
            value = max(value, row.issued)
        if name == "random_total" and value is not None:
            value = max(value, row.random_given)
        setattr(row, name, value)


def _pin(row: Campaign, terms: Terms) -> None:
    """Keep the terms as a template of their own, if they are not the ones that new coupons get anyway."""
    row.version += 1
    if row.template_id is not None and _terms(row) == terms:
        return
    template = Template(id=new_id(), campaign_id=row.id, version=row.version, terms=terms.as_json())
    session().add(template)
    session().flush()
    row.template_id = template.id


def _terms(row: Campaign) -> Terms:
    """What new coupons get."""
    return Terms.from_json(
        session().scalars(select(Template.terms).where(Template.id == row.template_id)).one()
    )


def _set_limits(row: Campaign) -> None:
    key = str(row.id)
    limit_pools(owner=OWNER, kind=MONEY, subject_prefix=key, capacity=row.budget_minor)
    limit_pools(owner=OWNER, kind=USES, subject_prefix=key, capacity=row.budget_uses)
    limit_pools(owner=OWNER, kind=DAY, subject_prefix=key, capacity=row.budget_day_minor)


def _locked(campaign_id: UUID) -> Campaign:
    statement = select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


@command("coupon.manage")
def publish_campaign(*, campaign_id: UUID) -> None:
    """Give coupons out from its beginning on; also the way back from a pause.

    Raises NotFound, not_publishable, and SoldAtALoss where the shop wants a margin.
    """
    row = _locked(campaign_id)
    if row.state not in ("draft", "paused"):
        raise refused("not_publishable")
    refuse_losses(warnings_of(_terms(row)))
    row.state, row.paused_by = "published", ""
    bump_epoch()


@command("coupon.manage")
def pause_campaign(*, campaign_id: UUID) -> None:
    """Nobody gets a coupon or uses one for now; orders that carry one go on. Raises NotFound, already_closed."""
    row = _locked(campaign_id)
    if row.state != "published":
        raise refused("already_closed")
    row.state, row.paused_by = "paused", ""
    bump_epoch()


@command("coupon.manage")
def close_campaign(*, campaign_id: UUID, revoke: bool = False) -> int:
    """End a campaign for good; with `revoke`, coupons that nobody has used or locked are taken back. Returns how many.

    Raises NotFound, already_closed.
    """
    row = _locked(campaign_id)
    if row.state == "closed":
        raise refused("already_closed")
    row.state = "closed"
    bump_epoch()
    return _revoke_all(campaign_id) if revoke else 0


def _revoke_all(campaign_id: UUID) -> int:
    open_rows = (
        select(Instance)
        .where(
            Instance.campaign_id == campaign_id,
            Instance.revoked_at.is_(None),
            Instance.given_at.is_(None),
            Instance.valid_to > now(),
        )
        .order_by(Instance.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    rows = {row.id: row for row in session().scalars(open_rows)}
    found = views_of(session().execute(coupon_rows().where(Instance.campaign_id == campaign_id)))
    count = 0
    for view in found:
        if view.id in rows and view.left == view.uses:
            rows[view.id].revoked_at = now()
            count += 1
    return count


@command("coupon.manage")
def delete_draft(*, campaign_id: UUID) -> None:
    """Throw a draft away; anything that was ever published stays. Raises NotFound, already_closed."""
    row = _locked(campaign_id)
    given = session().scalars(select(Instance.id).where(Instance.campaign_id == campaign_id)).first()
    batch = session().scalars(select(CodeBatch.id).where(CodeBatch.campaign_id == campaign_id)).first()
    if row.state != "draft" or given is not None or batch is not None:
        raise refused("already_closed")
    session().execute(
        delete(Template).where(
            Template.shop_id == current_scope().shop_id, Template.campaign_id == campaign_id
        )
    )
    session().delete(row)


@command("coupon.manage")
def revoke_coupon(*, instance_id: UUID) -> None:
    """Take a coupon back that its owner has not used. Raises NotFound, locked, not_yours (used up or gone already)."""
    statement = select(Instance).where(Instance.id == instance_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    view = next(iter(views_of(session().execute(coupon_rows().where(Instance.id == instance_id)))))
    if view.locked:
        raise refused("locked")
    if not view.left or row.revoked_at or row.given_at:
        raise refused("not_yours")
    row.revoked_at = now()


@command("coupon.manage")
def extend_coupon(*, instance_id: UUID, until: datetime) -> None:
    """Let somebody use their coupon for longer, also one that has run out. Raises NotFound, not_yours, in_the_past."""
    statement = select(Instance).where(Instance.id == instance_id).with_for_update(key_share=True)
    row = session().scalars(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    if row.revoked_at or row.given_at:
        raise refused("not_yours")
    if until <= max(now(), row.valid_from, row.valid_to):
        raise refused("in_the_past")
    row.valid_to, row.extended_at = until, now()
    remind_later(row.id, until)
