"""Bills of Alipay: one archive a day with tables in GB18030, read row by row."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from core.sdk.clock import now
from core.sdk.payments import GatewayCredentials, GatewayTransaction, GatewayUnavailable
from plugins.alipay.client import Refusal, asked
from plugins.alipay.domain import (
    FIRST_COLUMN,
    BillRow,
    begins,
    bill_ready_at,
    bill_rows,
    days_of,
    reference_of,
    refund_ref,
)

# A day without a single movement has no bill.
_NOTHING = frozenset({"isp.bill_not_exist", "BILL_NOT_EXIST", "isv.bill-not-exist"})
_LARGEST_ARCHIVE = 64 * 1024 * 1024
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
    from plugins.alipay.sdk import SILENCE, fetched  # noqa: PLC0415 - heavy

    try:
        answer = asked(
            credentials,
            "alipay.data.dataservice.bill.downloadurl.query",
            bill_type="trade",
            bill_date=day.isoformat(),
        )
    except (Refusal, GatewayUnavailable) as refusal:
        if _code(refusal) in _NOTHING:
            return
        raise
    try:
        yield from bill_rows(_details(fetched(answer["bill_download_url"], _LARGEST_ARCHIVE)))
    except SILENCE as error:
        raise GatewayUnavailable(type(error).__name__) from error
    except (LookupError, ValueError, ArithmeticError, zipfile.BadZipFile, zlib.error) as error:
        raise GatewayUnavailable("unreadable_bill") from error


def _code(refusal: Refusal | GatewayUnavailable) -> str:
    return refusal.reason if isinstance(refusal, GatewayUnavailable) else refusal.failure_code


def _details(archive: bytes) -> str:
    """The table of single movements; its file is known by its columns, since the names are in no stated encoding."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for entry in files.infolist():
            if entry.file_size > _LARGEST_BILL:
                raise ValueError("too large")
            text = files.read(entry).decode("gb18030")
            if any(line.startswith(FIRST_COLUMN) for line in text.splitlines()):
                return text
    raise ValueError("no details")


def _transaction(row: BillRow) -> GatewayTransaction:
    refund = row.kind == "refund"
    return GatewayTransaction(
        kind=row.kind,
        gateway_ref=refund_ref(row.trade_no, row.refund_no) if refund else row.trade_no,
        amount=row.amount,
        currency="CNY",
        occurred_at=row.at,
        reference=reference_of(row.refund_no if refund else row.trade_no),
        fee=row.fee,
        payment_ref=row.trade_no if refund else "",
    )
