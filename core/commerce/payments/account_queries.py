"""Reads of accounts with gateways, without their secrets: what they are, what they owe, how far the shop is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from core.commerce.payments.accounts import TEST
from core.commerce.payments.models import Payment, PaymentAccount, Refund
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.tenancy import current_scope

# So long a captured payment may still have to be given back.
REFUNDABLE_FOR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as the console shows it; `shown` tells of each field what may be seen. No secret is in it."""

    id: UUID
    gateway: str
    mode: str
    enabled: bool
    methods: tuple[str, ...]
    shown: Mapping[str, Mapping[str, str]]
    name: str
    ready_methods: tuple[str, ...]
    problems: tuple[str, ...]
    checked_at: datetime | None
    trouble: str
    version: int
    history: Sequence[Mapping[str, Any]]

    @property
    def is_proved(self) -> bool:
        """Whether the gateway has said that it can take money."""
        return bool(self.ready_methods) and not self.trouble


@dataclass(frozen=True, slots=True)
class Obligations:
    """What still needs an account: payments that may yet be made, refunds on their way, money that may have to go back."""

    open_payments: int
    open_refunds: int
    captured: bool

    @property
    def any(self) -> bool:
        """Whether the account has to stay."""
        return bool(self.open_payments or self.open_refunds or self.captured)


@dataclass(frozen=True, slots=True)
class Milestones:
    """How far a shop is on its way to real payments, each from facts."""

    test_account: bool
    test_paid: bool
    live_account: bool
    live_proved: bool
    live_on: bool
    live_paid: bool


_SHOWN = (
    PaymentAccount.id,
    PaymentAccount.gateway,
    PaymentAccount.mode,
    PaymentAccount.enabled,
    PaymentAccount.methods,
    PaymentAccount.shown,
    PaymentAccount.facts,
    PaymentAccount.checked_at,
    PaymentAccount.trouble,
    PaymentAccount.version,
    PaymentAccount.history,
)


def accounts() -> list[AccountView]:
    """All accounts of the shop, in the order in which buyers are offered them."""
    rows = session().execute(select(*_SHOWN).order_by(PaymentAccount.position, PaymentAccount.id))
    return [
        AccountView(
            id=row.id,
            gateway=row.gateway,
            mode=row.mode,
            enabled=row.enabled,
            methods=tuple(row.methods),
            shown=row.shown,
            name=str(row.facts.get("name", "")),
            ready_methods=tuple(row.facts.get("ready_methods", ())),
            problems=tuple(row.facts.get("problems", ())),
            checked_at=row.checked_at,
            trouble=row.trouble,
            version=row.version,
            history=row.history,
        )
        for row in rows
    ]


def obligations_of(gateway: str, mode: str) -> Obligations:
    """What still needs the account with `gateway` in `mode`."""
    mine = (Payment.gateway == gateway, Payment.mode == mode)
    recent = now() - REFUNDABLE_FOR
    waiting = (
        select(func.count()).select_from(Payment).where(*mine, Payment.state.in_(("created", "pending")))
    )
    going_back = (
        select(func.count())
        .select_from(Refund)
        .join(Payment, (Payment.shop_id == Refund.shop_id) & (Payment.id == Refund.payment_id))
        .where(*mine, Refund.state.in_(("pending", "sent")))
    )
    taken = select(Payment.id).where(*mine, Payment.state == "captured", Payment.captured_at >= recent)
    return Obligations(
        session().scalars(waiting).one(),
        session().scalars(going_back).one(),
        session().scalars(taken.limit(1)).first() is not None,
    )


def milestones(found: Sequence[AccountView]) -> Milestones:
    """How far the shop is; `found` are its accounts."""
    test = [one for one in found if one.mode == "test" and one.gateway != TEST]
    live = [one for one in found if one.mode == "live"]
    tested = {one.gateway for one in test} | {TEST}
    return Milestones(
        test_account=any(one.is_proved for one in test),
        test_paid=any(_has_paid(gateway, "test") for gateway in sorted(tested)),
        live_account=bool(live),
        live_proved=any(one.is_proved for one in live),
        live_on=any(one.enabled for one in live),
        live_paid=any(_has_paid(one.gateway, "live") for one in live),
    )


def _has_paid(gateway: str, mode: str) -> bool:
    """Whether anybody ever paid through the account."""
    mine = (Payment.gateway == gateway, Payment.mode == mode, Payment.state == "captured")
    return session().scalars(select(Payment.id).where(*mine).limit(1)).first() is not None


def counting_live_accounts() -> Select[Any]:
    """The statement that counts the accounts through which buyers pay real money."""
    mine = (
        PaymentAccount.shop_id == current_scope().shop_id,
        PaymentAccount.enabled,
        PaymentAccount.mode == "live",
    )
    return select(func.count()).select_from(PaymentAccount).where(*mine)
