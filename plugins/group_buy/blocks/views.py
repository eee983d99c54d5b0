"""What group-buy's storefront templates get: plain frozen values, amounts with their currency, addresses ready to use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.sdk.catalog import Picture, SoldVariant
from core.sdk.shop import current_scope, storefront_url
from core.sdk.storefront import ImageView, PriceStep, PriceSum, plugin_url, product_url
from core.sdk.values import Money
from core.sdk.words import _, ngettext
from plugins.group_buy.blocks.kinds import notes, people_words
from plugins.group_buy.domain import Standing, masked
from plugins.group_buy.queries.activities import ActivityView
from plugins.group_buy.queries.groups import GroupView, OpenGroup, SeatView

HOME = plugin_url("group_buy")


def group_url(code: str) -> str:
    """Page of a group."""
    return f"{HOME}groups/{code}"


def money(minor: int) -> Money:
    """An amount in the shop's currency."""
    return Money(minor, current_scope().currency)


def picture_view(picture: Picture | None) -> ImageView | None:
    """A picture of the catalog for templates."""
    if picture is None:
        return None
    names = ("url", "alt", "width", "height", "tile", "srcset")
    return ImageView(**{name: getattr(picture, name) for name in names})


def card_picture(picture: Picture | None) -> ImageView | None:
    """The picture of a link-preview card: absolute, in a format that chats show."""
    if picture is None or picture.full_url.endswith(".svg"):
        return None
    url = picture.full_url if "://" in picture.full_url else storefront_url(picture.full_url)
    return ImageView(url=url, alt=picture.alt, width=picture.width, height=picture.height)


def in_words(time: timedelta) -> str:
    """A length of time: "24 hours", "90 minutes", "2 days"."""
    minutes = int(time.total_seconds() // 60)
    if minutes % 1_440 == 0 and minutes > 1_440:
        return ngettext("%(n)s day", "%(n)s days", minutes // 1_440)
    if minutes % 60 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTeaser:
    """An open group in a list."""

    url: str
    leader: str
    initial: str
    size: int
    taken: int
    left: int
    deadline: datetime
    price: Money
    missing: int


def teaser(group: OpenGroup) -> GroupTeaser:
    """An open group for a list."""
    leader = group.leader if group.leader != masked("") else _("A buyer")
    return GroupTeaser(
        url=group_url(group.code),
        leader=leader,
        initial=leader[:1],
        size=group.size,
        taken=group.size - group.left,
        left=group.left,
        deadline=group.deadline,
        price=money(group.price_minor),
        missing=group.missing or group.left,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What a group-buy means for one variant: both prices, how many people, until when."""

    activity_id: UUID
    variant_id: UUID
    title: str
    size: int
    price: Money
    alone: Money
    saving: Money
    ends_at: datetime
    window: str
    limit: int | None
    pieces_left: int | None
    succeeded: int
    why: PriceSum
    people: str
    notes: tuple[str, ...]


def deal_of(
    activity: ActivityView, variant_id: UUID, alone_minor: int, *, taken: int = 0, succeeded: int = 0
) -> Deal | None:
    """The deal for a variant, or None where its group price is missing or no lower than the price alone."""
    price = activity.prices.get(variant_id)
    if price is None or price >= alone_minor:
        return None
    steps = (
        PriceStep(label=_("Everyday price"), amount=money(alone_minor), kind="base"),
        PriceStep(
            label=people_words(activity.ladder(variant_id)),
            amount=money(price - alone_minor),
            kind="discount",
        ),
    )
    return Deal(
        activity_id=activity.id,
        variant_id=variant_id,
        title=activity.title,
        size=activity.size,
        price=money(price),
        alone=money(alone_minor),
        saving=money(alone_minor - price),
        ends_at=activity.ends_at,
        window=in_words(activity.window),
        limit=activity.limit_per_customer,
        pieces_left=None if activity.stock_cap is None else max(0, activity.stock_cap - taken),
        succeeded=succeeded,
        why=PriceSum(steps=steps, total=money(price), saved=money(alone_minor - price)),
        people=people_words(activity.ladder(variant_id)),
        notes=notes(activity.rules, activity.ladder(variant_id)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What a group is about."""

    title: str
    variant: str
    url: str
    image: ImageView | None
    alone: Money
    for_sale: bool


def goods_of(variant: SoldVariant) -> Goods:
    """A variant for a group's page."""
    return Goods(
        title=variant.product_title,
        variant=variant.title,
        url=product_url(variant.handle, variant.id),
        image=picture_view(variant.picture),
        alone=money(variant.price_minor),
        for_sale=variant.for_sale,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A seat as it is drawn: "paid", "back" (the money), "held" (until `until`) or "free", with its words."""

    shape: str
    initial: str
    name: str
    words: str
    until: datetime | None
    mine: bool


def places_of(group: GroupView) -> tuple[Place, ...]:
    """The seats of a group for a template."""
    ended = group.standing not in (Standing.FORMING, Standing.WAITING)
    return tuple(_place(seat, ended=ended) for seat in group.seats)


def _place(seat: SeatView, *, ended: bool) -> Place:
    if seat.state == "free":
        name, words = (_("Nobody"), "") if ended else (_("Free seat"), _("Waiting for you"))
        return Place(
            shape="free", initial="–" if ended else "", name=name, words=words, until=None, mine=False
        )
    words = ""
    if seat.refunded:
        words = _("Refunded")
    elif seat.state == "paid":
        words = _("Leader · paid") if seat.leader else _("Paid")
    name = _("You") if seat.mine else seat.name if seat.name != masked("") else _("A buyer")
    return Place(
        shape="back" if seat.refunded else "paid" if seat.state == "paid" else "held",
        initial=name[:1],
        name=name,
        words=words,
        until=seat.until,
        mine=seat.mine,
    )
