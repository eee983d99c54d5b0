"""A campaign as a backtest needs it: had every buyer with an account held one of its coupons."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core.sdk.campaigns import TrialRules
from core.sdk.catalog import collections_of
from core.sdk.values import PriceInput
from plugins.coupon.answering import answers
from plugins.coupon.domain import PLUGIN, Held
from plugins.coupon.queries.campaigns import CampaignView
from plugins.coupon.terms import Kind, Terms


def trial_of(campaign: CampaignView) -> TrialRules:
    """One unused coupon beside those that the buyer had then; the best of all together is used, budgets apart."""
    inside: dict[UUID, frozenset[Any]] = {}

    def facts(given: PriceInput) -> dict[str, Any]:
        stored = dict(given.facts[PLUGIN])
        if given.customer.customer_id is None:
            return stored
        known = dict(stored.get("inside", {}))
        if _by_collection(campaign.terms):
            products = {line.product_id for line in given.lines}
            inside.update(collections_of(products - inside.keys()))
            known |= {str(one): sorted(map(str, inside.get(one, ()))) for one in products}
        coupons = [*stored.get("coupons", ()), _held(campaign, given).as_json()]
        return {"most_points": 10_000, **stored, "coupons": coupons, "chosen": None, "inside": known}

    return TrialRules(
        plugin=PLUGIN,
        facts=facts,
        adjust=lambda stage, given, running: answers(stage, given, running.applied),
        besides=True,
    )


def _by_collection(terms: Terms) -> bool:
    return bool(terms.scope.collections or terms.scope.not_collections)


def _held(campaign: CampaignView, given: PriceInput) -> Held:
    terms = campaign.terms
    value = (terms.least + terms.most) // 2 if terms.kind is Kind.RANDOM else 0
    return Held(
        id="trial",
        campaign=str(campaign.id),
        version=campaign.version,
        terms=terms,
        value=value,
        valid_from=given.moment,
        valid_to=given.moment + timedelta(days=1),
    )
