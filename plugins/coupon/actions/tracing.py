"""Accounts of one person: the same contact or browser, for a campaign, is flagged or refused, as the shop says."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.data import new_id, session
from core.sdk.shop import current_scope, settings
from core.sdk.tables import CUSTOMER
from plugins.coupon.actions.alarms import note_alert
from plugins.coupon.errors import refused
from plugins.coupon.identity import contact_traces
from plugins.coupon.models import Campaign, ClaimTrace
from plugins.coupon.schemas import CouponSettings

ALIAS = "alias"


def alias_mode() -> str:
    """What the shop does about accounts of one person: off, flag or block."""
    mode: str = settings(CouponSettings, "coupon")["aliases"]
    return mode


def count_traces(campaign: Campaign, customer_id: UUID, device: str) -> str:
    """Count one more coupon under everything that this customer can be recognised by; answers "alias" or "".

    A limit for each browser always refuses; other traces above the limit of a customer are flagged, or refused where the
    shop blocks aliases. Each is one conditional statement, in the order of their names. Raises had_on_device, had_yours.
    """
    mode = alias_mode() if campaign.per_customer is not None else "off"
    limits: dict[str, int | None] = {}
    if mode != "off":
        same = campaign.per_customer if mode == "block" else None
        limits = dict.fromkeys(_contacts(customer_id), same)
        if device:
            limits[device] = same
    if device and campaign.per_device is not None:
        known = limits.get(device)
        limits[device] = campaign.per_device if known is None else min(known, campaign.per_device)
    counts = {trace: _count(campaign.id, trace, limit) for trace, limit in sorted(limits.items())}
    if mode == "off" or max(counts.values(), default=0) <= (campaign.per_customer or 0):
        return ""
    note_alert(ALIAS, f"{campaign.id}:{now():%Y-%m-%d}", campaign_id=campaign.id)
    return ALIAS


def _contacts(customer_id: UUID) -> list[str]:
    statement = select(CUSTOMER.c.email, CUSTOMER.c.phone).where(
        CUSTOMER.c.shop_id == current_scope().shop_id, CUSTOMER.c.id == customer_id
    )
    row = session().execute(statement).first()
    return contact_traces(email=row.email or "", phone=row.phone or "") if row else []


def _count(campaign_id: UUID, trace: str, limit: int | None) -> int:
    statement = insert(ClaimTrace).values(
        shop_id=current_scope().shop_id, id=new_id(), campaign_id=campaign_id, trace=trace, count=1
    )
    more = statement.on_conflict_do_update(
        index_elements=["shop_id", "campaign_id", "trace"],
        set_={"count": ClaimTrace.count + 1},
        where=None if limit is None else ClaimTrace.count < limit,
    )
    counted = session().execute(more.returning(ClaimTrace.count)).scalar()
    if counted is None:
        raise refused("had_on_device" if trace.startswith("device:") else "had_yours")
    return int(counted)
