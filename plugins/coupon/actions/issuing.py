"""Giving a coupon to somebody: every limit is one conditional statement, so that no two claims get the same last one."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.data import new_code, new_id, session
from core.sdk.errors import NotFound
from core.sdk.jobs import defer, job_types
from core.sdk.messages import send_message
from core.sdk.shop import current_scope, settings
from plugins.coupon.actions.alarms import sound_alarm
from plugins.coupon.actions.tracing import count_traces
from plugins.coupon.errors import refused
from plugins.coupon.models import EVER, Campaign, ClaimCount, Instance, Template
from plugins.coupon.pools import use_pool
from plugins.coupon.schemas import CouponSettings
from plugins.coupon.terms import Kind, Terms

# Whoever did this has the coupon before their eyes.
_ASKED_FOR = ("claim", "code", "return")


@dataclass(frozen=True, slots=True)
class Issued:
    """A coupon that was just given to somebody."""

    id: UUID
    code: str
    terms: Terms
    value: int
    valid_to: datetime


def issue(
    campaign_id: UUID,
    customer_id: UUID,
    *,
    source: str,
    source_key: str | None = None,
    limited: bool = True,
    parent: UUID | None = None,
    device: str = "",
) -> Issued | None:
    """Give a coupon of a published campaign to a customer; joins the caller's transaction.

    `source_key` names the cause: a second coupon for the same cause is not given, the answer is None. `limited` counts
    against the limits per customer and browser (`device`); the campaign's own total always holds. Raises all_given,
    had_yours, had_today, had_on_device, not_open.
    """
    campaign = session().get(Campaign, (current_scope().shop_id, campaign_id), populate_existing=True)
    if campaign is None:
        raise NotFound
    template = _template(campaign)
    terms = Terms.from_json(template.terms)
    if source_key is not None and _known(campaign_id, source_key):
        return None
    flagged = ""
    if limited:
        _count_for(campaign, customer_id)
        flagged = count_traces(campaign, customer_id, device)
    value = _count_all(campaign, terms)
    issued = _write(
        campaign,
        template,
        terms,
        customer_id,
        value=value,
        source=source,
        source_key=source_key,
        parent=parent,
        flagged=flagged,
    )
    if issued is not None:
        sound_alarm(campaign)
        if source not in _ASKED_FOR:
            _tell(issued, customer_id)
        remind_later(issued.id, issued.valid_to)
    return issued


def _template(campaign: Campaign) -> Template:
    if campaign.template_id is None:
        raise refused("not_open")
    return session().scalars(select(Template).where(Template.id == campaign.template_id)).one()


def _known(campaign_id: UUID, source_key: str) -> bool:
    statement = select(Instance.id).where(
        Instance.campaign_id == campaign_id, Instance.source_key == source_key
    )
    return session().scalars(statement).first() is not None


def _count_for(campaign: Campaign, customer_id: UUID) -> None:
    """One more for this customer, in all and today; first the customer's own rows, so that others are not waited for."""
    today = now().astimezone(current_scope().zone).date()
    limits = ((EVER, campaign.per_customer, "had_yours"), (today, campaign.per_day, "had_today"))
    for day, limit, reason in limits:
        statement = insert(ClaimCount).values(
            shop_id=current_scope().shop_id,
            id=new_id(),
            campaign_id=campaign.id,
            customer_id=customer_id,
            day=day,
            count=1,
        )
        more = statement.on_conflict_do_update(
            index_elements=["shop_id", "campaign_id", "customer_id", "day"],
            set_={"count": ClaimCount.count + 1},
            where=None if limit is None else ClaimCount.count < limit,
        )
        if session().execute(more.returning(ClaimCount.count)).first() is None:
            raise refused(reason)


def _count_all(campaign: Campaign, terms: Terms) -> int:
    """One more of the campaign; answers the value of a random coupon, which comes out of what is left for such."""
    if terms.kind is not Kind.RANDOM:
        if not _take(campaign.id, 0):
            raise refused("all_given")
        return 0
    value = terms.least + secrets.randbelow(terms.most - terms.least + 1)
    # Towards the end the budget may hold no more than the least.
    if _take(campaign.id, value):
        return value
    if _take(campaign.id, terms.least):
        return terms.least
    raise refused("all_given")


def _take(campaign_id: UUID, value: int) -> bool:
    statement = (
        update(Campaign)
        .where(
            Campaign.shop_id == current_scope().shop_id,
            Campaign.id == campaign_id,
            Campaign.state == "published",
            or_(Campaign.total.is_(None), Campaign.issued + 1 <= Campaign.total),
            or_(Campaign.random_total.is_(None), Campaign.random_given + value <= Campaign.random_total),
        )
        .values(issued=Campaign.issued + 1, random_given=Campaign.random_given + value)
        .returning(Campaign.id)
        .execution_options(synchronize_session=False)
    )
    return session().execute(statement).first() is not None


def _write(
    campaign: Campaign, template: Template, terms: Terms, customer_id: UUID, **more: Any
) -> Issued | None:
    moment, instance_id = now(), new_id()
    begins = terms.valid_from(moment, _next_midnight(moment))
    ends = terms.valid_to(begins)
    row = {
        "shop_id": current_scope().shop_id,
        "id": instance_id,
        "code": new_code(),
        "campaign_id": campaign.id,
        "template_id": template.id,
        "customer_id": customer_id,
        "pool_id": use_pool(instance_id).id,
        "value": more["value"],
        "uses": terms.uses,
        "valid_from": begins,
        "valid_to": ends,
        "source": more["source"],
        "source_key": more["source_key"],
        "parent_id": more["parent"],
        "flagged": more["flagged"],
        "created_at": moment,
    }
    if ends <= begins:
        raise refused("over")
    written = insert(Instance).values(row).on_conflict_do_nothing().returning(Instance.id)
    if session().execute(written).first() is None:
        # The same cause, in another transaction at the same time: that one has given the coupon.
        raise refused("had_yours")
    return Issued(instance_id, row["code"], terms, more["value"], ends)


def _next_midnight(moment: datetime) -> datetime:
    local = moment.astimezone(current_scope().zone)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(moment.tzinfo)


def _tell(issued: Issued, customer_id: UUID) -> None:
    about = {
        "coupon_title": issued.terms.title,
        "coupon_link": "/x/coupon/mine",
        "valid_to": issued.valid_to,
    }
    send_message(topic="coupon.received", customer_id=customer_id, about=about, dedupe_key=str(issued.id))


def remind_later(instance_id: UUID, valid_to: datetime) -> None:
    """Look again shortly before the coupon runs out; one that runs out sooner is not worth a message."""
    at = valid_to - settings(CouponSettings, "coupon")["remind_before"]
    if at > now():
        defer(job_types()["coupon.remind"], at=at, instance_id=str(instance_id))
