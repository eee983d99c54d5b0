"""What a backtest says in sentences, for the last step of a wizard."""

from datetime import timedelta

from core.commerce.promotions.backtest import BacktestResult, TrialRules, backtest
from core.commerce.shops.queries import shop_settings
from core.kernel.clock import now
from core.kernel.i18n import N_, gettext
from core.kernel.money import Money, format_money
from core.kernel.tenancy import current_scope

DAYS = 30
# A page that waits for its answer looks at so many orders at most, the newest first.
MOST_AT_ONCE = 300


def last_month(rules: TrialRules) -> list[str]:
    """What `rules` would have cost in the last 30 days, on the newest paid orders: sentences in the reader's language."""
    until, floor = now(), shop_settings().price_rules.margin_floor
    found = backtest(rules, since=until - timedelta(days=DAYS), until=until, floor=floor, most=MOST_AT_ONCE)
    return sentences_of(found)


def sentences_of(found: BacktestResult) -> list[str]:
    """Cost, who gains, orders that would have earned too little; the same baskets, no new demand."""
    if not found.seen:
        return [gettext(N_("No order was paid in the last %(days)s days."), days=DAYS)]

    def money(minor: int) -> str:
        return format_money(Money(minor, current_scope().currency))

    said = [
        gettext(
            N_(
                "Of %(all)s paid orders of the last %(days)s days %(n)s would have cost something else: %(cost)s less."
            ),
            all=found.seen,
            days=DAYS,
            n=found.changed,
            cost=money(found.cost),
        )
    ]
    if found.dearer:
        said.append(gettext(N_("Some would have cost more: %(amount)s."), amount=money(found.dearer)))
    said.append(gettext(N_("Customers who would have gained: %(n)s."), n=len(found.gainers)))
    if found.judged:
        words = {"n": found.under_floor, "loss": found.at_loss, "all": found.judged}
        said.append(
            gettext(
                N_("Under the margin floor: %(n)s, at a loss: %(loss)s, of %(all)s with known costs."),
                **words,
            )
        )
    said.append(gettext(N_("The same baskets, no new demand.")))
    return said
