"""The to-do queue: what waits for a person, the soonest deadline first, each count with exactly its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app, g, url_for
from sqlalchemy import Select, func, select

from core.commerce.aftersale.listing import counting_cases
from core.commerce.aftersale.models import Case
from core.commerce.aftersale.states import OURS
from core.commerce.fulfilment.order_conditions import OrderFilters, OrderQuery, conditions
from core.commerce.fulfilment.order_lists import MOST_COUNTED as MOST_ORDERS
from core.commerce.fulfilment.order_lists import counting, counting_orders, numbers
from core.commerce.merchandising.queries import StockWork
from core.commerce.messages.outbox import counting_messages
from core.commerce.orders.models import Order
from core.commerce.payments.models import Refund
from core.commerce.payments.reconciliation_queries import (
    counting_differences,
    counting_disputes,
    first_answer_due,
)
from core.commerce.reviews.queries import MOST_COUNTED as MOST_REVIEWS
from core.commerce.reviews.queries import counting_reviews
from core.commerce.webhooks.queries import counting_failed, counting_stopped
from core.hooks.current import shop_hooks
from core.hooks.results import PluginFailure
from core.kernel.i18n import N_, gettext, ngettext
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Tone
from core.rendering.console.visits import may
from core.rendering.extensions import HomeTask
from core.web.console.shell import CASES_WAITING, ORDERS_TO_SHIP, REVIEWS_WAITING

_FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits: how many (in words), where they stand, what to know about them, and until when."""

    label: str
    count: str
    url: str
    icon: str
    detail: str = ""
    tone: Tone = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """`waiting` for a person; `going` on by themselves."""

    waiting: Sequence[Task]
    going: Sequence[Task]


def queue(stock: StockWork) -> Queue:
    """Everything that waits, in one statement besides what plugins ask for."""
    found = numbers(_statements())
    for name in (ORDERS_TO_SHIP, CASES_WAITING, REVIEWS_WAITING):
        if name in found:
            g.setdefault(name, found[name])
    tasks = [
        *_orders(found),
        *_aftersale(found),
        *_reviews(found),
        *_goods(stock),
        *_messages(found),
        *_webhooks(found),
        *_money(found),
        *_of_plugins(),
    ]
    # What has a deadline comes first; the rest keeps its order.
    return Queue(sorted(tasks, key=lambda one: one.due or _FAR), _going(found))


def _statements() -> dict[str, Select[Any]]:
    mine = Order.shop_id == current_scope().shop_id
    open_refunds = (Refund.shop_id == current_scope().shop_id, Refund.state.in_(("pending", "sent")))
    found = {
        ORDERS_TO_SHIP: counting("to_ship"),
        "parcels": _to_ship("method"),
        "pickups": _to_ship("pickup"),
        "oldest_to_ship": select(func.min(Order.placed_at)).where(mine, *conditions(OrderQuery("to_ship"))),
        "refused": counting_orders(OrderQuery("refunding", "", OrderFilters(refund="failed"))),
        "refunding": counting_orders(OrderQuery("refunding", "", OrderFilters(refund="open"))),
        "oldest_refund": select(func.min(Refund.created_at)).where(*open_refunds),
        "waiting": counting("waiting"),
        "unpaid": counting("unpaid"),
        CASES_WAITING: counting_cases("ours"),
        "case_due": select(func.min(Case.due_at)).where(
            Case.shop_id == current_scope().shop_id, Case.state.in_(OURS)
        ),
    }
    if may("reviews.edit"):
        found |= {REVIEWS_WAITING: counting_reviews("waiting"), "unanswered": counting_reviews("unanswered")}
    if may("messages.send"):
        found["unsent"] = counting_messages(state="failed")
    if may("shop.edit"):
        found |= {"webhooks_failed": counting_failed(), "webhooks_stopped": counting_stopped()}
    if may("payments.edit"):
        found |= {
            "disputes": counting_disputes(),
            "dispute_due": first_answer_due(),
            "differences": counting_differences(),
        }
    return found


def _to_ship(delivery: str) -> Select[Any]:
    return counting_orders(OrderQuery("to_ship", "", OrderFilters(delivery=delivery)))


def _orders_url(**chosen: Any) -> str:
    return url_for("console_orders.index", **chosen)


def _task(label: str, count: int, url: str, icon: str, detail: str, tone: Tone = "", *,
          due: datetime | None = None, most: int = MOST_ORDERS) -> list[Task]:  # fmt: skip
    said = f"{formats.number(most)}+" if count > most else formats.number(count)
    return [Task(gettext(label), said, url, icon, detail, tone, due)] if count else []


def _since(moment: datetime | None) -> str:
    return gettext(N_("oldest from %(when)s"), when=formats.moment(moment)) if moment else ""


def _until(moment: datetime | None) -> str:
    return gettext(N_("the first by %(when)s"), when=formats.moment(moment)) if moment else ""


def _orders(found: Mapping[str, Any]) -> list[Task]:
    return [
        *_task(N_("Refunds refused"), found["refused"], _orders_url(view="refunding", refund="failed"), "receipt-refund",
               gettext(N_("look at them and try again")), "bad"),
        *_task(N_("To ship"), found["parcels"], _orders_url(delivery="method"), "truck",
               _since(found["oldest_to_ship"]) or gettext(N_("paid, and nothing holds them")), "warn"),
        *_task(N_("To be picked up"), found["pickups"], _orders_url(delivery="pickup"), "building-store",
               gettext(N_("hand them over against their code")), "warn"),
    ]  # fmt: skip


def _aftersale(found: Mapping[str, Any]) -> list[Task]:
    return _task(
        N_("After-sale cases"), found[CASES_WAITING], url_for("console_aftersale.index"), "arrow-back-up",
        _until(found["case_due"]), "bad", due=found["case_due"],
    )  # fmt: skip


def _reviews(found: Mapping[str, Any]) -> list[Task]:
    if "unanswered" not in found:
        return []
    address = "console_reviews.index"
    return [
        *_task(N_("Reviews to approve"), found[REVIEWS_WAITING], url_for(address, view="waiting"), "star",
               gettext(N_("shown after seven days if nobody decides")), "warn", most=MOST_REVIEWS),
        *_task(N_("Reviews to answer"), found["unanswered"], url_for(address, view="unanswered"), "message",
               gettext(N_("an answer is read by everybody")), most=MOST_REVIEWS),
    ]  # fmt: skip


def _goods(stock: StockWork) -> list[Task]:
    gone = ngettext("%(n)s sold out", "%(n)s sold out", stock.sold_out) if stock.sold_out else ""
    return _task(N_("Low stock"), stock.low, url_for("console_products.index", view="low"), "box", gone)


def _messages(found: Mapping[str, Any]) -> list[Task]:
    return _task(
        N_("Messages that failed"), found.get("unsent", 0), url_for("console_messages.index", state="failed"), "mail",
        gettext(N_("see why, then send them again")),
    )  # fmt: skip


def _webhooks(found: Mapping[str, Any]) -> list[Task]:
    return [
        *_task(N_("Webhooks that were stopped"), found.get("webhooks_stopped", 0), url_for("console_webhooks.index"), "link",
               gettext(N_("nothing arrives there any more")), "bad"),
        *_task(N_("Webhook deliveries given up"), found.get("webhooks_failed", 0),
               url_for("console_webhooks.deliveries", state="failed"), "link", gettext(N_("see why, then send them again"))),
    ]  # fmt: skip


def _money(found: Mapping[str, Any]) -> list[Task]:
    page = url_for("console_reconciliation.index")
    return [
        *_task(N_("Disputed payments"), found.get("disputes", 0), page, "alert-triangle",
               gettext(N_("answer at the provider, or the money is lost")), "bad", due=found.get("dispute_due")),
        *_task(N_("Money to clear up"), found.get("differences", 0), page, "cash",
               gettext(N_("shop and provider do not tell the same")), "warn"),
    ]  # fmt: skip


def _of_plugins() -> list[Task]:
    """What plugins say; one that fails is logged and left out: its own pages show the same."""
    tasks: list[Task] = []
    for result in shop_hooks().call("show_home_tasks", failed="collect"):
        if isinstance(result, PluginFailure):
            current_app.logger.warning("the tasks of %s failed", result.plugin)
            continue
        tasks += [_drawn(one) for one in result.value if one.count > 0]
    return tasks


def _drawn(one: HomeTask) -> Task:
    return Task(one.label, formats.number(one.count), one.url, one.icon, one.detail, one.tone, one.due)


def _going(found: Mapping[str, Any]) -> list[Task]:
    return [
        *_task(N_("Refunds on their way"), found["refunding"], _orders_url(view="refunding", refund="open"),
               "arrow-back-up", _since(found["oldest_refund"])),
        *_task(N_("Waiting for group"), found["waiting"], _orders_url(view="waiting"), "users-group",
               gettext(N_("ship when their group is complete"))),
        *_task(N_("Unpaid"), found["unpaid"], _orders_url(view="unpaid"), "hourglass",
               gettext(N_("close by themselves"))),
    ]  # fmt: skip
