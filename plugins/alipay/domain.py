"""Rules of Alipay: numbers of ours, amounts in yuan and in fen, states in its words and in ours, its bills."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Literal
from uuid import UUID

BEIJING = timezone(timedelta(hours=8))
LONGEST_SUBJECT = 200
_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")
# Signs that Alipay refuses in a subject, and braces, which its library cannot count inside a text.
_FORBIDDEN = re.compile(r"[/=&{}\\\"<>%#\x00-\x1f]+")
# What the heads of a bill's columns begin with.
FIRST_COLUMN = "支付宝交易号"
# What stands in a bill's column "业务类型" for money that came, and for money that went back.
_KINDS: dict[str, Literal["payment", "refund"]] = {"交易": "payment", "退款": "refund"}

State = Literal["pending", "captured", "cancelled"]


def number_of(reference: str) -> str:
    """The merchant's number for a row's id: its 32 hexadecimal digits."""
    return UUID(reference).hex


def reference_of(number: str) -> str:
    """The row's id that a number spells, or "" for a number that somebody else gave."""
    try:
        return str(UUID(number)) if len(number) == 32 else ""
    except ValueError:
        return ""


def refund_ref(trade: str, request: str) -> str:
    """One text for a refund: Alipay finds one only by both numbers, the payment's and its own."""
    return f"{trade}.{request}"


def yuan(fen: int) -> str:
    """An amount in minor units (not below zero) as Alipay writes it: 8900 → "89.00"."""
    return f"{fen // 100}.{fen % 100:02}"


def fen(yuan_text: str) -> int:
    """Minor units of an amount as Alipay writes it, exactly: "89", "89.0", "-0.53". Raises ValueError."""
    if not _AMOUNT.fullmatch(yuan_text):
        raise ValueError(f"not an amount: {yuan_text!r}")
    whole, _, parts = yuan_text.lstrip("-").partition(".")
    amount = int(whole) * 100 + int(parts.ljust(2, "0") or 0)
    return -amount if yuan_text.startswith("-") else amount


def bill_fen(yuan_text: str) -> int:
    """As `fen`, for bills, which may leave an amount out or write more places ("0.530000")."""
    exact = Decimal(yuan_text or "0") * 100
    if exact != exact.to_integral_value():
        raise ValueError(f"parts of a fen: {yuan_text!r}")
    return int(exact)


def subject(text: str) -> str:
    """`text` as a subject that Alipay takes."""
    return " ".join(_FORBIDDEN.sub(" ", text).split())[:LONGEST_SUBJECT] or "-"


def beijing_time(moment: datetime) -> str:
    """An instant as Alipay writes it: `2026-11-23 12:30:00`, in Beijing."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def instant(text: str) -> datetime:
    """The instant that Alipay wrote. Raises ValueError."""
    return datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)


def state_of(answer: Mapping[str, str]) -> State:
    """A trade in our words. Raises KeyError for a state that nobody knows.

    A trade is TRADE_CLOSED when nobody paid in time, and also when all of its money went back: then it has a date of
    payment.
    """
    status = answer["trade_status"]
    if status == "TRADE_CLOSED":
        return "captured" if answer.get("send_pay_date") else "cancelled"
    known: dict[str, State] = {
        "WAIT_BUYER_PAY": "pending",
        "TRADE_SUCCESS": "captured",
        "TRADE_FINISHED": "captured",
    }
    return known[status]


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
    """One movement of a bill; `amount` is signed, `fee` positive where Alipay kept it, both in minor units."""

    kind: Literal["payment", "refund"]
    trade_no: str
    refund_no: str
    amount: int
    fee: int
    at: datetime


def bill_rows(text: str) -> Iterator[BillRow]:
    """The movements of a bill's details, whose columns are found by their names; lines with # are remarks."""
    names: list[str] = []
    for row in csv.reader(line for line in text.splitlines() if line.strip() and not line.startswith("#")):
        values = [value.strip() for value in row]
        if not names:
            if values[0] != FIRST_COLUMN:
                raise ValueError("not a bill")
            names = values
            continue
        yield _bill_row(dict(zip(names, values, strict=False)))
    if not names:
        raise ValueError("not a bill")


def _bill_row(row: dict[str, str]) -> BillRow:
    kind = _KINDS[row["业务类型"]]
    return BillRow(
        kind=kind,
        trade_no=row["商户订单号"],
        refund_no=row["退款批次号/请求号"] if kind == "refund" else "",
        amount=bill_fen(row["订单金额（元）"]),
        # The bill writes what Alipay took as a negative amount.
        fee=-bill_fen(row["服务费（元）"]),
        at=instant(row["完成时间"]),
    )
