"""Routes about products: the list, one product's form, and what its buttons do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import FileStorage, MultiDict

from core.commerce.catalog.actions import change_product_status
from core.commerce.catalog.drafts import STATUSES
from core.commerce.catalog.listings import collection_choices
from core.commerce.catalog.queries import StoredProduct
from core.commerce.catalog.tallies import TallyView, tallies
from core.commerce.media.actions import store_asset
from core.commerce.media.errors import PictureRefused
from core.commerce.media.pictures import MAXIMUM_BYTES
from core.commerce.media.queries import asset_views
from core.commerce.merchandising.actions import save_product_with_stock
from core.commerce.merchandising.queries import EditedProduct, edited_product, products_index
from core.commerce.reservations.stock import StockView
from core.kernel.errors import EditConflict, InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.ids import as_id
from core.kernel.tenancy import require
from core.rendering.console.forms import Form
from core.rendering.console.parts import Action, Badge, Fact, Toast
from core.rendering.console.tables import IndexPage, IndexState
from core.rendering.console.widgets import FieldView
from core.web.console.answers import go, go_to, show
from core.web.console.catalog.listing import PRODUCTS, listed, status_badge
from core.web.console.catalog.product_changes import changed_form
from core.web.console.catalog.product_form import (
    draft_of,
    options_changed,
    product_form,
    stock_of_form,
    texts_of,
)
from core.web.console.entry import takes_bodies
from core.web.console.media import picture_url
from core.web.console.panels import sample_offers
from core.web.console.shell import storefront_visit

blueprint = Blueprint("console_products", __name__)
PERMISSION = "catalog.edit"
# One form may bring a few pictures at once.
_MOST_PICTURES = 10
_LARGEST_FORM = 3 * MAXIMUM_BYTES


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A variant in the form: its place, its option values, its fields by name, and what is in stock now."""

    place: int
    values: tuple[str, ...]
    fields: dict[str, FieldView]
    stock: StockView | None

    @property
    def title(self) -> str:
        """The option values in one line."""
        return " / ".join(self.values)

    @property
    def badge(self) -> Badge | None:
        """Whether it needs goods."""
        left = self.stock.available if self.stock else None
        if left is None or left > 10:
            return None
        return Badge(gettext(N_("Sold out")), "bad") if left <= 0 else Badge(gettext(N_("Low")), "warn")


@dataclass(frozen=True, slots=True)
class PictureTile:
    """A picture in the form."""

    place: int
    url: str
    fields: dict[str, FieldView]


@dataclass(slots=True)
class Shown:
    """What the page of a product is made of, besides its form."""

    ref: str
    edited: EditedProduct | None
    status: int = 200
    problems: list[PinpuError] = field(default_factory=list)
    note: str = ""
    overwrite: int | None = None


@blueprint.get("/")
def index() -> Response:
    """The list of products."""
    state = IndexState.from_args(request.args, PRODUCTS)
    found = products_index(
        view=state.view, search=state.q, sort=state.sort.removeprefix("-"), page=state.page
    )
    if not found.rows and found.pages and state.page > found.pages:
        return go_to(f"{request.path}{state.query(page=found.pages)}")
    page = IndexPage(PRODUCTS, state, [listed(row) for row in found.rows], found.total, found.counts)
    return show("catalog/products", page=page, samples=sample_offers(found.counts))


@blueprint.get("/new")
def new() -> Response:
    """An empty form."""
    return product("new")


@blueprint.route("/<ref>", methods=["GET", "POST"])
@takes_bodies(_LARGEST_FORM)
def product(ref: str) -> Response:
    """One product; "new" makes one. A button named "_do" changes the form without saving."""
    require(PERMISSION)
    shown = Shown(ref, _stored(ref))
    form = product_form(shown.edited, collection_choices())
    if request.method == "GET":
        return _page(form, shown)
    wish = request.form.get("_do", "")
    submitted = changed_form(_submitted(), wish, added_images=_taken_pictures(shown))
    if wish or shown.problems:
        return _redrawn(form, submitted, shown)
    data = form.submit(submitted)
    if data is None:
        shown.status = 422
        return _page(form, shown)
    if options_changed(data):
        shown.status = 422
        shown.note = gettext(N_("The options have changed: look at the variants below, then save again."))
        return _redrawn(form, changed_form(submitted, "options"), shown)
    return _save(form, data, shown)


def _stored(ref: str) -> EditedProduct | None:
    if ref == "new":
        return None
    product_id = as_id(ref)
    found = edited_product(product_id) if product_id else None
    if found is None:
        raise NotFound
    return found


def _submitted() -> "MultiDict[str, str]":
    return MultiDict(request.form.items(multi=True))


def _taken_pictures(shown: Shown) -> list[str]:
    """Ids of the pictures that came with the form; a refused one is named in `shown`."""
    kept = []
    files: Sequence[FileStorage] = [one for one in request.files.getlist("pictures") if one.filename]
    for file in files[:_MOST_PICTURES]:
        try:
            kept.append(str(store_asset(content=file.stream.read(), file_name=file.filename or "").id))
        except PictureRefused as error:
            shown.problems.append(error)
            shown.status = 422
    return kept


def _redrawn(form: Form, submitted: "MultiDict[str, str]", shown: Shown) -> Response:
    """The form with what was typed, not judged yet."""
    form.parse(submitted)
    form.errors.clear()
    return _page(form, shown)


def _save(form: Form, data: dict[str, Any], shown: Shown) -> Response:
    try:
        saved = save_product_with_stock(
            draft=draft_of(data),
            stock=stock_of_form(data),
            product_id=shown.edited.stored.id if shown.edited else None,
            version=_version(shown),
        )
    except InputRefused as error:
        form.refuse(error.fields)
        shown.status = 422
        return _page(form, shown)
    except EditConflict as error:
        fresh = _stored(shown.ref)
        shown.status, shown.problems = 409, [error]
        shown.overwrite = fresh.stored.version if fresh else None
        return _page(form, shown)
    except PinpuError as error:
        shown.status, shown.problems = error.status, [error]
        return _page(form, shown)
    return go("console_products.product", ref=saved.id, said=gettext(N_("The product is saved.")))


def _version(shown: Shown) -> int | None:
    """The version that the person saw, or decided to write over."""
    if shown.edited is None:
        return None
    given = request.form.get("_overwrite") or request.form.get("_version", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else -1


def _page(form: Form, shown: Shown) -> Response:
    stock = shown.edited.stock if shown.edited else {}
    rows = [_matrix_row(place, row, stock) for place, row in enumerate(form["variants"].rows)]
    stored = shown.edited.stored if shown.edited else None
    tally = tallies([stored.id])[stored.id] if stored else None
    return show(
        "catalog/product",
        status=shown.status,
        form=form,
        ref=shown.ref,
        stored=stored,
        version=request.form.get("_version") or (stored.version if stored else ""),
        problems=shown.problems,
        note=shown.note,
        overwrite=shown.overwrite,
        title=form["title"].value or (stored.draft.title if stored else gettext(N_("New product"))),
        badge=status_badge(stored.draft.status) if stored else None,
        options=[{one.name.rpartition("-")[2]: one for one in row} for row in form["options"].rows],
        groups=[(name, list(group)) for name, group in groupby(rows, _family)],
        rows=rows,
        pictures=_tiles(form),
        actions=_actions(stored) if stored else [],
        sold=sum(one.sold for one in stock.values()),
        reserved=sum(one.reserved for one in stock.values()),
        tally=tally,
        said=_said_by_buyers(tally) if tally else [],
    )


def _said_by_buyers(tally: TallyView) -> list[Fact]:
    count = ngettext("%(n)s review", "%(n)s reviews", tally.count)
    stars = f"★ {tally.average_text} · {count}" if tally.count else gettext(N_("no review yet"))
    return [
        Fact(gettext(N_("Stars")), stars),
        Fact(gettext(N_("Sold")), ngettext("%(n)s piece", "%(n)s pieces", tally.sold)),
    ]


def _actions(stored: StoredProduct) -> list[Action]:
    """What can be done with a stored product besides editing it."""
    on_sale = stored.draft.status == "active"
    wanted, words = ("archived", N_("Take off sale")) if on_sale else ("active", N_("Put on sale"))
    change = Action(
        gettext(words),
        url_for("console_products.set_status", ref=stored.id),
        icon="folder" if on_sale else "building-store",
        post=True,
        fields={"status": wanted},
    )
    path = f"/products/{quote(stored.draft.handle)}"
    look = Action(gettext(N_("See it in the storefront")), storefront_visit(path), icon="eye", new_tab=True)
    share = Action(
        gettext(N_("Share")), url_for("console_sharing.make"), icon="share", post=True, fields={"path": path}
    )
    return [change, look, share] if on_sale else [change]


def _matrix_row(place: int, row: list[FieldView], stock: dict[UUID, StockView]) -> MatrixRow:
    by_name = {one.name.rpartition("-")[2]: one for one in row}
    variant_id = as_id(str(by_name["id"].value))
    values = texts_of(str(by_name["option_values"].value))
    return MatrixRow(place, values, by_name, stock.get(variant_id) if variant_id else None)


def _family(row: MatrixRow) -> str:
    return row.values[0] if len(row.values) > 1 else ""


def _tiles(form: Form) -> list[PictureTile]:
    listed_rows = [{one.name.rpartition("-")[2]: one for one in row} for row in form["images"].rows]
    ids = [as_id(str(row["asset_id"].value)) for row in listed_rows]
    found = asset_views(one for one in ids if one is not None)
    return [
        PictureTile(place, picture_url(found[asset_id].picture) if asset_id in found else "", row)
        for place, (row, asset_id) in enumerate(zip(listed_rows, ids, strict=True))
    ]


@blueprint.post("/<ref>/status")
def set_status(ref: str) -> Response:
    """Put one product on sale, aside or away; the toast takes it back."""
    wanted, product_id = request.form.get("status", ""), as_id(ref)
    if wanted not in STATUSES or product_id is None:
        raise NotFound
    before = change_product_status(product_ids=[product_id], status=wanted)
    if not before:
        if edited_product(product_id) is None:
            raise NotFound
        return go("console_products.product", ref=ref)
    words = {
        "active": N_("It is on sale."),
        "draft": N_("It is a draft now."),
        "archived": N_("It is put away."),
    }
    undo = Toast(
        gettext(words[wanted]),
        undo_url=url_for("console_products.set_status", ref=ref),
        fields={"status": before[product_id]},
    )
    return go("console_products.product", ref=ref, toast=undo)
