"""The accounts of a shop and the side their balances may not be on."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AccountKind:
    """An account by code; `must_not` "debit": debits may never exceed credits, and the other way round."""

    code: str
    must_not: Literal["debit", "credit"] | None = None


# What gateways hold for the shop: captures come in, settled refunds go out. Never negative.
GATEWAY_CLEARING = AccountKind("gateway:clearing", must_not="credit")
# What the merchant has earned and not yet been paid out; refunds may take it below zero.
MERCHANT_PENDING = AccountKind("merchant:pending")
# Money that is on its way back to buyers. No more can be settled than was owed.
REFUNDS_OWED = AccountKind("refunds:owed", must_not="debit")


def subsidy(party: str) -> AccountKind:
    """What a party besides the merchant ("platform", "supplier", "distributor") owes for discounts. Never below nothing."""
    return AccountKind(f"subsidy:{party}", must_not="credit")
