"""The hooks of the promotions room."""

# mypy: disable-error-code="empty-body"

from datetime import datetime
from uuid import UUID

from core.commerce.promotions.campaigns import Campaign
from core.commerce.promotions.money_back import PromiseFigures
from core.commerce.promotions.ways import TrialWay
from core.hooks.markers import hookspec


@hookspec(since="0.2", activation="obligation", budget_ms=100)
def show_campaigns(since: datetime, until: datetime) -> list[Campaign]:
    """Say which campaigns of yours run or will run in a period: for the marketing calendar and its conflicts.

    When: the calendar, the simulator and the wizards of campaigns are rendered; reads only, a fixed number of statements.
        Draining plugins are asked too.
    Args:
        since: first instant, UTC.
        until: the instant after the last, UTC.
    Returns: campaigns that touch the period, drafts left out; `key` is the `rule_id` of their adjustments. At most some
        hundred: with more, the ones that begin first.
    On failure: the others are shown, and a line says that this plugin could not.
    """


@hookspec(since="0.2", activation="obligation", budget_ms=50)
def show_promise_figures(since: datetime, until: datetime) -> PromiseFigures | None:
    """Count what you promised to buyers and what became of it, for the shop's public money-back record.

    When: the record is shown to buyers, at most once in some minutes and shop; reads only, one or two statements.
    Args:
        since: first instant, UTC.
        until: the instant after the last, UTC.
    Returns: counted from rows, never typed: what ended in the period, how much of it was kept, how much only because the
        merchant declared it; None where there was nothing.
    On failure: the record is shown without these figures.
    """


@hookspec(since="0.2", activation="obligation", budget_ms=50)
def show_trial_ways(variant_ids: tuple[UUID, ...], moment: datetime) -> list[TrialWay]:
    """Say in which ways goods can be bought besides alone: for a choice beside each line of the price simulator.

    When: the simulator is rendered with these variants in its basket; reads only, a fixed number of statements. Draining
        plugins are asked too.
    Args:
        variant_ids: the goods of the basket.
        moment: when it is bought in the trial, UTC.
    Returns: a way for each choice, with the mark that a line of the checkout would carry; a handful for each variant.
    On failure: there is no such choice.
    """
