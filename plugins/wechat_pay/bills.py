"""Trade bills of WeChat Pay: one file a day, its digest checked, read row by row."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from core.sdk.clock import now
from core.sdk.payments import GatewayCredentials, GatewayTransaction, GatewayUnavailable
from plugins.wechat_pay.client import Refusal, asked, downloaded
from plugins.wechat_pay.domain import BillRow, begins, bill_ready_at, bill_rows, days_of, reference_of

# A day without a single movement has no bill.
_NOTHING = frozenset({"NO_STATEMENT_EXIST", "NO_BILL_EXIST"})
_LARGEST_BILL = 256 * 1024 * 1024
_A_LITTLE = timedelta(hours=6)


def movements(
    credentials: GatewayCredentials, since: datetime, until: datetime
) -> Iterator[GatewayTransaction]:
    """Payments and refunds with since ≤ time < until. Raises GatewayUnavailable for a bill that is not ready."""
    for day in days_of(since, until):
        if now() < bill_ready_at(day):
            # Whoever asks a little beyond a day that is over gets that day: bills tell whole days only.
            if until - begins(day) <= _A_LITTLE:
                continue
            raise GatewayUnavailable("bill_not_ready")
        for row in _rows(credentials, day):
            if since <= row.at < until:
                yield _transaction(row)


def _rows(credentials: GatewayCredentials, day: date) -> Iterator[BillRow]:
    try:
        bill = asked(credentials, lambda client: client.trade_bill(day.isoformat()))
    except Refusal as refusal:
        if refusal.failure_code in _NOTHING:
            return
        raise
    try:
        text = _unpacked(downloaded(credentials, str(bill["download_url"])), str(bill["hash_value"]))
        yield from bill_rows(text)
    except (LookupError, ValueError, TypeError, ArithmeticError, OSError, EOFError, zlib.error) as error:
        raise GatewayUnavailable("unreadable_bill") from error


def _unpacked(packed: bytes, digest: str) -> str:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        plain = file.read(_LARGEST_BILL + 1)
    if len(plain) > _LARGEST_BILL:
        raise ValueError("too large")
    if hashlib.sha1(plain, usedforsecurity=False).hexdigest() != digest.lower():
        raise ValueError("another digest")
    return plain.decode("utf-8")


def _transaction(row: BillRow) -> GatewayTransaction:
    number = row.refund_no if row.refund else row.trade_no
    return GatewayTransaction(
        kind="refund" if row.refund else "payment",
        gateway_ref=number,
        amount=row.amount,
        currency=row.currency,
        occurred_at=row.at,
        reference=reference_of(number),
        fee=row.fee,
        payment_ref=row.trade_no if row.refund else "",
    )
