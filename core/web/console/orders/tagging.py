"""Tags: the shop's own words with colours, and those of one order."""

from uuid import UUID

from flask import Blueprint, Response, request

from core.commerce.orders.errors import TagNameTaken, TooManyTags
from core.commerce.orders.queries import order
from core.commerce.orders.tagging import LONGEST_NAME, remove_tag, save_tag, tag_orders, untag_orders
from core.commerce.orders.tags import COLOURS, counted_tags, shop_tags
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import require
from core.web.console.answers import go, show
from core.web.console.orders.listing import TAG_TONES

blueprint = Blueprint("console_tags", __name__)
COLOUR_WORDS = {
    "grey": N_("Grey"),
    "blue": N_("Blue"),
    "green": N_("Green"),
    "amber": N_("Amber"),
    "red": N_("Red"),
}


@blueprint.before_request
def noters_only() -> None:
    """Nobody else sees these pages."""
    require("orders.note")


@blueprint.get("/")
def index() -> Response:
    """All tags with how many orders carry them."""
    return _index()


def _index(problem: PinpuError | None = None) -> Response:
    return show(
        "orders/tags",
        status=200 if problem is None else problem.status,
        tags=counted_tags(),
        problem=problem,
        tones=TAG_TONES,
        colours=[(one, COLOUR_WORDS[one]) for one in COLOURS],
        longest=LONGEST_NAME,
    )


@blueprint.post("/")
def save() -> Response:
    """Make a tag, or change the one that `tag` names."""
    try:
        save_tag(
            name=request.form.get("name", ""),
            colour=request.form.get("colour", ""),
            tag_id=as_id(request.form["tag"]) if request.form.get("tag") else None,
        )
    except (InputRefused, TagNameTaken, TooManyTags) as error:
        return _index(error)
    return go("console_tags.index", said=gettext(N_("The tag is saved.")))


@blueprint.post("/<ref>/remove")
def remove(ref: str) -> Response:
    """Take a tag off all orders."""
    remove_tag(tag_id=_known(ref))
    return go("console_tags.index", said=gettext(N_("The tag is gone from all orders.")))


def _known(ref: str) -> UUID:
    tag_id = as_id(ref)
    if tag_id is None or tag_id not in {one.id for one in shop_tags()}:
        raise NotFound
    return tag_id


@blueprint.post("/of/<order_ref>")
def of_order(order_ref: str) -> Response:
    """Put a tag on one order, or take it off: a known one by `tag`, a new one by `name`."""
    order_id = as_id(order_ref)
    if order_id is None or order(order_id) is None:
        raise NotFound
    if request.form.get("off"):
        untag_orders(order_ids=[order_id], tag_id=_known(request.form["off"]))
    else:
        tag_orders(order_ids=[order_id], tag_id=_known(request.form.get("tag", "")))
    return go("console_orders.order", ref=order_id)
