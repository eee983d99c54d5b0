"""The public money-back record: what refunds and their settlement say, and what plugins promised and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Float, and_, cast, func, select

from core.commerce.orders.models import Order
from core.commerce.payments.models import Refund
from core.hooks.current import shop_hooks
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.tenancy import current_scope

DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFigures:
    """What a plugin promised and what became of it in a period, counted from its rows.

    `ended` things came to an end; of them `kept` as promised, and of those `declared` only because the merchant said so.
    `label` is a message id for the kept ones: "Groups that succeeded".
    """

    label: str
    ended: int
    kept: int
    declared: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.declared <= self.kept <= self.ended:
            raise ValueError("of what ended, some was kept; of what was kept, some was declared")

    @property
    def kept_basis_points(self) -> int:
        """The share that was kept, rounded down."""
        return self.kept * 10_000 // self.ended if self.ended else 0

    @property
    def declared_basis_points(self) -> int:
        """Of what was kept, the share that the merchant declared, rounded up."""
        return -(-self.declared * 10_000 // self.kept) if self.kept else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyBackRecord:
    """Refunds of the last `days`: how many were promised and settled, and the median time from one to the other."""

    days: int
    promised: int
    settled: int
    median: timedelta | None
    promises: tuple[PromiseFigures, ...] = ()

    @property
    def has_news(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.settled or self.promises)


def money_back_record(*, days: int = DAYS) -> MoneyBackRecord:
    """The record of the bound shop; from rows that nobody can edit. Test money does not count."""
    until = now()
    since = until - timedelta(days=days)
    took = func.extract("epoch", Refund.done_at - Refund.created_at)
    row = session().execute(
        select(
            func.count(),
            func.count(Refund.done_at),
            cast(func.percentile_cont(0.5).within_group(took.asc()), Float),
        )
        .join(Order, and_(Order.shop_id == Refund.shop_id, Order.id == Refund.order_id))
        .where(
            Order.is_test.is_(False),
            Refund.shop_id == current_scope().shop_id,
            Refund.created_at >= since,
            Refund.created_at < until,
        )
    )
    promised, settled, median = row.one()
    return MoneyBackRecord(
        days=days,
        promised=promised,
        settled=settled,
        median=None if median is None else timedelta(seconds=round(median)),
        promises=tuple(_promises(since, until)),
    )


def _promises(since: datetime, until: datetime) -> Sequence[PromiseFigures]:
    said = shop_hooks().call("show_promise_figures", since=since, until=until)
    return [one.value for one in said if one.value.ended]
