"""What switching coupons off leaves to finish, and what deleting their data would delete."""

from sqlalchemy import delete, func, select

from core.sdk.data import session
from core.sdk.hooks import DrainItem, DrainReport, PurgeItem, PurgePlan
from core.sdk.shop import current_scope
from core.sdk.tables import ORDER
from core.sdk.words import _
from plugins.coupon.errors import refused
from plugins.coupon.models import (
    Alert,
    Birthday,
    Campaign,
    Choice,
    ClaimCount,
    ClaimTrace,
    Code,
    CodeBatch,
    CodeTry,
    Fission,
    FissionMember,
    Giving,
    Instance,
    Redemption,
    Template,
)


def _unpaid() -> int:
    statement = (
        select(func.count(Redemption.order_id.distinct()))
        .join(ORDER, (ORDER.c.shop_id == Redemption.shop_id) & (ORDER.c.id == Redemption.order_id))
        .where(
            Redemption.shop_id == current_scope().shop_id,
            ORDER.c.lifecycle == "placed",
            ORDER.c.financial == "unpaid",
        )
    )
    return session().execute(statement).scalar_one()


def drain_report() -> DrainReport:
    """Unpaid orders are finished at their price; coupons that people have rest until coupons are on again."""
    running = session().scalars(
        select(func.count()).select_from(Campaign).where(Campaign.state == "published")
    )
    notes = (_("Running campaigns that stop giving out coupons: %(count)s.", count=running.one()),)
    return DrainReport((DrainItem(_("unpaid orders with coupons"), _unpaid()),), notes)


# Referring rows before those they refer to.
_TABLES = (
    FissionMember,
    Fission,
    Code,
    CodeBatch,
    CodeTry,
    Choice,
    ClaimCount,
    ClaimTrace,
    Alert,
    Giving,
    Birthday,
    Redemption,
    Instance,
    Template,
    Campaign,
)


def purge(*, dry_run: bool) -> PurgePlan:
    """Delete everything of coupons in this shop; refused while an unpaid order carries one."""
    if _unpaid():
        raise refused("still_out")
    words = {
        Campaign: _("campaigns"),
        Instance: _("coupons"),
        Redemption: _("uses of coupons"),
        Code: _("codes"),
    }
    found = tuple(
        PurgeItem(word, session().execute(select(func.count()).select_from(table)).scalar_one())
        for table, word in words.items()
    )
    if not dry_run:
        session().execute(
            Instance.__table__.update()  # type: ignore[attr-defined]
            .where(Instance.shop_id == current_scope().shop_id)
            .values(parent_id=None)
        )
        for table in _TABLES:
            session().execute(delete(table).where(table.shop_id == current_scope().shop_id))
    return PurgePlan(found, (_("Orders keep their prices and reasons."),))
