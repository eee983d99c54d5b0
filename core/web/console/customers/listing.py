"""The list of customers: saved views, columns, filters and what each row says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import url_for
from sqlalchemy import ColumnElement

from core.commerce.audiences.acquisition import bought_twice
from core.commerce.customers.listing import (
    MOST_COUNTED,
    CustomerFilters,
    CustomerRow,
    matching,
    shop_tags,
)
from core.kernel.i18n import N_, gettext, ngettext
from core.rendering.console import formats
from core.rendering.console.parts import Badge, BadgesCell, MoneyCell, Source, SourceCell, TextCell, TimeCell
from core.rendering.console.tables import BulkAction, Column, Filter, IndexSpec, IndexState, View
from core.rendering.console.visits import may
from core.web.console.customers.origins import known_links, origin

_MOST_SHOWN_TAGS = 3


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A row with where the customer came from."""

    row: CustomerRow
    source: Source

    @property
    def url(self) -> str:
        """The customer's page."""
        return url_for("console_customers.customer", ref=self.row.id)


def listed(rows: Sequence[CustomerRow]) -> list[ListedCustomer]:
    """Rows with their sources, which are asked for together."""
    links = known_links(row.source for row in rows)
    return [ListedCustomer(row, origin(row.source, links)) for row in rows]


def _who(one: ListedCustomer) -> TextCell:
    row = one.row
    contact = " · ".join(part for part in (row.phone, row.email) if part and part != row.shown_name)
    return TextCell(row.shown_name or "–", contact, strong=True)


def _orders(one: ListedCustomer) -> TextCell:
    row = one.row
    said = (
        ngettext("%(n)s order", "%(n)s orders", row.orders_paid)
        if row.orders_paid
        else gettext(N_("No paid orders"))
    )
    unpaid = row.orders_placed - row.orders_paid
    return TextCell(said, gettext(N_("%(n)s not paid"), n=unpaid) if unpaid else "", number=True)


def _source(one: ListedCustomer) -> SourceCell | TextCell:
    return SourceCell(one.source) if one.row.source else TextCell("–")


def _tags(one: ListedCustomer) -> BadgesCell:
    shown = [Badge(tag, "", "") for tag in one.row.tags[:_MOST_SHOWN_TAGS]]
    more = len(one.row.tags) - len(shown)
    return BadgesCell([*shown, Badge(f"+{more}", "", "")] if more > 0 else shown)


CUSTOMERS = IndexSpec(
    key="customers",
    noun=(N_("%(count)s customer"), N_("%(count)s customers")),
    columns=(
        Column("who", N_("Customer"), _who, role="title", width="fill", sort="created_at"),
        Column("orders", N_("Orders"), _orders, role="aside", width="m", sort="orders"),
        Column("last", N_("Last order"), lambda one: TimeCell(one.row.last_order_at), role="fact", sort="last_order"),
        Column("source", N_("Source"), _source, role="extra", width="m"),
        Column("tags", N_("Tags"), _tags, role="state", width="l"),
        Column(
            "spent", N_("Spent"), lambda one: MoneyCell(one.row.spent), role="total", align="end", sort="spent"
        ),
    ),
    sorts={
        "-created_at": N_("Newest first"),
        "created_at": N_("Oldest first"),
        "-spent": N_("Spent most"),
        "-orders": N_("Ordered most"),
        "-last_order": N_("Bought last"),
        "last_order": N_("Not bought for longest"),
    },
    views=(
        View("all", N_("All")),
        View("new", N_("New")),
        View("repeat", N_("Bought again")),
        View("never", N_("Never bought")),
    ),
    filters=(
        Filter(
            "orders",
            N_("Orders"),
            (
                ("none", N_("Never bought")),
                ("one", N_("Bought once")),
                ("more", N_("Bought again")),
                ("twice", N_("Bought twice in 90 days")),
            ),
        ),
        Filter("spent", N_("Spent"), kind="amount"),
        Filter("bought", N_("Last order"), kind="days"),
        Filter("joined", N_("Customer since"), kind="days"),
        Filter("consent", N_("Offers by message"), (("yes", N_("Agreed")), ("no", N_("Not agreed")))),
        Filter("contact", N_("Reachable by"), (("email", N_("E-mail")), ("phone", N_("Phone")))),
        Filter(
            "source",
            N_("Source"),
            (
                ("link", N_("A link of yours")),
                ("utm", N_("A campaign")),
                ("site", N_("Another site")),
                ("import", N_("Imported")),
                ("none", N_("Came directly")),
            ),
        ),
    ),
    search=N_("Name, phone, e-mail"),
    row_id=lambda one: str(one.row.id),
    row_url=lambda one: one.url,
    row_label=lambda one: one.row.shown_name,
    most_counted=MOST_COUNTED,
)  # fmt: skip


def shop_spec(segments: Mapping[str, str]) -> IndexSpec:
    """The list with this shop's own tags and segments (key → name) to filter by, and what this person may do."""
    filters = list(CUSTOMERS.filters)
    if segments:
        filters.insert(0, Filter("segment", N_("Segment"), tuple(segments.items())))
    tags = shop_tags()
    if tags:
        filters.insert(0, Filter("tag", N_("Tag"), tuple((tag, tag) for tag in tags)))
    bulk = []
    if may("customers.edit"):
        bulk.append(BulkAction("tag", N_("Tag"), "tag", url_for("console_customers.tag")))
    if may("customers.export"):
        bulk.append(BulkAction("export", N_("Export"), "download", url_for("console_customers.export")))
    return replace(CUSTOMERS, filters=tuple(filters), bulk=tuple(bulk))


def filters_of(state: IndexState, within: Sequence[ColumnElement[bool]] = ()) -> CustomerFilters:
    """What the address of the list narrows; `within` are the conditions of its segment."""
    chosen = dict(state.filters)
    if chosen.get("orders") == "twice":
        del chosen["orders"]
        within = (*within, bought_twice())
    nothing = (None, None)
    return CustomerFilters(
        tag=chosen.get("tag", ""),
        orders=chosen.get("orders", ""),
        consent=chosen.get("consent", ""),
        contact=chosen.get("contact", ""),
        source=chosen.get("source", ""),
        joined=chosen.get("joined", nothing),
        bought=chosen.get("bought", nothing),
        spent=chosen.get("spent", nothing),
        within=tuple(within),
    )


def conditions_of(state: IndexState, within: Sequence[ColumnElement[bool]] = ()) -> list[ColumnElement[bool]]:
    """Every customer that the list shows on all of its pages."""
    return matching(view=state.view, search=state.q, filters=filters_of(state, within))


def said_customers(count: int) -> str:
    """ "214 customers"."""
    return ngettext("%(count)s customer", "%(count)s customers", count, count=formats.number(count))
