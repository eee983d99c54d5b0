"""Group-buy's storefront pages as data: what each shows and says, before any HTML."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from core.sdk.campaigns import record_lines
from core.sdk.catalog import SoldVariant, sold_variants, stock_of
from core.sdk.data import session
from core.sdk.shop import current_scope, settings, storefront_url, takes_new_business
from core.sdk.storefront import LinkPreview, LinkView, Pager, PluginPage, order_url, product_url
from core.sdk.tables import ORDER
from core.sdk.values import Money
from core.sdk.words import _, format_money, ngettext, shown_moment
from plugins.group_buy.blocks.kinds import Climb, climb_of, declared_words, notes
from plugins.group_buy.blocks.sections import running_deals
from plugins.group_buy.blocks.views import (
    HOME,
    Goods,
    Place,
    card_picture,
    goods_of,
    group_url,
    in_words,
    money,
    places_of,
    teaser,
)
from plugins.group_buy.domain import Standing
from plugins.group_buy.queries.activities import running_activities, running_count
from plugins.group_buy.queries.draws import draw_of_group, ticket_of
from plugins.group_buy.queries.groups import (
    GroupView,
    city_of,
    group_by_code,
    open_groups,
)
from plugins.group_buy.schemas import GroupBuySettings

_MOST = 99
_PER_PAGE = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """Everything the page of a group shows.

    `way` is what this visitor can do: join, wait (every seat is kept by somebody), pay, share (is a member), none.
    """

    headline: str
    detail: str
    standing: str
    size: int
    needed: int
    deadline: datetime | None
    ended_at: datetime | None
    places: tuple[Place, ...]
    price: Money
    goods: Goods
    way: str
    join_url: str
    order_url: str
    free_at: datetime | None
    quantity: int
    most: int
    limit: int | None
    start_url: str
    start_price: Money | None
    start_costs_the_same: bool
    variant_id: UUID
    share_path: str
    seat_time: str
    window: str
    notes: tuple[str, ...]
    climb: Climb | None
    declared: str
    draw_url: str
    draws: int
    # What the shop's public record says: label and words.
    record: tuple[tuple[str, str], ...] = ()


def group_page(code: str, *, viewer_id: UUID | None, quantity: int = 1) -> PluginPage | None:
    """The page of a group; None for one that does not exist or that has not begun and is not the viewer's own."""
    group = group_by_code(code, viewer_id=viewer_id)
    variant = sold_variants([group.variant_id]).get(group.variant_id) if group else None
    if group is None or variant is None:
        return None
    mine = next((seat for seat in group.seats if seat.mine), None)
    if group.standing in (Standing.WAITING, Standing.ABANDONED) and mine is None:
        return None
    body = _group_body(group, variant, quantity)
    invited = _("%(name)s invites you", name=group.leader) if group.leader else _("Group-buy")
    title = invited if mine is None else _("My group")
    return PluginPage(
        title=title,
        preview=_preview(group, variant),
        back=LinkView(label=variant.product_title, url=product_url(variant.handle, variant.id)),
        subject_ids=(variant.product_id,),
        selected_id=variant.id,
        plugin="group_buy",
        body_template="group_buy/pages/group.html",
        body={"group": body},
    )


def _group_body(group: GroupView, variant: SoldVariant, quantity: int) -> GroupPage:
    headline, detail = _words(group)
    way, order = _way(group)
    rules = running_activities([variant.product_id], limit=1) if takes_new_business("group_buy") else []
    price_now = rules[0].prices.get(variant.id) if rules else None
    limit = rules[0].limit_per_customer if rules else None
    most = 1 if group.rules.of_kind.draws else _most(variant.id, limit)
    return GroupPage(
        headline=headline,
        detail=detail,
        standing=group.standing.value,
        size=group.size,
        needed=group.ladder.first.size,
        deadline=group.deadline,
        ended_at=group.ended_at,
        places=places_of(group),
        price=money(group.step.price),
        goods=goods_of(variant),
        way=way if variant.for_sale or way != "join" else "none",
        join_url=f"{group_url(group.code)}/join",
        order_url=order,
        free_at=min((seat.until for seat in group.seats if seat.until), default=None),
        quantity=max(1, min(quantity, most)),
        most=most,
        limit=limit,
        start_url=f"{HOME}start" if price_now is not None and variant.for_sale else "",
        start_price=money(price_now) if price_now is not None else None,
        start_costs_the_same=price_now == group.price_minor,
        variant_id=variant.id,
        share_path=group_url(group.code),
        seat_time=in_words(settings(GroupBuySettings, "group_buy")["seat_time"]),
        window=_window(group),
        notes=notes(group.rules, group.ladder),
        climb=climb_of(group, _own_price(group)),
        declared=declared_words(group),
        draw_url=f"{group_url(group.code)}/draw" if group.rules.of_kind.draws else "",
        draws=group.rules.winners if group.rules.of_kind.draws else 0,
        record=tuple((one.label, one.words) for one in record_lines()),
    )


def _own_price(group: GroupView) -> int | None:
    """What the viewer pays for a piece, by the order of the own seat."""
    mine = next((seat.order_id for seat in group.seats if seat.mine and seat.order_id), None)
    if mine is None or group.ladder.least is None:
        return None
    mark = ORDER.c.marks["group_buy"]["price"].as_integer()
    price: int | None = (
        session()
        .execute(select(mark).where(ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == mine))
        .scalar()
    )
    return price


def draw_page(code: str, *, viewer_id: UUID | None) -> PluginPage | None:
    """The draw of a lottery group with everything that proves it; None for other groups."""
    group = group_by_code(code, viewer_id=viewer_id)
    draw = draw_of_group(group.id) if group else None
    variant = sold_variants([group.variant_id]).get(group.variant_id) if group else None
    if group is None or draw is None or variant is None:
        return None
    title = _("The draw")
    return PluginPage(
        title=title,
        preview=LinkPreview(title=title, url=storefront_url(f"{group_url(code)}/draw"), index=False),
        back=LinkView(label=_("To the group"), url=group_url(code)),
        plugin="group_buy",
        body_template="group_buy/pages/draw.html",
        body={
            "draw": draw,
            "size": group.size,
            "goods": goods_of(variant),
            "ticket": ticket_of(group.id, viewer_id),
            "first": draw.rows[0].ranked.ticket if draw.rows else "",
            "tickets": tuple(draw.entries.split()),
        },
    )


def _window(group: GroupView) -> str:
    return in_words(timedelta(minutes=int(group.terms.get("window_minutes", 0))))


def _most(variant_id: UUID, limit: int | None) -> int:
    available = stock_of([variant_id])[variant_id].available
    return max(1, min(_MOST, *(bound for bound in (limit, available) if bound is not None)))


def _way(group: GroupView) -> tuple[str, str]:
    """What the viewer can do, and the address of the own order if there is one."""
    mine = next((seat for seat in group.seats if seat.mine), None)
    order = _order_url(mine.order_id) if mine and mine.order_id else ""
    if mine is not None and mine.state == "reserved":
        return "pay", order
    if mine is not None:
        return "share" if group.standing is Standing.FORMING else "none", order
    if group.standing is not Standing.FORMING:
        return "none", ""
    return ("join", "") if group.left else ("wait", "")


def _order_url(order_id: UUID) -> str:
    code = session().execute(
        select(ORDER.c.code).where(ORDER.c.shop_id == current_scope().shop_id, ORDER.c.id == order_id)
    )
    return order_url(code.scalar_one())


def _words(group: GroupView) -> tuple[str, str]:
    missing = group.missing
    if group.standing is Standing.SUCCEEDED:
        return _("This group is complete"), _success_words(group)
    if group.standing is Standing.FORMING and not missing:
        return _("This group succeeds"), _("It goes on until its time is over; the more join, the cheaper.")
    if group.standing is Standing.FORMING:
        return ngettext("%(n)s more has to pay", "%(n)s more have to pay", missing), ""
    if group.standing is Standing.FAILED:
        paid = ngettext(
            "%(n)s of %(size)s had paid. Every payment goes back by itself.",
            "%(n)s of %(size)s had paid. Every payment goes back by itself.",
            group.paid,
            size=group.size,
        )
        return _("This group did not fill"), paid
    return _("The group begins when you pay"), _("Then its link can be shared.")


def _success_words(group: GroupView) -> str:
    if group.rules.of_kind.draws:
        return _("The draw has been made.") if group.settled_at else _("The draw is made in a moment.")
    if group.declared_paid is not None:
        return _("Every order ships.")
    return _("All %(size)s have paid; every order ships.", size=group.paid)


def _preview(group: GroupView, variant: SoldVariant) -> LinkPreview:
    """The card that a chat shows: what it is, what it costs, how many are missing, until when."""
    price = money(group.step.price)
    title = f"{format_money(price)} · {variant.product_title}"
    description = _words(group)[0]
    if group.standing is Standing.FORMING and group.deadline:
        title = ngettext(
            "%(n)s more needed: %(what)s",
            "%(n)s more needed: %(what)s",
            group.missing or group.left,
            what=title,
        )
        seats = ngettext("%(n)s free seat", "%(n)s free seats", group.left)
        until = _("ends %(time)s", time=shown_moment(group.deadline))
        description = f"{_('Group of %(size)s', size=group.size)} · {seats} · {until}"
    return LinkPreview(
        title=title,
        url=storefront_url(group_url(group.code)),
        description=description,
        image=card_picture(variant.picture),
        price=price,
        kind="product",
        index=False,
    )


def groups_page(*, variant_id: UUID | None, page: int = 1, viewer_id: UUID | None = None) -> PluginPage:
    """What runs now, page by page; with a variant, the first begins with the open groups for it.

    A page beyond the last is the last.
    """
    title = _("Group-buys")
    total = running_count()
    pages = max(1, -(-total // _PER_PAGE))
    page = max(1, min(page, pages))
    groups = []
    if variant_id is not None and page == 1:
        variant = sold_variants([variant_id]).get(variant_id)
        running = running_activities([variant.product_id]) if variant else []
        ids = [one.id for one in running]
        groups = open_groups(activity_ids=ids, variant_id=variant_id, city=city_of(viewer_id), limit=50)
    return PluginPage(
        title=title,
        preview=LinkPreview(title=title, url=storefront_url(HOME), description=_("Cheaper together.")),
        plugin="group_buy",
        body_template="group_buy/pages/groups.html",
        body={
            "cards": tuple(running_deals(_PER_PAGE, (page - 1) * _PER_PAGE)),
            "groups": tuple(teaser(group) for group in groups),
            "pager": Pager(
                page=page,
                pages=pages,
                total=total,
                previous_url=_list_url(page - 1) if page > 1 else "",
                next_url=_list_url(page + 1) if page < pages else "",
            ),
        },
        narrow=False,
    )


def _list_url(page: int) -> str:
    return HOME if page == 1 else f"{HOME}?page={page}"
