"""Merchants' pages of groups: all of them, one with its members and what can be decided, its draw, refunds on their way."""

from datetime import timedelta
from typing import Any

from flask import Response, request, url_for

from core.sdk.catalog import sold_variants
from core.sdk.clock import now
from core.sdk.console import IndexState, console_path, may, percent, picture_address, see, share_action
from core.sdk.data import as_id
from core.sdk.errors import InputRefused, NotFound
from core.sdk.shop import storefront_url
from core.sdk.words import _, ngettext, sentences, shown_moment
from plugins.group_buy.actions.deciding import cancel_group, declare_success, extend_group, least_declared
from plugins.group_buy.actions.writing import LONGEST_NOTE, write_to_members
from plugins.group_buy.blocks.views import group_url
from plugins.group_buy.domain import Standing
from plugins.group_buy.errors import GroupBuyError
from plugins.group_buy.queries.activities import activity as activity_view
from plugins.group_buy.queries.draws import draw_of_group, perk_of_group
from plugins.group_buy.queries.groups import GroupView, group_by_id
from plugins.group_buy.queries.listings import group_list, members_of, refund_list
from plugins.group_buy.queries.numbers import chance_of
from plugins.group_buy.web.console import console, index_page, show
from plugins.group_buy.web.kinds import kind_words, perk_words
from plugins.group_buy.web.listings import GROUPS, REFUNDS, group_days, money, perk_badge, standing_badge

# What a merchant can add to a group's time with one press.
MORE_HOURS = (6, 12, 24, 48)


@console.get("/groups")
def groups() -> Response:
    """Groups of all activities."""
    state = IndexState.from_args(request.args, GROUPS)
    found = group_list(
        activity_id=None,
        view=state.view,
        sort=state.sort,
        limit=state.size,
        offset=state.offset,
        **group_days(state),
    )
    return show("groups", page=index_page(GROUPS, state, found))


def _group(ref: str) -> GroupView:
    wanted = as_id(ref)
    found = group_by_id(wanted) if wanted else None
    if found is None:
        raise NotFound
    return found


@console.get("/groups/<ref>")
def group(ref: str) -> Response:
    """One group: its time, its seats, its members and their orders, and what can be decided about it."""
    found = _group(ref)
    variant = sold_variants([found.variant_id]).get(found.variant_id)
    members = members_of(found.id)
    return show(
        "group",
        leader=next((one.name for one in members if one.leads), "") or _("A buyer"),
        group=found,
        forming=found.standing is Standing.FORMING,
        badge=standing_badge(found.standing, declared=found.declared_paid is not None),
        activity=activity_view(found.activity_id),
        kind=kind_words(found.rules.kind),
        variant=variant,
        image=picture_address(variant.picture) if variant else "",
        members=members,
        reserved=[seat for seat in found.seats if seat.state == "reserved"],
        free=sum(seat.state == "free" for seat in found.seats),
        price=money(found.step.price),
        steps=[(step.size, money(step.price)) for step in found.ladder.steps],
        money=money,
        link=storefront_url(group_url(found.code)),
        share=share_action(group_url(found.code)) if may("marketing.edit") else None,
        order_url=lambda order_id: console_path(f"/orders/{order_id}"),
        draw=draw_of_group(found.id) if found.rules.of_kind.draws else None,
        chance=_chance(found),
        longest_note=LONGEST_NOTE,
        **_perk(found),
        **_decisions(found),
    )


def _chance(found: GroupView) -> str:
    """How groups that came as far as this one ended, in words; "" where too few did."""
    if found.standing is not Standing.FORMING or not found.paid:
        return ""
    seen = chance_of(activity_id=found.activity_id, size=found.size, paid=found.paid)
    if seen.points is None:
        return ""
    return _(
        "Of %(seen)s earlier groups that had %(paid)s paid seats, %(filled)s filled by themselves (%(share)s).",
        seen=seen.seen,
        paid=found.paid,
        filled=seen.filled,
        share=percent(seen.points),
    )


def _perk(found: GroupView) -> dict[str, Any]:
    perk = perk_of_group(found.id) if found.rules.perk else None
    return {
        "perk": perk,
        "perk_words": perk_words(found.rules.perk),
        "perk_badge": perk_badge(perk.state, perk.reason) if perk else None,
    }


def _decisions(found: GroupView) -> dict[str, Any]:
    """What a merchant may decide now, and how far it goes."""
    deadline, hard_end = found.deadline, found.hard_end
    hours = [
        n
        for n in MORE_HOURS
        if deadline and hard_end and (n == MORE_HOURS[0] or deadline + timedelta(hours=n) <= hard_end)
    ]
    can_wait = bool(deadline and hard_end and deadline < hard_end and found.extended_at is None)
    return {
        "more_hours": hours if can_wait else [],
        "least_declared": least_declared(found.size),
        "may_declare": found.standing is Standing.FORMING and found.paid >= least_declared(found.size),
    }


@console.post("/groups/<ref>/cancel")
def cancel(ref: str) -> Response:
    """End a group before its time; every payment goes back."""
    found = _group(ref)
    here = url_for("group_buy.group", ref=found.id)
    try:
        cancel_group(group_id=found.id)
    except GroupBuyError as error:
        return see(here, sentences(error.text, error.fix_text))
    return see(here, _("The group has ended. Every payment goes back now."))


@console.post("/groups/<ref>/extend")
def extend(ref: str) -> Response:
    """Give a group more time, once."""
    found = _group(ref)
    here = url_for("group_buy.group", ref=found.id)
    asked = request.form.get("hours", "")
    hours = int(asked) if asked in {str(n) for n in MORE_HOURS} else MORE_HOURS[0]
    try:
        until = extend_group(group_id=found.id, time=timedelta(hours=hours))
    except GroupBuyError as error:
        return see(here, sentences(error.text, error.fix_text))
    return see(here, _("The group has time until %(time)s now.", time=shown_moment(until)))


@console.post("/groups/<ref>/declare")
def declare(ref: str) -> Response:
    """Declare a group successful with the seats that are paid."""
    found = _group(ref)
    here = url_for("group_buy.group", ref=found.id)
    try:
        paid = declare_success(group_id=found.id)
    except GroupBuyError as error:
        return see(here, sentences(error.text, error.fix_text))
    said = ngettext(
        "Completed by the shop with %(n)s of %(size)s paid. Buyers read that.",
        "Completed by the shop with %(n)s of %(size)s paid. Buyers read that.",
        paid,
        size=found.size,
    )
    return see(here, said)


@console.post("/groups/<ref>/write")
def write(ref: str) -> Response:
    """Write to the members of a group."""
    found = _group(ref)
    here = url_for("group_buy.group", ref=found.id)
    try:
        told = write_to_members(group_id=found.id, text=request.form.get("text", ""))
    except GroupBuyError as error:
        return see(here, sentences(error.text, error.fix_text))
    except InputRefused as error:
        return see(here, " ".join(error.fields["text"]))
    return see(here, ngettext("Written to %(n)s member.", "Written to %(n)s members.", told))


@console.get("/groups/<ref>/draw")
def draw(ref: str) -> Response:
    """The draw of a lottery group, with everything that proves it."""
    found = _group(ref)
    shown = draw_of_group(found.id)
    if shown is None:
        raise NotFound
    return show(
        "draw",
        group=found,
        draw=shown,
        members={one.order_id: one for one in members_of(found.id)},
        link=storefront_url(f"{group_url(found.code)}/draw"),
        order_url=lambda order_id: console_path(f"/orders/{order_id}"),
    )


@console.get("/refunds")
def refunds() -> Response:
    """Refunds of group-buy orders: on their way, refused, done."""
    state = IndexState.from_args(request.args, REFUNDS)
    found = refund_list(view=state.view, limit=state.size, offset=state.offset)
    oldest = found.rows[0].created_at if state.view != "done" and found.rows and not state.offset else None
    waits = now() - oldest if oldest else None
    return show("refunds", page=index_page(REFUNDS, state, found), oldest=oldest, waits=waits)
