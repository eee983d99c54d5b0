"""Console pages from the kit: render a template of yours, lists, forms, badges, and what to tell the person next.

Templates below `templates/console/` of a plugin extend "console/layout.html" and import "console/kit.html"; make them
known once with `add_templates`, and they are called "<plugin>/<file>.html".
"""

from flask import Response, redirect

from core.commerce.media.queries import Picture
from core.kernel.i18n import gettext
from core.rendering.console import visits
from core.rendering.console.formats import number as number
from core.rendering.console.formats import percent as percent
from core.rendering.console.parts import Action as Action
from core.rendering.console.parts import Badge as Badge
from core.rendering.console.parts import BadgesCell as BadgesCell
from core.rendering.console.parts import Fact as Fact
from core.rendering.console.parts import ItemCell as ItemCell
from core.rendering.console.parts import MoneyCell as MoneyCell
from core.rendering.console.parts import NumberCell as NumberCell
from core.rendering.console.parts import ProgressCell as ProgressCell
from core.rendering.console.parts import Stat as Stat
from core.rendering.console.parts import TextCell as TextCell
from core.rendering.console.parts import TimeCell as TimeCell
from core.rendering.console.parts import Toast as Toast
from core.rendering.console.render import add_templates as add_templates
from core.rendering.console.render import render_console as render_console
from core.rendering.console.tables import Column as Column
from core.rendering.console.tables import Filter as Filter
from core.rendering.console.tables import IndexPage as IndexPage
from core.rendering.console.tables import IndexSpec as IndexSpec
from core.rendering.console.tables import IndexState as IndexState
from core.rendering.console.tables import View as View
from core.rendering.console.visits import console_path as console_path
from core.rendering.console.visits import may as may


def see(address: str, said: str = "") -> Response:
    """On to another console page with a GET, after a form was taken; `said` is shown there."""
    if said:
        visits.tell(Toast(said, seconds=6))
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer


def share_action(path: str) -> Action:
    """A button that leads to everything to share a storefront page: words for chats, poster, link card."""
    return Action(gettext("Share"), console_path("/share/"), icon="share", post=True, fields={"path": path})


def picture_address(picture: Picture | None) -> str:
    """Where the console finds a picture of the catalog; "" without one."""
    if picture is None:
        return ""
    return console_path(picture.url) if picture.url.startswith("/media/") else picture.url
