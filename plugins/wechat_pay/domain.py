"""Rules of WeChat Pay: numbers of ours, states in its words and in ours, times and amounts as it writes them."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID

BEIJING = timezone(timedelta(hours=8))
# The longest description and reason that WeChat Pay takes, in bytes.
LONGEST_DESCRIPTION = 127
LONGEST_REASON = 80
# What a bill of a day begins with, and how its rows are marked.
_FIRST_COLUMN = "交易时间"
_TOTALS = "总交易单数"

State = Literal["pending", "captured", "failed", "cancelled"]
# REFUND: paid, and something of it went back. REVOKED: taken back before it was paid.
_STATES: dict[str, State] = {
    "SUCCESS": "captured",
    "REFUND": "captured",
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "ACCEPT": "pending",
    "CLOSED": "cancelled",
    "REVOKED": "cancelled",
    "PAYERROR": "failed",
}
Ending = Literal["pending", "done", "failed"]
# CLOSED and ABNORMAL need a person at WeChat's merchant platform: the same number never leads to another refund.
_REFUNDS: dict[str, Ending] = {
    "SUCCESS": "done",
    "PROCESSING": "pending",
    "CLOSED": "failed",
    "ABNORMAL": "failed",
}


def number_of(reference: str) -> str:
    """The merchant's order or refund number for a row's id: its 32 hexadecimal digits, the longest that is allowed."""
    return UUID(reference).hex


def reference_of(number: str) -> str:
    """The row's id that a number spells, or "" for a number that somebody else gave."""
    try:
        return str(UUID(number)) if len(number) == 32 else ""
    except ValueError:
        return ""


def state_of(trade_state: str) -> State:
    """A trade state in our words; raises KeyError for one that nobody knows."""
    return _STATES[trade_state]


def ending_of(refund_status: str) -> Ending:
    """A refund's status in our words; raises KeyError for one that nobody knows."""
    return _REFUNDS[refund_status]


def cut(text: str, most: int) -> str:
    """As much of `text` as fits into `most` bytes of UTF-8."""
    return text.encode()[:most].decode(errors="ignore")


def beijing_time(moment: datetime) -> str:
    """An instant as WeChat Pay writes it: `2026-11-23T12:30:00+08:00`."""
    return moment.astimezone(BEIJING).replace(microsecond=0).isoformat()


def fen(yuan: str) -> int:
    """Minor units of an amount in yuan as bills write it ("0.06000"), exactly; parts of a fen are rounded half up."""
    return int((Decimal(yuan) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def bill_ready_at(day: date) -> datetime:
    """When the bill of a day can be fetched: at ten in the morning (Beijing) of the next day."""
    return datetime.combine(day + timedelta(days=1), time(10), BEIJING)


def begins(day: date) -> datetime:
    """When a day in Beijing begins."""
    return datetime.combine(day, time(), BEIJING)


def days_of(since: datetime, until: datetime) -> Iterator[date]:
    """The days in Beijing that since ≤ time < until touches."""
    day, last = (
        since.astimezone(BEIJING).date(),
        (until - timedelta(microseconds=1)).astimezone(BEIJING).date(),
    )
    while day <= last:
        yield day
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BillRow:
    """One movement of a trade bill; amounts in minor units, `fee` positive where WeChat Pay kept it."""

    refund: bool
    trade_no: str
    refund_no: str
    amount: int
    fee: int
    currency: str
    at: datetime


def bill_rows(text: str) -> Iterator[BillRow]:
    """The movements of a trade bill (all of a day), whose columns are found by their names."""
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    names = next(rows, [])
    if not names or names[0] != _FIRST_COLUMN:
        raise ValueError("not a trade bill")
    for row in rows:
        if not row or row[0] == _TOTALS:
            return
        # Each value begins with a back quote, so that spreadsheets do not shorten long numbers.
        yield _bill_row(dict(zip(names, (value.lstrip("`").strip() for value in row), strict=False)))


def _bill_row(row: dict[str, str]) -> BillRow:
    refund = row["交易状态"] in ("REFUND", "REVOKED")
    asked = row.get("申请退款金额") or row["退款金额"]
    return BillRow(
        refund=refund,
        trade_no=row["商户订单号"],
        refund_no=row["商户退款单号"] if refund else "",
        amount=-fen(asked) if refund else fen(row.get("订单金额") or row["应结订单金额"]),
        fee=fen(row["手续费"]),
        currency=row["货币种类"],
        at=datetime.fromisoformat(row["交易时间"]).replace(tzinfo=BEIJING),
    )
