"""Reads of the ledger."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.commerce.ledger.models import Account, Transfer
from core.kernel.db import session
from core.kernel.money import Money


@dataclass(frozen=True, slots=True)
class TransferView:
    """One movement: from the debited to the credited account."""

    at: datetime
    debit: str
    credit: str
    amount: Money
    purpose: str
    source: str


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's turnover; `net` is credits minus debits in minor units."""

    code: str
    currency: str
    debits: int
    credits: int

    @property
    def net(self) -> int:
        """Credits minus debits."""
        return self.credits - self.debits


def balances() -> list[Balance]:
    """Every account of the bound shop, by code."""
    rows = session().scalars(select(Account).order_by(Account.code).execution_options(populate_existing=True))
    return [Balance(row.code, row.currency, row.debits, row.credits) for row in rows]


def transfers_of_order(order_id: UUID) -> list[TransferView]:
    """What moved because of this order, oldest first."""
    debit, credit = aliased(Account), aliased(Account)
    statement = (
        select(Transfer, debit.code.label("debit"), credit.code.label("credit"))
        .join(debit, (debit.shop_id == Transfer.shop_id) & (debit.id == Transfer.debit_id))
        .join(credit, (credit.shop_id == Transfer.shop_id) & (credit.id == Transfer.credit_id))
        .where(Transfer.order_id == order_id)
        .order_by(Transfer.created_at, Transfer.id)
    )
    return [
        TransferView(
            row.Transfer.created_at,
            row.debit,
            row.credit,
            Money(row.Transfer.amount, row.Transfer.currency),
            row.Transfer.purpose,
            row.Transfer.source,
        )
        for row in session().execute(statement)
    ]
