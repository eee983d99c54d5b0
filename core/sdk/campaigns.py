"""Campaigns beside each other: the calendar they stand in, what they collide with, what they leave over the cost."""

from core.commerce.promotions.backtest import BacktestResult as BacktestResult
from core.commerce.promotions.backtest import TrialRules as TrialRules
from core.commerce.promotions.backtest import backtest as backtest
from core.commerce.promotions.backtest_words import last_month as last_month
from core.commerce.promotions.campaigns import Campaign as Campaign
from core.commerce.promotions.campaigns import Collision as Collision
from core.commerce.promotions.margins import MarginWarning as MarginWarning
from core.commerce.promotions.margins import PriceBelowZero as PriceBelowZero
from core.commerce.promotions.margins import SoldAtALoss as SoldAtALoss
from core.commerce.promotions.margins import discount_warnings as discount_warnings
from core.commerce.promotions.margins import margin_floor as margin_floor
from core.commerce.promotions.margins import margin_warnings as margin_warnings
from core.commerce.promotions.margins import refuse_losses as refuse_losses
from core.commerce.promotions.money_back import PromiseFigures as PromiseFigures
from core.commerce.promotions.queries import collisions_of as collisions_of
from core.commerce.promotions.record_words import record_lines as record_lines
from core.commerce.promotions.ways import TrialWay as TrialWay
