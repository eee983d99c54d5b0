"""Customers as a table to take home: permitted, noted in the shop's record, and written so that nothing in it runs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import BinaryIO

from sqlalchemy import ColumnElement

from core.commerce.customers.listing import count_of, rows_after
from core.hooks.current import answer
from core.kernel.command import command
from core.kernel.i18n import N_, gettext
from core.kernel.money import plain_amount
from core.kernel.sheets import Cell, Page, csv_lines, write_xlsx
from core.kernel.tenancy import current_scope

FORMATS = ("csv", "xlsx")
HEADER = (
    N_("Name"),
    N_("Phone"),
    N_("E-mail"),
    N_("Tags"),
    N_("Offers by message"),
    N_("Paid orders"),
    N_("Spent"),
    N_("Last order"),
    N_("Customer since"),
    N_("Source"),
)
_CHUNK = 1_000


@command("customers.export")
def allow_export(*, conditions: Sequence[ColumnElement[bool]], file_format: str, words: str) -> int:
    """Note in the shop's record that these customers leave it as a file; returns how many they are.

    `words` says which customers, as the person chose them.
    """
    count = count_of(conditions)
    answer(
        "answer_change_noted",
        action="customers.exported",
        subject=words[:200],
        before={},
        after={"customers": count, "format": file_format},
    )
    return count


def write_customers(target: BinaryIO, conditions: Sequence[ColumnElement[bool]], file_format: str) -> None:
    """Write the customers that fit into `target`, oldest first, in constant memory; `allow_export` comes before."""
    header = [gettext(name) for name in HEADER]
    if file_format == "xlsx":
        widths = (18, 16, 26, 20, 12, 10, 12, 18, 18, 18)
        write_xlsx(target, Page(gettext(N_("Customers")), header, _rows(conditions), widths))
        return
    target.writelines(csv_lines(header, _rows(conditions)))


def _rows(conditions: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[Cell]]:
    after, zone = None, current_scope().zone
    yes, no = gettext(N_("yes")), gettext(N_("no"))
    while rows := rows_after(conditions, after=after, limit=_CHUNK):
        for row in rows:
            last = row.last_order_at.astimezone(zone).replace(tzinfo=None) if row.last_order_at else ""
            yield (
                row.name,
                row.phone,
                row.email,
                ", ".join(row.tags),
                yes if row.marketing_consent else no,
                row.orders_paid,
                Decimal(plain_amount(row.spent)),
                last,
                row.created_at.astimezone(zone).replace(tzinfo=None),
                row.source,
            )
        after = rows[-1].id
