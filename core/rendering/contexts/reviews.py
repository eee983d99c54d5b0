"""What buyers said: reviews below a product, the page of all of them, and the form to write one."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.rendering.contexts.frame import FieldOption, ImageView, LinkView, Page, says, view


@view
class StarsRow:
    """How many reviews have so many stars, as one bar of the picture of all."""

    stars: int = says("1 to 5.")
    count: int = says("How many reviews have so many.")
    share: int = says("Their share of all in percent, 0 to 100.")
    url: str = says("The page of reviews with only these.", default="")
    current: bool = says("True while only these are shown.", default=False)


@view
class RatingView:
    """What the reviews of a product add up to."""

    average: str = says("The average of the stars with one decimal: 4.7.")
    drawn: str = says("How many stars to fill, as classes: s4, or s4 half.")
    count: int = says("How many reviews are shown.")
    rows: tuple[StarsRow, ...] = says("Five bars, five stars first.", default=())
    pictured: int = says("How many of them have pictures.", default=0)
    hidden: int = says("How many the shop has hidden; they do not count.", default=0)
    url: str = says("The page with all reviews.", default="")


@view
class ReviewView:
    """One review."""

    id: UUID = says("Id of the review.")
    name: str = says("Who wrote it: a name, or its first character and two stars.")
    initial: str = says("First character of the name.")
    stars: int = says("1 to 5.")
    at: datetime = says("When it was written.")
    text: str = says("The words; may be empty.", default="")
    variant: str = says("What exactly was bought; may be empty.", default="")
    images: tuple[ImageView, ...] = says("The buyer's pictures.", default=())
    refunded: bool = says("True when the goods were refunded since.", default=False)
    edited: bool = says("True when the buyer changed it later.", default=False)
    follow_up: str = says("What the buyer added after using it; may be empty.", default="")
    follow_up_days: int = says("How many days later that was.", default=0)
    answer: str = says("What the shop answered; may be empty.", default="")
    report_url: str = says("Where a buyer reports it; empty where that makes no sense.", default="")


@view
class ReviewsPage(Page):
    """All reviews of a product: filtered, ordered, page by page."""

    template: ClassVar[str] = "reviews"

    rating: RatingView = says("What they add up to.")
    reviews: tuple[ReviewView, ...] = says("The reviews on this page of the list.", default=())
    filters: tuple[LinkView, ...] = says("All, with pictures; the one in force is current.", default=())
    sorts: tuple[LinkView, ...] = says("Ways to order the list; the one in force is current.", default=())
    next_url: str = says("Address of the next page; empty on the last.", default="")
    narrowed: bool = says("True when a filter hides some of them.", default=False)


@view
class ReviewPage(Page):
    """Where a buyer writes a review of something they were sent, changes it, or adds to it later."""

    template: ClassVar[str] = "review"

    product: str = says("Name of the product.")
    action: str = says("Address the form is sent to.")
    image: ImageView | None = says("Picture of the product.", default=None)
    variant: str = says("What exactly was bought; may be empty.", default="")
    stars: int = says("Stars chosen so far; 0 for none.", default=0)
    text: str = says("Words written so far.", default="")
    anonymous: bool = says("Whether the name is hidden but for its first character.", default=True)
    shown_name: str = says("How the name looks when it is hidden: 林**.", default="")
    kept: tuple[tuple[str, ImageView], ...] = says(
        "Pictures that are kept: the value to send back, and the picture.", default=()
    )
    most_pictures: int = says("Most pictures in all.", default=6)
    longest: int = says("Most characters.", default=1000)
    errors: tuple[str, ...] = says("What is wrong with what was sent, in sentences.", default=())
    can_edit: bool = says("False when the days for changes are over.", default=True)
    edit_until: datetime | None = says("Until when it can be changed.", default=None)
    existing: ReviewView | None = says("The review as it stands, when there is one.", default=None)
    state: str = says("How the review stands: new, waiting, shown or hidden.", default="new")
    can_follow_up: bool = says("Whether something can be added now.", default=False)
    follow_up: str = says("Words of the addition written so far.", default="")


@view
class ReportPage(Page):
    """Where a buyer says that somebody else's review should not stand there."""

    template: ClassVar[str] = "report"

    review: ReviewView = says("The review.")
    action: str = says("Address the form is sent to.")
    reasons: tuple[FieldOption, ...] = says("Reasons to choose from.")
