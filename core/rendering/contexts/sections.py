"""What the templates of core's own sections get, each under the name `section`."""

from markupsafe import Markup

from core.rendering.contexts.browse import CollectionTile, ProductCard
from core.rendering.contexts.frame import ContactView, FactView, ImageView, LinkView, says, view


@view
class AnnouncementSection:
    """One line of news."""

    text: str = says("The news.")
    url: str = says("Where it leads; may be empty.", default="")


@view
class HeroSection:
    """The large opening picture with its words."""

    title: str = says("The large words; a line break keeps its place.")
    image: ImageView | None = says("The picture.", default=None)
    eyebrow: str = says("A small line above the title.", default="")
    text: str = says("A sentence or two below it.", default="")
    link: LinkView | None = says("The one button.", default=None)
    layout: str = says("cover (words on the picture) or split (words beside it).", default="cover")
    words_side: str = says("start or end: side of words that stand on the picture.", default="start")
    ink: str = says("light or dark: colour of words that stand on the picture.", default="light")


@view
class IconNavSection:
    """A row of round doors into the shop."""

    items: tuple[LinkView, ...] = says("The doors; the current one is drawn strong.")


@view
class GoodsSection:
    """Products of a collection, or picked ones."""

    title: str = says("Heading; may be empty.")
    subtitle: str = says("A quiet line below the heading.", default="")
    cards: tuple[ProductCard, ...] = says("The products.")
    layout: str = says(
        "grid, staggered, rail (sideways) or feature (one large, the others small).", default="grid"
    )
    more: LinkView | None = says("Link to all of them.", default=None)


@view
class RichTextSection:
    """Words."""

    body: Markup = says("The words, as HTML made from checked nodes.")
    title: str = says("Heading; may be empty.", default="")
    align: str = says("start or centre.", default="start")


@view
class ImageTextSection:
    """A picture with words beside it."""

    title: str = says("Heading.")
    body: Markup = says("The words, as HTML made from checked nodes.")
    image: ImageView | None = says("The picture.", default=None)
    eyebrow: str = says("A small line above the heading.", default="")
    link: LinkView | None = says("Where to go on.", default=None)
    side: str = says("start or end: where the picture stands on wide screens.", default="start")


@view
class PromisesSection:
    """Lines of trust: shipping, returns, who sells."""

    items: tuple[FactView, ...] = says("The promises.")
    title: str = says("Heading; may be empty.", default="")


@view
class QuestionView:
    """A question that buyers ask, with its answer."""

    question: str = says("The question.")
    answer: Markup = says("The answer, as HTML made from checked nodes.")


@view
class FaqSection:
    """Questions and answers; each opens on its own, without JavaScript too."""

    items: tuple[QuestionView, ...] = says("The questions, in the merchant's order.")
    title: str = says("Heading; may be empty.", default="")


@view
class ContactSection:
    """How to reach the shop."""

    title: str = says("Heading; may be empty.")
    contact: ContactView = says("How to reach the shop; at least one way is filled.")
    text: str = says("A sentence below the heading.", default="")


@view
class CollectionListSection:
    """Collections with a picture each."""

    tiles: tuple[CollectionTile, ...] = says("The collections.")
    title: str = says("Heading; may be empty.", default="")
    layout: str = says("grid or rail (sideways).", default="grid")
    more: LinkView | None = says("Link to all of them.", default=None)


@view
class DividerSection:
    """Room between two sections."""

    size: str = says("small, medium or large.", default="medium")
    line: bool = says("Whether a line is drawn in the middle.", default=False)
