"""Facts of the customers room."""

from typing import ClassVar
from uuid import UUID

from core.kernel.events import Event
from core.kernel.i18n import N_


class CustomerRegistered(Event):
    """Somebody logged in to the shop for the first time."""

    name: ClassVar[str] = "customers.customer_registered"
    label: ClassVar[str] = N_("Customer registered")
    customer_id: UUID


class RewardEarned(Event):
    """A customer earned a reward that a plugin which gives such things (a coupon) may answer.

    `occasion` says for what, in words that plugins share: "lottery_consolation" (took part in a draw and did not win) or
    "group_leader" (brought a group together). `source` is unique for each reward: giving it twice is a mistake.
    """

    name: ClassVar[str] = "customers.reward_earned"
    label: ClassVar[str] = N_("Reward earned")
    customer_id: UUID
    occasion: str
    source: str
