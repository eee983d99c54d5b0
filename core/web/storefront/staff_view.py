"""Staff in their own storefront: let in by a link of the console, and told by a bar that buyers never get.

The bar is put into the finished answer, so that it is in no page that is kept, and looks the same in every theme.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request

from core.hooks import current
from core.kernel.errors import NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.console.render import add_templates, console_environment
from core.web.security import csp_nonce
from core.web.staff_visits import EXTENSION, StaffVisit, StaffVisits
from core.web.storefront.answers import go, here
from core.web.storefront.browser import STAFF, current_browser
from core.web.storefront.parts import parts

staff_view = Blueprint("staff_view", __name__)
add_templates("storefront", Path(__file__).resolve().parent.parent / "templates")

_LONGEST = 1_000
_BODY = re.compile(rb"<body[^>]*>")
# Where a page begins → what its editor is called, and who may use it.
_EDITED = (
    (re.compile(r"/products/[^/]+"), N_("Edit this product"), "catalog.edit"),
    (re.compile(r"/collections/[^/]+"), N_("Edit this collection"), "catalog.edit"),
    (re.compile(r"/(policies/[^/]+)?$"), N_("Edit this page"), "content.edit"),
)


class Door(NamedTuple):
    """A link of the bar."""

    label: str
    url: str


@staff_view.get("/staff-view/<token>")
def come_in(token: str) -> Response:
    """From the console: keep who looks, and on to the page."""
    visit = _reader().entered(token) if len(token) <= _LONGEST else None
    if visit is None or visit.shop_id != current_scope().shop_id:
        raise NotFound
    current_browser().keep(STAFF, _reader().cookie(visit))
    answer = go(links.own_path(request.args.get("next")))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@staff_view.post("/staff-view/end")
def leave() -> Response:
    """Look on without the bar."""
    current_browser().forget(STAFF)
    return go(links.own_path(request.form.get("next")))


def _reader() -> StaffVisits:
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, StaffVisits)
    return found


def looking_staff() -> StaffVisit | None:
    """Who of the shop's staff is looking; None for everybody else, and for people who left the shop."""
    cookie = current_browser().cookie(STAFF)
    visit = _reader().kept(cookie) if cookie else None
    if visit is None or visit.shop_id != current_scope().shop_id:
        return None
    return visit if any(_may(visit, one) for one in ("catalog.edit", "content.edit", "orders.note")) else None


def _may(visit: StaffVisit, permission: str) -> bool:
    return bool(
        current.answer(
            "answer_staff_may", staff_id=visit.staff_id, permission=permission, shop_id=visit.shop_id
        )
    )


def put_bar(response: Response) -> Response:
    """Put the bar at the top of a page that staff get; every other answer stays as it is."""
    if response.mimetype != "text/html" or request.blueprint == "previews":
        return response
    if not current_browser().cookie(STAFF):
        return response
    visit = looking_staff()
    body = _BODY.search(page := response.get_data())
    if visit is not None and body is not None:
        response.set_data(page[: body.end()] + _bar(visit).encode() + page[body.end() :])
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _bar(visit: StaffVisit) -> str:
    return (
        console_environment()
        .get_template("storefront/staff_bar.html")
        .render(
            nonce=csp_nonce(),
            doors=_doors(visit),
            test_mode=parts().frames.frame().test_mode,
            back=here(),
        )
    )


def _doors(visit: StaffVisit) -> Sequence[Door]:
    edited = next((one for one in _EDITED if one[0].match(request.path)), None)
    home = Door(gettext(N_("Back to the console")), f"{visit.console}/")
    if edited is None or not _may(visit, edited[2]):
        return (home,)
    address = f"{visit.console}/storefront/edit?{urlencode({'path': request.path})}"
    return (Door(gettext(edited[1]), address), home)
