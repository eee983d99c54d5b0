"""Backtests in the worker: begun by a person, counted as they go, kept with their answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from core.commerce.orders.models import Order
from core.commerce.promotions.backtest import MOST_ORDERS, BacktestResult, add_part, rules_of
from core.commerce.promotions.models import Backtest
from core.commerce.shops.queries import shop_settings
from core.hooks.current import shop_hooks
from core.kernel import jobs
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.errors import NotFound, PinpuError
from core.kernel.i18n import N_
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, acting_as, current_scope

LONGEST = timedelta(days=366)


class BacktestRefused(PinpuError):
    """The period or the plugin cannot be tested."""

    code = "promotions.backtest_refused"
    status = 422
    message = N_("This cannot be tested.")
    fix = N_("Choose a plugin that sets prices and a period of at most a year that has begun.")


@dataclass(frozen=True, slots=True)
class BacktestView:
    """A backtest as it stands; `result` as `BacktestResult.as_json`, {} until it is finished."""

    id: UUID
    created_at: datetime
    plugin: str
    since: datetime
    until: datetime
    moment: datetime
    state: str
    done: int
    total: int
    result: dict[str, Any]


def testable_plugins() -> tuple[str, ...]:
    """The plugins of the bound shop that set prices."""
    return tuple(dict.fromkeys(shop_hooks().implementers("adjust_prices")))


@command("marketing.edit")
def begin_backtest(*, plugin: str, since: datetime, until: datetime, moment: datetime) -> UUID:
    """Let the worker price the paid orders of a period (UTC) again with the plugin's rules as they stand at `moment`."""
    if plugin not in testable_plugins() or not since < until <= since + LONGEST:
        raise BacktestRefused
    run = Backtest(id=new_id(), plugin=plugin, since=since, until=until, moment=moment)
    run.total = min(_paid_between(since, until), MOST_ORDERS)
    session().add(run)
    session().flush()
    jobs.defer(carry_out, backtest_id=str(run.id))
    return run.id


def _paid_between(since: datetime, until: datetime) -> int:
    some = (
        select(Order.id)
        .where(
            Order.shop_id == current_scope().shop_id,
            Order.paid_at >= since,
            Order.paid_at < until,
            Order.is_test.is_(False),
        )
        .limit(MOST_ORDERS)
        .subquery()
    )
    return session().scalar(select(func.count()).select_from(some)) or 0


def backtests(limit: int = 10) -> list[BacktestView]:
    """The newest backtests of the bound shop."""
    rows = session().scalars(select(Backtest).order_by(Backtest.created_at.desc()).limit(limit))
    return [_view(row) for row in rows]


def backtest_run(backtest_id: UUID) -> BacktestView:
    """One backtest. Raises NotFound."""
    row = (
        session()
        .scalars(select(Backtest).where(Backtest.id == backtest_id).execution_options(populate_existing=True))
        .first()
    )
    if row is None:
        raise NotFound
    return _view(row)


def _view(row: Backtest) -> BacktestView:
    return BacktestView(**{name: getattr(row, name) for name in BacktestView.__slots__})


def _failed(backtest_id: str) -> None:
    with acting_as(SYSTEM):
        _note(UUID(backtest_id), state="failed")


@jobs.job(
    "promotions.backtest", queue="bulk", max_attempts=2, says=N_("backtesting a promotion"), gives_up=_failed
)
def carry_out(backtest_id: str) -> None:
    """Price the orders again, note how far it is, keep the answer."""
    wanted = UUID(backtest_id)
    with acting_as(SYSTEM):
        with reading():
            run, floor = backtest_run(wanted), shop_settings().price_rules.margin_floor
        if run.state in ("finished", "failed"):
            return
        _note(wanted, state="running", done=0)
        rules, result, last = rules_of(run.plugin, moment=run.moment), BacktestResult(), None
        while True:
            with reading():
                last = add_part(result, rules, since=run.since, until=run.until, floor=floor, last=last)
            if last is None:
                break
            _note(wanted, done=result.seen)
        _note(wanted, state="finished", done=result.seen, result=result.as_json())


@command("system")
def _note(backtest_id: UUID, **values: Any) -> None:
    session().execute(
        update(Backtest)
        .where(Backtest.shop_id == current_scope().shop_id, Backtest.id == backtest_id)
        .values(values)
    )
