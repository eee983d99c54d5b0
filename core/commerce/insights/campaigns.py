"""What plugins say about their campaigns: orders, money, and numbers of their own, of one period."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFigure:
    """A number that only this kind of campaign has: `label` in the reader's language, `url` opens the rows behind it."""

    label: str
    value: int
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """What one campaign brought in a period; core draws it and links its orders.

    key         the `rule_id` of the campaign's adjustments; its paid orders are those that carry one
    title       its name; `note` says how it stands, in the reader's language
    url         its own page in the console
    orders      paid orders of the period, without test orders
    taken       what was paid for them
    discount    what the campaign took off them
    new_buyers  buyers whose first paid order was one of them
    figures     numbers of its own
    """

    key: str
    title: str
    note: str = ""
    url: str = ""
    orders: int
    taken: Money
    discount: Money
    new_buyers: int
    figures: Sequence[CampaignFigure] = ()
