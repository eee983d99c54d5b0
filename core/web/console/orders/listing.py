"""The list of orders: saved views, columns, filters and what each row says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from core.commerce.catalog.queries import product_titles
from core.commerce.fulfilment.order_conditions import NO_SOURCE
from core.commerce.fulfilment.order_lists import MOST_COUNTED, OrderFilters, OrderQuery, OrderRow
from core.commerce.media.queries import Picture, pictures_at
from core.commerce.orders.tags import TagView, shop_tags
from core.hooks.current import shop_hooks
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.ids import as_id
from core.rendering.console import formats
from core.rendering.console.parts import (
    Badge,
    BadgesCell,
    ItemCell,
    MoneyCell,
    Source,
    SourceCell,
    TextCell,
)
from core.rendering.console.tables import BulkAction, Column, Filter, IndexSpec, IndexState, View
from core.rendering.console.visits import may
from core.web.console.customers.origins import known_links, origin
from core.web.console.media import picture_url
from core.web.console.orders.states import list_badges
from core.web.console.sources import plugin_title, source_of

TAG_TONES = {"grey": "", "blue": "accent", "green": "ok", "amber": "warn", "red": "bad"}


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """A row with what the page adds to it: the picture's address and where the order came from."""

    row: OrderRow
    image: str
    source: Source

    @property
    def url(self) -> str:
        """The order's page."""
        return url_for("console_orders.order", ref=self.row.id)

    @property
    def badges(self) -> list[Badge]:
        """How it stands."""
        wait = self.row.waiting_for
        found = list_badges(
            self.row,
            open_refunds=self.row.open_refunds,
            waiting=(wait.confirmed, wait.threshold) if wait else None,
            pickup=self.row.delivery == "pickup",
        )
        if self.row.noted:
            found.append(Badge(gettext(N_("Message")), "", "ring"))
        return [*found, *tag_badges(self.row.tags)]


def tag_badges(tags: Sequence[TagView]) -> list[Badge]:
    """Tags as they are drawn."""
    return [Badge(tag.name, TAG_TONES.get(tag.colour, ""), "") for tag in tags]  # type: ignore[arg-type]


def listed(rows: Sequence[OrderRow]) -> list[ListedOrder]:
    """Rows with their pictures, which are asked for together."""
    pictures: Mapping[str, Picture] = pictures_at(row.image for row in rows)
    return [
        ListedOrder(row, picture_url(pictures.get(row.image)), source_of(row.marks[0] if row.marks else ""))
        for row in rows
    ]


def _goods(order: ListedOrder) -> ItemCell:
    row = order.row
    count = ngettext("%(count)s unit", "%(count)s units", row.units, count=formats.number(row.units))
    more = row.products - 1
    if more:
        others = ngettext("and %(count)s other product", "and %(count)s other products", more, count=more)
        count = gettext(N_("%(units)s, %(others)s"), units=count, others=others)
    title = f"{row.title} {row.variant_title}".strip()
    return ItemCell(title, count, image=order.image, icon="package")


def _buyer(order: ListedOrder) -> TextCell:
    times = order.row.buyer_orders
    if times is None:
        return TextCell(order.row.buyer or "–", gettext(N_("Guest")))
    said = ngettext("%(count)s order", "%(count)s orders", times, count=formats.number(times))
    return TextCell(order.row.buyer or "–", gettext(N_("New customer")) if times == 1 else said)


COLUMNS = (
    Column(
        "number",
        N_("Order"),
        lambda one: TextCell(one.row.number, formats.moment(one.row.placed_at), strong=True, number=True),
        role="title",
        sort="placed_at",
    ),
    Column("goods", N_("Goods"), _goods, role="wide", width="fill"),
    Column("buyer", N_("Buyer"), _buyer, role="aside"),
    Column("state", N_("Status"), lambda one: BadgesCell(one.badges), role="state", width="xl"),
    Column("source", N_("Source"), lambda one: SourceCell(one.source), role="extra", width="m"),
    Column(
        "total", N_("Total"), lambda one: MoneyCell(one.row.total), role="total", align="end", sort="total"
    ),
)


def _product_words(words: str) -> str:
    """The title of the product whose id it is, or the words themselves."""
    product_id = as_id(words)
    return product_titles([product_id]).get(product_id, words) if product_id else words


def _source_words(key: str) -> str:
    return origin("" if key == NO_SOURCE else key, known_links([key])).label


def _campaign_words(campaign: str) -> str:
    return plugin_title(campaign.partition(":")[0])


ORDERS = IndexSpec(
    key="orders",
    noun=(N_("%(count)s order"), N_("%(count)s orders")),
    columns=COLUMNS,
    sorts={
        "-placed_at": N_("Newest first"),
        "placed_at": N_("Oldest first"),
        "-total": N_("Largest first"),
        "total": N_("Smallest first"),
    },
    views=(
        View("to_ship", N_("To ship")),
        View("waiting", N_("Waiting for group")),
        View("unpaid", N_("Unpaid")),
        View("refunding", N_("Refunding"), hot=True),
        View("all", N_("All")),
    ),
    filters=(
        Filter("placed", N_("Placed"), kind="days"),
        Filter("paid", N_("Paid"), kind="days"),
        Filter("refunded", N_("Refunded"), kind="days"),
        Filter("total", N_("Total"), kind="amount"),
        Filter(
            "payment",
            N_("Payment"),
            (
                ("paid", N_("Paid")),
                ("unpaid", N_("Unpaid")),
                ("partly_refunded", N_("Partly refunded")),
                ("refunded", N_("Refunded")),
            ),
        ),
        Filter("delivery", N_("Delivery"), (("method", N_("Parcel")), ("pickup", N_("Pick-up")))),
        Filter("product", N_("Product or SKU"), kind="words"),
        Filter(
            "note", N_("Notes"), (("buyer", N_("Message from the buyer")), ("staff", N_("Note of the staff")))
        ),
        Filter("refund", N_("Refund"), (("failed", N_("Refund refused")), ("open", N_("Refunding")))),
        Filter("test", N_("Test order"), (("no", N_("No test orders")), ("yes", N_("Test orders only")))),
    ),
    search=N_("Order, buyer, phone, product"),
    row_id=lambda one: str(one.row.id),
    row_url=lambda one: one.url,
    row_label=lambda one: one.row.number,
    most_counted=MOST_COUNTED,
)


def orders_spec() -> IndexSpec:
    """The list as this shop has it: its tags and plugins to filter by, and what can be done with many orders."""
    plugins = sorted(shop_hooks().sets.obligation)
    own = []
    if tags := shop_tags():
        own.append(Filter("tag", N_("Tag"), tuple((tag.name, tag.name) for tag in tags)))
    if plugins:
        own.append(Filter("mark", N_("Source"), tuple((name, plugin_title(name)) for name in plugins)))
    own += [
        Filter("product_id", N_("Product"), kind="given", says=_product_words),
        Filter("source", N_("Came from"), kind="given", says=_source_words),
        Filter("campaign", N_("Campaign of"), kind="given", says=_campaign_words),
    ]
    return replace(ORDERS, filters=(*ORDERS.filters, *own), bulk=_bulk() if may("orders.ship") else ())


def _bulk() -> Sequence[BulkAction]:
    url = url_for("console_bulk.begin")
    found = [
        BulkAction("ship", N_("Ship"), "truck", url),
        BulkAction("pick_list", N_("Pick list"), "checklist", url),
        BulkAction("slips", N_("Packing slips"), "printer", url),
        BulkAction("tag", N_("Tag"), "tag", url),
    ]
    return [*found, BulkAction("export", N_("Export"), "download", url)] if may("orders.export") else found


def query_of(state: IndexState) -> OrderQuery:
    """What the address of the list means."""
    return OrderQuery(state.view, state.q, filters_of(state))


def filters_of(state: IndexState) -> OrderFilters:
    """What the address of the list narrows."""
    chosen = state.filters
    return OrderFilters(
        placed=chosen.get("placed", (None, None)),
        paid=chosen.get("paid", (None, None)),
        refunded=chosen.get("refunded", (None, None)),
        total=chosen.get("total", (None, None)),
        delivery=chosen.get("delivery", ""),
        refund=chosen.get("refund", ""),
        **{
            name: chosen.get(name, "")
            for name in (
                "payment",
                "tag",
                "product",
                "note",
                "mark",
                "product_id",
                "source",
                "campaign",
                "test",
            )
        },
    )
