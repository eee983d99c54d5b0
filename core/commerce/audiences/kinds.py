"""What can be asked of a customer, and how it is asked in SQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from structlog import get_logger

from core.commerce.catalog.models import Collection, CollectionItem, Product
from core.commerce.customers.listing import came_from, shop_tags, tagged
from core.commerce.customers.models import Address, Customer
from core.commerce.orders.models import Order, OrderLine
from core.commerce.sources.models import SourceLink
from core.hooks.current import installed, shop_hooks
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.i18n import LANGUAGES, N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope

log = get_logger(__name__)

OPERATORS: Mapping[str, Sequence[tuple[str, str]]] = {
    "number": (("at_least", N_("at least")), ("at_most", N_("at most")), ("exactly", N_("exactly"))),
    "money": (("at_least", N_("at least")), ("at_most", N_("at most"))),
    "days": (("within", N_("within the last")), ("before", N_("longer ago than"))),
    "percent": (("within", N_("among the top")),),
    "choice": (("is", N_("is")), ("is_not", N_("is not"))),
    "text": (("is", N_("is")), ("is_not", N_("is not"))),
}
_MOST_CHOICES = 200
Compiled = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of condition: how it is called, what its value is, and its SQL for an operator and a checked value.

    `shape` is a key of OPERATORS; `choices` are (value, label in words), read when somebody builds a segment.
    """

    key: str
    label: str
    shape: str
    compile: Callable[[str, str], Compiled]
    choices: Callable[[], Sequence[tuple[str, str]]] = lambda: ()
    plugin: str = ""


def _number(column: Any) -> Callable[[str, str], Compiled]:
    def compiled(operator: str, value: str) -> Compiled:
        given = int(value)
        found: Compiled = {
            "at_least": column >= given,
            "at_most": column <= given,
            "exactly": column == given,
        }[operator]
        return found

    return compiled


def _days(column: Any) -> Callable[[str, str], Compiled]:
    def compiled(operator: str, value: str) -> Compiled:
        edge = now() - timedelta(days=int(value))
        found: Compiled = column >= edge if operator == "within" else column < edge
        return found

    return compiled


def _either(condition: Callable[[str], Compiled]) -> Callable[[str, str], Compiled]:
    return lambda operator, value: condition(value) if operator == "is" else not_(condition(value))


def _top(_operator: str, value: str) -> Compiled:
    """Spent at least what the last of the top n percent of buyers spent; walks the index on what was spent."""
    mine = (Customer.shop_id == current_scope().shop_id, Customer.spent_minor > 0)
    place = select(func.count() * int(value) // 100).select_from(Customer).where(*mine).scalar_subquery()
    edge = (
        select(Customer.spent_minor)
        .where(*mine)
        .order_by(Customer.shop_id.desc(), Customer.spent_minor.desc())
        .limit(1)
        .offset(func.greatest(place - 1, 0))
        .scalar_subquery()
    )
    return and_(Customer.spent_minor > 0, Customer.spent_minor >= edge)


def _bought(products: Any) -> Compiled:
    buyers = (
        select(Order.customer_id)
        .join(OrderLine, and_(OrderLine.shop_id == Order.shop_id, OrderLine.order_id == Order.id))
        .where(
            Order.shop_id == current_scope().shop_id,
            Order.financial != "unpaid",
            Order.customer_id.is_not(None),
            products,
        )
    )
    return Customer.id.in_(buyers)


def _bought_product(value: str) -> Compiled:
    product_id = as_id(value)
    return _bought(OrderLine.product_id == product_id) if product_id else false()


def _bought_of_collection(value: str) -> Compiled:
    collection_id = as_id(value)
    if collection_id is None:
        return false()
    items = select(CollectionItem.product_id).where(
        CollectionItem.shop_id == current_scope().shop_id, CollectionItem.collection_id == collection_id
    )
    return _bought(OrderLine.product_id.in_(items))


def _lives_in(value: str) -> Compiled:
    return exists().where(
        Address.shop_id == Customer.shop_id,
        Address.customer_id == Customer.id,
        or_(Address.city.icontains(value, autoescape=True), Address.region.icontains(value, autoescape=True)),
    )


def _reachable(value: str) -> Compiled:
    return (Customer.email if value == "email" else Customer.phone).is_not(None)


def _campaign(value: str) -> Compiled:
    return or_(*(touch["campaign"].astext == value for touch in (Customer.first_touch, Customer.last_touch)))


def _tags() -> Sequence[tuple[str, str]]:
    return [(tag, tag) for tag in shop_tags(_MOST_CHOICES)]


def _titles(table: Any, column: Any) -> Callable[[], Sequence[tuple[str, str]]]:
    def found() -> Sequence[tuple[str, str]]:
        rows = session().execute(select(table.id, column).order_by(column).limit(_MOST_CHOICES))
        return [(str(row[0]), str(row[1])) for row in rows]

    return found


def _links() -> Sequence[tuple[str, str]]:
    rows = session().execute(
        select(SourceLink.code, SourceLink.title, SourceLink.target)
        .where(SourceLink.kind != "share")
        .order_by(SourceLink.created_at.desc())
        .limit(_MOST_CHOICES)
    )
    return [(row.code, row.title or row.target) for row in rows]


def _words(*choices: tuple[str, str]) -> Callable[[], Sequence[tuple[str, str]]]:
    return lambda: [(value, gettext(label)) for value, label in choices]


_KINDS = (
    Kind("orders", N_("Paid orders"), "number", _number(Customer.orders_paid)),
    Kind("spent", N_("Spent in all"), "money", _number(Customer.spent_minor)),
    Kind("top", N_("Spending"), "percent", _top),
    Kind("last_order", N_("Last order"), "days", _days(Customer.last_order_at)),
    Kind("first_order", N_("First order"), "days", _days(Customer.first_order_at)),
    Kind("joined", N_("Customer since"), "days", _days(Customer.created_at)),
    Kind(
        "product",
        N_("Bought the product"),
        "choice",
        _either(_bought_product),
        _titles(Product, Product.title),
    ),
    Kind(
        "collection",
        N_("Bought from the collection"),
        "choice",
        _either(_bought_of_collection),
        _titles(Collection, Collection.title),
    ),
    Kind("tag", N_("Tag"), "choice", _either(tagged), _tags),
    Kind(
        "source",
        N_("Source"),
        "choice",
        _either(came_from),
        _words(
            ("link", N_("A link of yours")),
            ("utm", N_("A campaign")),
            ("site", N_("Another site")),
            ("import", N_("Imported")),
            ("none", N_("Came directly")),
        ),
    ),
    Kind(
        "link",
        N_("Came by the link"),
        "choice",
        _either(lambda code: Customer.source == f"link:{code}"),
        _links,
    ),
    Kind("campaign", N_("Campaign"), "text", _either(_campaign)),
    Kind("place", N_("City or region"), "text", _either(_lives_in)),
    Kind(
        "language",
        N_("Language"),
        "choice",
        _either(lambda value: Customer.language == value),
        lambda: [(tag, {"zh-CN": "中文", "en": "English"}.get(tag, tag)) for tag in LANGUAGES],
    ),
    Kind(
        "contact",
        N_("Reachable by"),
        "choice",
        _either(_reachable),
        _words(("email", N_("E-mail")), ("phone", N_("Phone"))),
    ),
    Kind(
        "consent",
        N_("Offers by message"),
        "choice",
        _either(lambda value: Customer.marketing_consent.is_(value == "yes")),
        _words(("yes", N_("Agreed")), ("no", N_("Not agreed"))),
    ),
)


def kinds() -> dict[str, Kind]:
    """Every kind of condition that the bound shop can use now, core's first, by key."""
    found = {kind.key: kind for kind in _KINDS}
    on = shop_hooks().sets.obligation
    for result in installed().registry.declarations("declare_audience_conditions"):
        if result.plugin in on:
            for declared in result.value:
                key = f"{result.plugin}.{declared.key}"
                found[key] = Kind(
                    key,
                    declared.label,
                    "choice",
                    _of_plugin(result.plugin, declared),
                    _words(*declared.choices),
                    result.plugin,
                )
    return found


def _of_plugin(plugin: str, declared: Any) -> Callable[[str, str], Compiled]:
    def compiled(operator: str, value: str) -> Compiled:
        try:
            found: Compiled = Customer.id.in_(declared.customers(value))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; its condition fits nobody then
            log.warning("audience condition failed", plugin=plugin, key=declared.key, error=str(error))
            return false()
        return found if operator == "is" else not_(found)

    return compiled
