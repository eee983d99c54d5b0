"""A day that was paid directly is compared with the provider's own bill, and explained to the last fen."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.commerce.payments.actions.reconcile import compare_day
from core.commerce.payments.actions.refund import cancel_order
from core.commerce.payments.models import Difference, Reconciliation
from core.kernel.db import reading, session
from core.testing.jobs import run_due_jobs
from plugins.alipay.domain import yuan
from plugins.alipay.tests import test_gateway as alipay_bills
from plugins.wechat_pay.tests import test_gateway as wechat_bills

# Noon in China, a day that is over soon.
NOON = datetime(2027, 5, 12, 4, tzinfo=UTC)
AT = "2027-05-12 12:00:00"


def bill_of(gateway, payment, refund):
    """The provider's bill of a day with one payment and one refund of all of it."""
    number, back, amount = payment.gateway_ref, refund.id.hex, yuan(payment.amount_minor)
    if gateway == "wechat_pay":
        rows = (
            wechat_bills.row(AT, "SUCCESS", number, amount, "0.53000"),
            wechat_bills.row(AT, "REFUND", number, "0.00", "-0.53000", back, amount),
        )
        return wechat_bills.bill(*rows)
    rows = (
        alipay_bills.row("交易", number, AT, amount, "-0.53"),
        alipay_bills.row("退款", number, AT, f"-{amount}", "0.53", back),
    )
    return alipay_bills.bill(*rows)


@pytest.mark.parametrize("told", ["all of it", "nothing"])
def test_a_day_is_explained_to_the_fen_and_what_is_missing_is_named(direct_shop, buyer, tea, clock, told):
    clock.freeze(NOON)
    order_id = buyer().order([(tea.variant_id, 1)]).order_id
    payment = direct_shop.start(order_id)
    direct_shop.pay(payment)
    direct_shop.webhook(payment)
    run_due_jobs()
    cancel_order(order_id=order_id)
    run_due_jobs()
    (refund,) = direct_shop.refunds(order_id)
    if told == "all of it":
        direct_shop.provider.bills["2027-05-12"] = bill_of(direct_shop.gateway, payment, refund)
    day = NOON.date()
    clock.freeze(NOON + timedelta(hours=20))
    early = compare_day(gateway=direct_shop.gateway, mode="live", day=day)
    assert found(early).trouble == "bill_not_ready"
    clock.freeze(NOON + timedelta(hours=23))
    row = found(compare_day(gateway=direct_shop.gateway, mode="live", day=day))
    assert row.trouble == ""
    with reading():
        open_ones = session().scalars(select(Difference).where(Difference.done_at.is_(None))).all()
    if told == "all of it":
        assert (row.movements, row.matched, row.taken_minor, row.given_back_minor, row.fees_minor) == (
            2, 2, payment.amount_minor, payment.amount_minor, 0,
        )  # fmt: skip
        assert open_ones == []
    else:
        assert sorted(one.what for one in open_ones) == ["missing_there", "missing_there"]


def found(reconciliation_id):
    with reading():
        wanted = select(Reconciliation).where(Reconciliation.id == reconciliation_id)
        return session().scalars(wanted.execution_options(populate_existing=True)).one()
