"""The list of products: views, columns and orders."""

from dataclasses import dataclass

from flask import url_for

from core.commerce.merchandising.queries import PER_PAGE, IndexRow
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.money import Money
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Badge, BadgesCell, ItemCell, NumberCell, TextCell, TimeCell, Tone
from core.rendering.console.tables import Column, IndexSpec, View
from core.web.console.media import picture_url

STATUSES = {
    "active": (N_("On sale"), "ok", "dot"),
    "draft": (N_("Draft"), "", "ring"),
    "archived": (N_("Put away"), "", "dot"),
}


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A row with its picture's address."""

    row: IndexRow
    image: str


def listed(row: IndexRow) -> ListedProduct:
    """A row for the list."""
    return ListedProduct(row, picture_url(row.picture))


def status_badge(status: str) -> Badge:
    """Whether a product is on sale."""
    words, tone, mark = STATUSES[status]
    return Badge(gettext(words), tone, mark)  # type: ignore[arg-type]


def _price(one: ListedProduct) -> TextCell:
    currency = current_scope().currency
    low, high = (
        formats.money(Money(minor, currency)) for minor in (one.row.price_from_minor, one.row.price_to_minor)
    )
    return TextCell(low if low == high else f"{low} – {high}", number=True)


def _stock(one: ListedProduct) -> NumberCell | TextCell:
    row = one.row
    if row.available is None:
        return TextCell(gettext(N_("not counted")))
    said = ""
    if row.variants > 1 and row.sold_out:
        said = ngettext("%(n)s variant sold out", "%(n)s variants sold out", row.sold_out)
    elif row.variants > 1 and row.low:
        said = ngettext("%(n)s variant low", "%(n)s variants low", row.low)
    tone: Tone = "bad" if row.available <= 0 else "warn" if row.low and row.variants == 1 else ""
    return NumberCell(row.available, said, tone)


def _variants(one: ListedProduct) -> str:
    if one.row.variants == 1:
        return one.row.subtitle
    count = ngettext("%(n)s variant", "%(n)s variants", one.row.variants)
    return f"{one.row.subtitle} · {count}" if one.row.subtitle else count


PRODUCTS = IndexSpec(
    key="products",
    noun=(N_("%(count)s product"), N_("%(count)s products")),
    columns=(
        Column(
            "title",
            N_("Product"),
            lambda one: ItemCell(one.row.title, _variants(one), image=one.image, icon="package", strong=True),
            role="title",
            width="fill",
            sort="title",
        ),
        Column("status", N_("Status"), lambda one: BadgesCell([status_badge(one.row.status)]), role="state"),
        Column("stock", N_("Stock"), _stock, role="fact", align="end", sort="stock", width="m"),
        Column("price", N_("Price"), _price, role="total", align="end", sort="price", width="l"),
        Column(
            "updated",
            N_("Changed"),
            lambda one: TimeCell(one.row.updated_at),
            role="extra",
            sort="updated",
            width="xl",
        ),
    ),
    sorts={
        "-updated": N_("Last changed first"),
        "-created": N_("Newest first"),
        "title": N_("By name"),
        "price": N_("Cheapest first"),
        "stock": N_("Least stock first"),
        "position": N_("As in the storefront"),
    },
    views=(
        View("all", N_("All")),
        View("active", N_("On sale")),
        View("draft", N_("Drafts")),
        View("archived", N_("Put away")),
        View("low", N_("Low stock"), hot=True),
    ),
    search=N_("Name, tag, SKU"),
    sizes=(PER_PAGE,),
    row_id=lambda one: str(one.row.id),
    row_url=lambda one: url_for("console_products.product", ref=one.row.id),
    row_label=lambda one: one.row.title,
)
