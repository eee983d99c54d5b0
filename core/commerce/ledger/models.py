"""Tables of the ledger room; rows are append-only and balances move by trigger (see the migration)."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kernel.db import CreatedAt, TenantTable


class Account(CreatedAt, TenantTable):
    """An account in one currency; `must_not` names the side ("debit" or "credit") its balance may not be on."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("shop_id", "code", "currency"),
        UniqueConstraint("shop_id", "id", "currency", name="uq_ledger_account_currency"),
        CheckConstraint("must_not IS NULL OR must_not IN ('debit', 'credit')", name="must_not"),
        CheckConstraint(
            "(must_not IS DISTINCT FROM 'debit' OR debits <= credits)"
            " AND (must_not IS DISTINCT FROM 'credit' OR credits <= debits)",
            name="limit",
        ),
    )

    code: Mapped[str]
    currency: Mapped[str]
    must_not: Mapped[str | None]
    debits: Mapped[int] = mapped_column(default=0)
    credits: Mapped[int] = mapped_column(default=0)


class Transfer(CreatedAt, TenantTable):
    """One movement of money; an imbalance cannot be written, and (purpose, source) makes it happen once."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shop_id", "debit_id", "currency"],
            ["ledger_account.shop_id", "ledger_account.id", "ledger_account.currency"],
            name="fk_ledger_transfer_debit",
        ),
        ForeignKeyConstraint(
            ["shop_id", "credit_id", "currency"],
            ["ledger_account.shop_id", "ledger_account.id", "ledger_account.currency"],
            name="fk_ledger_transfer_credit",
        ),
        UniqueConstraint("shop_id", "purpose", "source"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="sides"),
        Index(None, "shop_id", "order_id"),
    )

    debit_id: Mapped[UUID]
    credit_id: Mapped[UUID]
    currency: Mapped[str]
    amount: Mapped[int]
    purpose: Mapped[str]
    source: Mapped[str]
    order_id: Mapped[UUID | None]
