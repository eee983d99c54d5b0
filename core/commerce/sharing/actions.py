"""Asking buyers to share, within the caps, and keeping WeChat's ticket fresh."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, false, select, update
from sqlalchemy.dialects.postgresql import insert

from core.commerce.sharing.models import SharePrompt, SharingSettings
from core.commerce.sharing.queries import sharing_settings
from core.commerce.sharing.wechat import Ticket, WeChat, WeChatRefused
from core.kernel import jobs
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

_WEEK = timedelta(days=7)
# WeChat's tickets hold for two hours; a new one is fetched this long before the old one ends.
_EARLY = timedelta(minutes=20)
# What pages say again and again is written this seldom.
_HEARD_EVERY = timedelta(minutes=10)


@command("shop.edit")
def save_sharing(
    *, prompts_per_week: int, prompts_per_day: int | None, wechat_app_id: str, wechat_secret: str
) -> None:
    """Save how the shop shares; an empty `wechat_secret` keeps the one that is known while the account stays the same."""
    row = session().scalars(select(SharingSettings).with_for_update()).first()
    if row is None:
        row = SharingSettings(id=new_id())
        session().add(row)
    app_id, secret = wechat_app_id.strip(), wechat_secret.strip()
    if app_id != row.wechat_app_id or secret:
        row.ticket, row.ticket_until, row.trouble = "", None, ""
        row.page_problem, row.page_heard_at = "", None
        row.wechat_secret = secret if app_id else ""
    row.wechat_app_id = app_id
    row.prompts_per_week, row.prompts_per_day = prompts_per_week, prompts_per_day
    session().flush()
    if row.wechat_secret:
        jobs.defer(refresh_ticket)


@command("buyer")
def take_prompt(*, customer_id: UUID) -> bool:
    """Whether this customer may be asked to share now; if so, it is counted. Never both caps but one of them."""
    caps = sharing_settings()
    if not caps.prompts_per_week:
        return False
    with session().begin_nested() as both:
        taken = _count_for_buyer(customer_id, caps.prompts_per_week)
        if taken and caps.prompts_per_day is not None:
            taken = _count_for_shop()
        if not taken:
            both.rollback()
    return taken


@command("buyer")
def note_page(*, problem: str) -> None:
    """Note what WeChat's script said on a page: "" for well, else one of PAGE_PROBLEMS. The same thing seldom.

    "Well" is not noted over a problem that was heard a moment ago: some pages may work while others do not.
    """
    moment = now()
    stale = SharingSettings.page_heard_at.is_(None) | (SharingSettings.page_heard_at <= moment - _HEARD_EVERY)
    worse = SharingSettings.page_problem != problem if problem else false()
    session().execute(
        update(SharingSettings)
        .where(SharingSettings.shop_id == current_scope().shop_id, SharingSettings.wechat_app_id != "")
        .where(stale | worse)
        .values(page_problem=problem, page_heard_at=moment)
    )


def _count_for_buyer(customer_id: UUID, most: int) -> bool:
    """One statement: begins a new week, or counts within the one that runs, or finds it used up."""
    moment = now()
    fresh = SharePrompt.since <= moment - _WEEK
    statement = insert(SharePrompt).values(
        shop_id=current_scope().shop_id, id=new_id(), customer_id=customer_id, since=moment, times=1
    )
    counted = statement.on_conflict_do_update(
        index_elements=["shop_id", "customer_id"],
        set_={
            "since": case((fresh, moment), else_=SharePrompt.since),
            "times": case((fresh, 1), else_=SharePrompt.times + 1),
        },
        where=fresh | (SharePrompt.times < most),
    ).returning(SharePrompt.id)
    return session().execute(counted).first() is not None


def _count_for_shop() -> bool:
    today = now().astimezone(current_scope().zone).date()
    fresh = SharingSettings.prompts_on.is_distinct_from(today)
    least = case((fresh, 0), else_=SharingSettings.prompts_today)
    statement = (
        update(SharingSettings)
        .where(SharingSettings.shop_id == current_scope().shop_id)
        .where(SharingSettings.prompts_per_day.is_(None) | (least < SharingSettings.prompts_per_day))
        .values(prompts_today=least + 1, prompts_on=today)
        .returning(SharingSettings.id)
    )
    return session().execute(statement).first() is not None


@jobs.job("sharing.refresh_ticket", queue="bulk", max_attempts=3, says=N_("asking WeChat for a signature"))
def refresh_ticket() -> None:
    """Fetch the ticket that signs the shop's pages for WeChat, keep it, and come back before it ends.

    WeChat allows few of these calls a day, so a ticket that still holds for a while is left alone.
    """
    with reading():
        row = session().scalars(select(SharingSettings)).first()
        account = (row.wechat_app_id, row.wechat_secret) if row is not None else ("", "")
        until = row.ticket_until if row is not None else None
    if not all(account) or (until is not None and until - now() > _EARLY):
        return
    try:
        keep_ticket(account=account, ticket=WeChat(*account).ticket())
    except WeChatRefused as refused:
        keep_ticket(account=account, ticket=None, trouble=str(refused))


@command("system")
def keep_ticket(*, account: tuple[str, str], ticket: Ticket | None, trouble: str = "") -> None:
    """Keep what WeChat answered, unless the merchant has changed the account meanwhile."""
    row = session().scalars(select(SharingSettings).with_for_update()).first()
    if row is None or (row.wechat_app_id, row.wechat_secret) != account:
        return
    row.trouble = trouble
    if ticket is not None:
        row.ticket, row.ticket_until = ticket.value, ticket.until
        jobs.defer(refresh_ticket, at=ticket.until - _EARLY)
