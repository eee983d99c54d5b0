"""Telling the merchant what campaigns brought: values of the hook `show_campaign_results`."""

from core.commerce.insights.campaigns import CampaignFigure as CampaignFigure
from core.commerce.insights.campaigns import CampaignResult as CampaignResult
from core.commerce.insights.periods import Period as Period
