"""Posting money: a transfer is written once per (purpose, source), and the database moves the balances."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.commerce.ledger.accounts import AccountKind
from core.commerce.ledger.models import Account, Transfer
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.kernel.tenancy import current_scope


def post_transfer(
    *,
    debit: AccountKind,
    credit: AccountKind,
    amount: Money,
    purpose: str,
    source: str,
    order_id: UUID | None = None,
) -> bool:
    """Move `amount` from `debit` to `credit`; joins the caller's transaction.

    Exactly once by (purpose, source): a repetition writes nothing and returns False. Zero amounts are not written.
    """
    if amount.minor == 0:
        return False
    accounts = _accounts((debit, credit), amount.currency)
    values = {
        "shop_id": current_scope().shop_id,
        "id": new_id(),
        "debit_id": accounts[debit.code],
        "credit_id": accounts[credit.code],
        "currency": amount.currency,
        "amount": amount.minor,
        "purpose": purpose,
        "source": source,
        "order_id": order_id,
        "created_at": now(),
    }
    posted = insert(Transfer).values(values).on_conflict_do_nothing().returning(Transfer.id)
    return session().execute(posted).first() is not None


def _accounts(kinds: tuple[AccountKind, ...], currency: str) -> dict[str, UUID]:
    found = _known(kinds, currency)
    missing = [kind for kind in kinds if kind.code not in found]
    if missing:
        rows = [
            {
                "shop_id": current_scope().shop_id,
                "id": new_id(),
                "code": kind.code,
                "currency": currency,
                "must_not": kind.must_not,
                "debits": 0,
                "credits": 0,
                "created_at": now(),
            }
            for kind in missing
        ]
        session().execute(insert(Account).on_conflict_do_nothing(), rows)
        found = _known(kinds, currency)
    return found


def _known(kinds: tuple[AccountKind, ...], currency: str) -> dict[str, UUID]:
    statement = select(Account.code, Account.id).where(
        Account.code.in_([kind.code for kind in kinds]), Account.currency == currency
    )
    return {row.code: row.id for row in session().execute(statement)}
