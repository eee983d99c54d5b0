"""What switching group-buy off leaves to finish, and what deleting its data would delete."""

from sqlalchemy import delete, func, select

from core.sdk.clock import now
from core.sdk.data import session
from core.sdk.hooks import DrainItem, DrainReport, PurgeItem, PurgePlan
from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import _, format_money, shown_moment
from plugins.group_buy.errors import refused
from plugins.group_buy.models import Activity, ActivityPrice, Draw, Group, LeaderPerk, Seat, Waiter
from plugins.group_buy.queries.activities import open_business, running_activities


def drain_report() -> DrainReport:
    """Open groups and the members who wait in them; running activities merely stop."""
    found = open_business()
    running = len(running_activities())
    notes = (
        [_("Running activities that stop taking new groups: %(count)s.", count=running)] if running else []
    )
    if found.groups:
        money = format_money(Money(found.money_minor, current_scope().currency))
        notes.append(_("%(amount)s is paid and waits in open groups.", amount=money))
        notes.append(
            _("Open groups can still be joined by their links, until they are full or their time is over.")
        )
    if found.until and found.until > now():
        notes.append(
            _(
                "The last group ends %(until)s; money of groups that do not fill goes back by itself.",
                until=shown_moment(found.until),
            )
        )
    items = (
        DrainItem(_("open groups"), found.groups, found.until),
        DrainItem(_("members waiting"), found.members, found.until),
    )
    return DrainReport(items, tuple(notes))


# Referring rows before those they refer to.
_KINDS = (
    (LeaderPerk, "perks"),
    (Draw, "draws"),
    (Seat, "seats"),
    (Waiter, "waiting"),
    (Group, "groups"),
    (ActivityPrice, "group prices"),
    (Activity, "activities"),
)


def purge(*, dry_run: bool) -> PurgePlan:
    """Delete everything of group-buy in this shop; refused while a group is open or a leader still waits for a perk."""
    waits = select(LeaderPerk.id).where(LeaderPerk.state == "waiting").limit(1)
    if open_business().groups or session().scalars(waits).first() is not None:
        raise refused("still_open")
    words = {
        "perks": _("leader perks"),
        "draws": _("draws"),
        "seats": _("seats"),
        "waiting": _("people who wait for pieces"),
        "groups": _("groups"),
        "group prices": _("group prices"),
        "activities": _("activities"),
    }
    found = tuple(
        PurgeItem(words[name], session().execute(select(func.count()).select_from(table)).scalar_one())
        for table, name in _KINDS
    )
    if not dry_run:
        for table, _name in _KINDS:
            session().execute(delete(table).where(table.shop_id == current_scope().shop_id))
    return PurgePlan(found, (_("Orders, payments and refunds stay, with their prices and reasons."),))
