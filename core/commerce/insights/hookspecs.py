"""The hooks of the insights room."""

# mypy: disable-error-code="empty-body"

from core.commerce.insights.campaigns import CampaignResult
from core.commerce.insights.periods import Period
from core.hooks.markers import hookspec


@hookspec(since="0.2", activation="obligation", budget_ms=200)
def show_campaign_results(period: Period) -> list[CampaignResult]:
    """Say what your campaigns brought in a period.

    When: the page of insights is rendered; reads only, a fixed number of statements. Draining plugins are asked too:
    their campaigns still sell.
    Arguments: `period`: `begin` and `end` are its first instant and the one after its last, UTC.
    Returns: results, best first, of campaigns that ran or sold in the period; others are left out. `orders` counts exactly
    the paid orders that carry an adjustment of yours with `key` as its rule: the figure opens them.
    On failure: a line says that this plugin could not show its results; the page goes on.
    """
