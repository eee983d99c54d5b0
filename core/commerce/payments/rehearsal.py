"""Playing a shop's past for examples: time goes where the story is, buyers pay at the test gateway, jobs run on the way."""

from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from core.commerce.payments.actions.pay import check_payment, start_payment
from core.commerce.payments.gateways.interface import GatewayUnavailable
from core.commerce.payments.gateways.wire import EXCHANGE_FAILURES, exchange
from core.kernel.clock import FileClock, now
from core.kernel.db import connection_given_back
from core.kernel.i18n import speaking
from core.kernel.jobs_here import run_due_jobs_here
from core.kernel.tenancy import current_scope

# What a buyer can decide on the test gateway's page.
Decision = Literal["succeed", "decline"]
_SECONDS = 10.0


class Rehearsal:
    """A story in the bound shop, told in order by the clock that `settings.clock_file` moves.

    The test gateway must run and read the same file, no worker may work on the database, and `DemoSeed.run` is where
    both are so. Everything is done with the real actions; nothing here writes to a table itself.
    """

    def __init__(self, clock_file: Path) -> None:
        self._clock = FileClock(clock_file)

    def reach(self, moment: datetime) -> None:
        """Let time pass until `moment` (aware); every job that comes due on the way runs at its own time."""
        run_due_jobs_here(shop_id=current_scope().shop_id, until=moment, move_to=self._clock.move_to)
        if moment > now():
            self._clock.move_to(moment)

    def begin_at(self, moment: datetime) -> None:
        """Go to where the story begins, backwards too; nothing runs on the way."""
        self._clock.move_to(moment)

    def pay(self, order_id: UUID, *, decide: Decision = "succeed", return_url: str) -> str:
        """The buyer goes to the gateway's page and decides there; returns the payment's state afterwards.

        Raises GatewayUnavailable, GatewayRefused, NothingToPay.
        """
        return pay_at_test_gateway(order_id, decide=decide, return_url=return_url)


def pay_at_test_gateway(order_id: UUID, *, decide: Decision = "succeed", return_url: str) -> str:
    """Do what a buyer does at the test gateway: start the payment, decide on its page; returns the payment's state.

    Raises GatewayUnavailable, GatewayRefused, NothingToPay.
    """
    with speaking(current_scope().language):
        attempt = start_payment(order_id=order_id, return_url=return_url, way="test:page")
    if attempt.redirect_url:
        with connection_given_back():
            _press(attempt.redirect_url, decide)
    return check_payment(attempt.payment_id)


def _press(page: str, choice: str) -> None:
    """What the browser sends when the buyer presses a button of the pay page."""
    try:
        answer = exchange(
            "POST",
            page,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode({"choice": choice}).encode(),
            connect_timeout=_SECONDS,
            read_timeout=_SECONDS,
        )
    except EXCHANGE_FAILURES as error:
        raise GatewayUnavailable(type(error).__name__) from error
    if answer.status >= 400:
        raise GatewayUnavailable(f"the pay page answered {answer.status}")
