"""What a page says when it is shared: the same facts for the chat text, the poster and the link card."""

from dataclasses import dataclass
from datetime import datetime

from core.commerce.media.queries import Picture
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.money import Money
from core.rendering import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFacts:
    """What there is to say about a page.

    Args:
        title: what it is: a product, a collection, the shop.
        price: what it costs now; None where that makes no sense.
        before: what it costs without the offer, or cost before; shown struck through.
        offer: what the price is tied to, in the reader's language: "Group of 2".
        seats_left: how many more can take part; None where it is not limited so.
        deadline: until when (aware UTC).
        ended: why nothing can be had by this page any more, in the reader's language; "" while it can.
        picture: what a poster shows.
        campaign: what visits are put down to: an activity's name.
        faces: the first sign of each name that takes part, which is all a stranger may see, and "" for a free place.
    """

    title: str
    price: Money | None = None
    before: Money | None = None
    offer: str = ""
    seats_left: int | None = None
    deadline: datetime | None = None
    ended: str = ""
    picture: Picture | None = None
    campaign: str = ""
    faces: tuple[str, ...] = ()


def offer_line(facts: ShareFacts) -> str:
    """What the price is tied to and how much room there is: "Group of 2 · 1 more needed"."""
    left = facts.seats_left
    seats = ngettext("%(n)s seat left", "%(n)s seats left", left) if left is not None else ""
    return " · ".join(filter(None, (facts.offer, seats)))


def until_line(facts: ShareFacts) -> str:
    """Until when, in the shop's zone; "" without a deadline."""
    if facts.deadline is None:
        return ""
    return gettext(N_("until %(moment)s"), moment=formats.moment(facts.deadline))


def card_line(facts: ShareFacts) -> str:
    """The line below the title of a link card; "" when there is nothing to say."""
    return " · ".join(filter(None, (offer_line(facts), until_line(facts))))


def chat_text(facts: ShareFacts, *, shop: str, address: str) -> str:
    """Words to paste into a chat: what, for how much, how many seats, until when, and the short link.

    Short lines, because messengers cut long ones; the link stands alone, so that they make it one.
    """
    lines = [gettext(N_("[%(shop)s] %(title)s"), shop=shop, title=facts.title)]
    if facts.ended:
        lines.append(facts.ended)
    else:
        lines += filter(None, (_price_line(facts), offer_line(facts), until_line(facts)))
    return "\n".join([*lines, address])


def _price_line(facts: ShareFacts) -> str:
    if facts.price is None:
        return ""
    if facts.before is None or facts.before.minor <= facts.price.minor:
        return formats.money(facts.price)
    return gettext(
        N_("%(price)s instead of %(before)s"),
        price=formats.money(facts.price),
        before=formats.money(facts.before),
    )
