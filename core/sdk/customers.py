"""Customers: facts to hear of, and rewards that another plugin may answer. `record` joins the caller's transaction."""

from core.commerce.customers.events import CustomerRegistered as CustomerRegistered
from core.commerce.customers.events import RewardEarned as RewardEarned
from core.kernel.events import record as record
