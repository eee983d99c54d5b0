"""A shop's first hour in the console: first product, test order, a campaign to begin, and the list of what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request, url_for

from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope, require
from core.rendering.console import formats
from core.rendering.console.parts import Action, Step, Toast
from core.rendering.console.visits import current_visit, may, tell
from core.rendering.extensions import HomePanel, OrderPanel, SampleOffer
from core.web.console.entry import takes_bodies
from core.web.console.shell import storefront_link
from core.web.previews import EXTENSION, PreviewLink, Previews
from core.web.security import let_show
from tenants.actions.first_hour import (
    SAMPLES_AT_ONCE,
    add_first_product,
    add_samples,
    begin_growth_play,
    note_delivery_seen,
    place_test_order,
    put_checklist,
    remove_samples,
    restore_samples,
)
from tenants.first_hour import FirstHourView, first_hour, growth_plays, has_samples, product_to_begin_with
from tenants.web.answers import go, go_to, pages, show

_LARGEST_PHOTO = 21 * 1024 * 1024
_OWNER = "shop.edit"


# In the order of FirstHourView.done.
_WORDS = (
    (N_("Put a product of your own on sale"), N_("A photo, a name and a price are enough.")),
    (N_("See a test order come in"), N_("One press; nobody pays anything.")),
    (N_("Choose how to sell more"), N_("A group-buy on your own product, ready made.")),
    (N_("Look at delivery"), N_("One way to send is set up; check its fee and where it goes.")),
    (
        N_("Contact and rules"),
        N_("Pages about delivery, returns and privacy were written for you: read and publish them."),
    ),
    (N_("Remove the samples"), N_("All at once; orders that have one keep it.")),
    (N_("Share your shop"), N_("A link with a QR code that counts who comes.")),
    (N_("The first order that somebody pays"), N_("It ticks itself.")),
)


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the list: what, whether the shop's data show it, and where to do it."""

    label: str
    detail: str
    done: bool
    action: Action


@pages.route("/first-hour/product", methods=["GET", "POST"])
@takes_bodies(_LARGEST_PHOTO)
def first_product() -> Response:
    """The first product: a photo, a name, a price."""
    require("catalog.edit")
    if request.method == "GET":
        return _product_page()
    photo = request.files.get("photo")
    content = photo.stream.read() if photo is not None and photo.filename else b""
    try:
        add_first_product(
            title=request.form.get("title", "")[:300],
            price=request.form.get("price", "")[:40],
            photo=content,
            file_name=(photo.filename or "") if photo is not None else "",
        )
    except InputRefused as error:
        return _product_page(faults={name: str(said[0]) for name, said in error.fields.items()}, status=422)
    except PinpuError as error:
        # The picture could not be used; what was typed stays.
        return _product_page(faults={"photo": f"{error.text} {error.fix_text}"}, status=error.status)
    tell(Toast(gettext(N_("It is on sale, with 10 in stock.")), seconds=6))
    return go("tenants.test_order")


def _product_page(*, faults: dict[str, str] | None = None, status: int = 200) -> Response:
    return show(
        "first_product",
        status=status,
        steps=_steps("product"),
        faults=faults or {},
        title=request.form.get("title", "")[:300],
        price=request.form.get("price", "")[:40],
        sign=formats.currency_sign(current_scope().currency),
        storefront=storefront_link(),
        preview=_preview(),
        next_url=url_for("tenants.test_order"),
    )


def _preview() -> str:
    """The home page in a frame, as a buyer's phone shows it."""
    maker: Previews = current_app.extensions[EXTENSION]
    let_show(storefront_link("").rstrip("/"))
    origin = request.host_url.rstrip("/")
    return storefront_link(maker.path_of(PreviewLink(current_scope().shop_id, "home", origin)))


def _steps(here: str) -> list[Step]:
    places = (
        ("shop", N_("Shop"), "tenants.first_product"),
        ("product", N_("First product"), "tenants.first_product"),
        ("order", N_("Test order"), "tenants.test_order"),
        ("growth", N_("Sell more"), "tenants.growth"),
    )
    at = [key for key, _, _ in places].index(here)
    return [
        Step(gettext(words), state="done" if place < at else "now" if place == at else "next")
        for place, (_, words, _) in enumerate(places)
    ]


@pages.get("/first-hour/test-order")
def test_order() -> Response:
    """What test mode is, and one press to see an order come in."""
    require(_OWNER)
    return _order_page()


@pages.post("/first-hour/test-order")
def make_test_order() -> Response:
    """A buyer of ours orders one piece and pays; the order's page opens."""
    staff = current_visit().staff
    try:
        order_id = place_test_order(email=staff.email if staff else "")
    except PinpuError as error:
        return _order_page(error=error)
    return go_to(url_for("console_orders.order", ref=order_id))


def _order_page(*, error: PinpuError | None = None) -> Response:
    return show(
        "test_order",
        status=error.status if error else 200,
        steps=_steps("order"),
        product=product_to_begin_with(),
        error=error,
        next_url=url_for("tenants.growth"),
    )


@pages.get("/first-hour/growth")
def growth() -> Response:
    """Campaigns that begin with one press."""
    require(_OWNER)
    return _growth_page()


@pages.post("/first-hour/growth/<plugin>/<key>")
def begin_growth(plugin: str, key: str) -> Response:
    """Switch the plugin on and begin its campaign; its page opens."""
    require(_OWNER)
    play = next((one for part, one in growth_plays() if part == plugin and one.key == key), None)
    if play is None:
        raise NotFound
    try:
        address = begin_growth_play(plugin=plugin, play=play)
    except PinpuError as error:
        return _growth_page(error=error)
    tell(Toast(gettext(N_("It runs. Share it where your buyers are.")), seconds=6))
    return go_to(address)


def _growth_page(*, error: PinpuError | None = None) -> Response:
    return show(
        "growth",
        status=error.status if error else 200,
        steps=_steps("growth"),
        plays=growth_plays(),
        product=product_to_begin_with(),
        error=error,
    )


@pages.get("/first-hour/delivery")
def look_at_delivery() -> Response:
    """To the ways to send; that they were looked at is kept."""
    note_delivery_seen()
    return go("console_settings.delivery")


@pages.post("/first-hour/samples/add")
def load_samples() -> Response:
    """Put a few samples on sale; for a while one press removes them again, later the first steps do."""
    add_samples()
    said = ngettext("%(n)s sample product is on sale.", "%(n)s sample products are on sale.", SAMPLES_AT_ONCE)
    tell(Toast(said, undo_url=url_for("tenants.clear_samples")))
    return go("console_products.index")


@pages.post("/first-hour/samples/remove")
def clear_samples() -> Response:
    """Put all samples away; for a while one press brings them back."""
    removed = remove_samples()
    said = ngettext(
        "%(n)s sample is gone from the shop.", "%(n)s samples are gone from the shop.", len(removed)
    )
    fields = {"products": " ".join(str(one) for one in removed)}
    tell(Toast(said, undo_url=url_for("tenants.bring_samples"), fields=fields))
    return go("console_home.home")


@pages.post("/first-hour/samples/restore")
def bring_samples() -> Response:
    """Undo: the samples are back."""
    wanted = [one for text in request.form.get("products", "")[:4000].split() if (one := as_id(text))]
    restore_samples(product_ids=wanted)
    tell(Toast(gettext(N_("The samples are back.")), seconds=6))
    return go("console_home.home")


@pages.get("/first-hour")
def checklist() -> Response:
    """The whole list, also when it was put away."""
    require(_OWNER)
    return show("first_hour", **_list(first_hour()))


@pages.post("/first-hour/hide")
def hide_checklist() -> Response:
    """Put the list away."""
    put_checklist(hidden=True)
    tell(Toast(gettext(N_("The list is put away. “First steps” in the menu brings it back.")), seconds=8))
    return go("console_home.home")


@pages.post("/first-hour/show")
def show_checklist() -> Response:
    """Put the list on the home page again."""
    put_checklist(hidden=False)
    return go("console_home.home")


def sample_offers() -> list[SampleOffer]:
    """In empty lists: a few samples, to whom may put goods on sale, until the shop has had some."""
    if not may("catalog.edit") or has_samples():
        return []
    label = ngettext("Load %(n)s sample product", "Load %(n)s sample products", SAMPLES_AT_ONCE)
    return [SampleOffer(label=label, url=url_for("tenants.load_samples"))]


def home_panels() -> list[HomePanel]:
    """The list on the home page, until all of it is done or somebody put it away."""
    if not may(_OWNER):
        return []
    standing = first_hour()
    if not standing.begun or standing.hidden or all(standing.done):
        return []
    return [HomePanel(template="tenants/_checklist.html", context=_list(standing))]


def order_panels(order_ids: Sequence[object]) -> list[OrderPanel]:
    """On the test order's page: what it is, and what comes next."""
    standing = first_hour()
    if standing.test_order_id is None or standing.test_order_id not in order_ids:
        return []
    context = {"next_url": "" if standing.growth or not may(_OWNER) else url_for("tenants.growth")}
    return [OrderPanel(order_id=standing.test_order_id, template="tenants/_test_order.html", context=context)]


def _list(standing: FirstHourView) -> dict[str, Any]:
    checks = _checks(standing)
    done = sum(one.done for one in checks)
    return {
        "checks": checks,
        "done": done,
        "total": len(checks),
        "hidden": standing.hidden or not standing.begun,
        "hide": Action(
            gettext(N_("Put the list away")), url_for("tenants.hide_checklist"), post=True, tone="quiet"
        ),
        "show": Action(gettext(N_("Show on the home page")), url_for("tenants.show_checklist"), post=True),
    }


def _checks(standing: FirstHourView) -> list[Check]:
    places = (
        (N_("Add"), "tenants.first_product", False),
        (N_("Place it"), "tenants.test_order", False),
        (N_("Choose"), "tenants.growth", False),
        (N_("Check it"), "tenants.look_at_delivery", False),
        (N_("Read"), "console_design.index", False),
        (N_("Remove all samples"), "tenants.clear_samples", True),
        (N_("Make a link"), "console_links.index", False),
        (N_("Your orders"), "console_orders.index", False),
    )
    return [
        Check(gettext(label), gettext(detail), done, Action(gettext(press), url_for(endpoint), post=post))
        for (label, detail), (press, endpoint, post), done in zip(_WORDS, places, standing.done, strict=True)
    ]
