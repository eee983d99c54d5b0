"""Routes between console and storefront: out with a signed way in, and back to where a page of the shop is edited."""

from urllib.parse import unquote, urlencode

from flask import Blueprint, Response, current_app, redirect, request

from core.commerce.catalog.listings import collection_choices
from core.commerce.catalog.queries import stored_product_at
from core.commerce.content.queries import WRITTEN, pages
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.console.visits import current_visit
from core.web.console.answers import go
from core.web.console.shell import storefront_link
from core.web.staff_visits import EXTENSION, StaffVisit, StaffVisits

blueprint = Blueprint("console_storefront", __name__)


@blueprint.get("/")
def visit() -> Response:
    """On to the page of the storefront that `path` names, as somebody who works here."""
    staff = current_visit().staff
    assert staff is not None
    maker: StaffVisits = current_app.extensions[EXTENSION]
    console = f"{request.host_url.rstrip('/')}{current_visit().home}"
    way_in = maker.path_of(StaffVisit(current_scope().shop_id, staff.id, console))
    target = links.own_path(request.args.get("path"))
    answer = redirect(storefront_link(f"{way_in}?{urlencode({'next': target})}"), 303)
    assert isinstance(answer, Response)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/edit")
def edit() -> Response:
    """On to where the page of the storefront that `path` names is edited; to the shop's design for all others."""
    path = links.own_path(request.args.get("path")).partition("?")[0]
    kind, _, rest = path.strip("/").partition("/")
    name = unquote(rest.partition("/")[0])
    return _editor(kind, name) or go("console_design.index")


def _editor(kind: str, name: str) -> Response | None:
    if kind == "":
        return go("console_design.page", ref="home")
    if kind == "products":
        product = stored_product_at(name)
        return go("console_products.product", ref=product.id) if product else go("console_products.index")
    if kind == "collections":
        found = next((one for one in collection_choices() if one.handle == name), None)
        return (
            go("console_collections.collection", ref=found.id) if found else go("console_collections.index")
        )
    if kind == "policies":
        written = next((one for one in pages() if one.kind in WRITTEN and one.slug == name), None)
        return go("console_design.page", ref=written.id) if written else None
    return None
