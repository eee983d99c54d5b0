"""What a merchant is warned of: a campaign that is claimed far too fast and pauses by itself, guessed codes, aliases."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import NotFound
from core.sdk.shop import bump_epoch, current_scope
from plugins.coupon.models import Alert, Campaign, Instance


def sound_alarm(campaign: Campaign) -> None:
    """Pause the campaign if more than `hourly_alarm` coupons were given within the hour; those that were given stay.

    Joins the caller's transaction; the claim that set the alarm off is still good.
    """
    if campaign.hourly_alarm is None:
        return
    since = now() - timedelta(hours=1)
    recent = (
        session()
        .scalars(
            select(func.count())
            .select_from(Instance)
            .where(Instance.campaign_id == campaign.id, Instance.created_at > since)
        )
        .one()
    )
    if recent <= campaign.hourly_alarm:
        return
    paused = session().execute(
        update(Campaign)
        .where(
            Campaign.shop_id == current_scope().shop_id,
            Campaign.id == campaign.id,
            Campaign.state == "published",
        )
        .values(state="paused", paused_by="leak")
        .returning(Campaign.id)
        .execution_options(synchronize_session=False)
    )
    if paused.first() is not None:
        note_alert("leak", f"{campaign.id}:{now().isoformat()}", campaign_id=campaign.id)
    bump_epoch()


def note_alert(kind: str, about: str, *, campaign_id: UUID | None = None) -> None:
    """Tell the merchant of something suspicious; the same again counts up. Joins the caller's transaction."""
    moment = now()
    row = insert(Alert).values(
        shop_id=current_scope().shop_id,
        id=new_id(),
        kind=kind,
        key=f"{kind}:{about}"[:200],
        campaign_id=campaign_id,
        count=1,
        last_at=moment,
        created_at=moment,
    )
    again = {"count": Alert.count + 1, "last_at": moment, "seen_at": None}
    session().execute(row.on_conflict_do_update(index_elements=["shop_id", "key"], set_=again))


@command("coupon.manage")
def dismiss_alert(*, alert_id: UUID) -> None:
    """Somebody has looked at it. Raises NotFound."""
    statement = (
        update(Alert)
        .where(Alert.shop_id == current_scope().shop_id, Alert.id == alert_id)
        .values(seen_at=now())
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    if session().execute(statement).first() is None:
        raise NotFound
