"""Pages for after the sale: asking for a refund, return or exchange, and following what becomes of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from core.rendering.contexts.buying import LineView, OrderAction, TimelineEntry
from core.rendering.contexts.frame import (
    NOTHING,
    DetailView,
    FieldView,
    ImageView,
    LinkView,
    Page,
    PriceSum,
    says,
    view,
)


@view
class UnitChoice:
    """A line of the order of which units can be chosen."""

    name: str = says("Name under which the number of pieces is sent.")
    line: LineView = says("What it is; its quantity is what was bought.")
    most: int = says("Most pieces that can be chosen; 0 when none can.")
    value: int = says("Pieces that are chosen now.", default=0)
    note: str = says("Until when, or why none can be chosen.", default="")
    swap: FieldView | None = says("For an exchange: what it is exchanged for.", default=None)


@view
class CaseKind:
    """One thing that can be asked for."""

    label: str = says("What it is called.")
    detail: str = says("When it is the right one.")
    url: str = says("Where to ask for it.")
    icon: str = says("Name of an icon of the theme.", default="")


@view
class AftersalePage(Page):
    """Ask for something about an order: first what, then which pieces and why, then look at the money and send it."""

    template: ClassVar[str] = "aftersale"

    step: str = says(
        "kind (what?), choose (which pieces, why?), check (look and send) or closed (nothing can be asked)."
    )
    number: str = says("Number of the order.")
    lede: str = says("What this step is about, in a sentence.", default="")
    problem: str = says("Why it could not be sent; empty when nothing is wrong.", default="")
    fix: str = says("What to do about it; may be empty.", default="")
    kinds: tuple[CaseKind, ...] = says("Step kind: what can be asked for.", default=())
    action: str = says("Where the form of this step is sent.", default="")
    hidden: Mapping[str, str] = says("Hidden fields of the form.", default=NOTHING)
    units: tuple[UnitChoice, ...] = says("Step choose: the lines.", default=())
    fields: tuple[FieldView, ...] = says("Reason, words, amount.", default=())
    lines: tuple[LineView, ...] = says("Step check: what it is about.", default=())
    sum: PriceSum | None = says("Step check: what comes back, line by line.", default=None)
    notes: tuple[str, ...] = says("What happens then: deadlines, the way back, freight.", default=())
    most_pictures: int = says("Step check: how many pictures can be shown; 0 for none.", default=0)
    submit: str = says("Words on the button.", default="")
    change_url: str = says("Step check: back to the choice.", default="")
    ways: tuple[LinkView, ...] = says("Step closed: how to reach the shop.", default=())


@view
class CasePage(Page):
    """One case: how it stands, until when, what to do next, and everything that happened."""

    template: ClassVar[str] = "case"

    number: str = says("Number of the case.")
    headline: str = says("How it stands, in a sentence.")
    detail: str = says("What happens next; may be empty.", default="")
    tone: str = says("plain, warn, ok or fail.", default="plain")
    until: datetime | None = says("When this state ends by itself; none when it does not.", default=None)
    answer: str = says("What the shop said; may be empty.", default="")
    return_to: tuple[str, ...] = says("While goods are awaited: where they go, line by line.", default=())
    send_action: str = says("Where the parcel's number is sent; empty when it is not asked for.", default="")
    send_fields: tuple[FieldView, ...] = says("Carrier and number of the parcel.", default=())
    sent: bool = says("Whether a parcel's number is known already.", default=False)
    lines: tuple[LineView, ...] = says("What it is about.", default=())
    sum: PriceSum | None = says("What comes back; none for an exchange.", default=None)
    facts: tuple[DetailView, ...] = says("Reason, words and the like.", default=())
    pictures: tuple[ImageView, ...] = says("What the buyer showed.", default=())
    pictures_action: str = says("Where more pictures are sent; empty when no more are taken.", default="")
    most_pictures: int = says("How many more pictures are taken.", default=0)
    timeline: tuple[TimelineEntry, ...] = says("What happened, each with its time.", default=())
    actions: tuple[OrderAction, ...] = says("What the buyer can do.", default=())
