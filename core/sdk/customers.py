"""Customers: facts to hear of, rewards that another plugin may answer, the shop's tags. `record` joins the transaction."""

from core.commerce.customers.events import CustomerRegistered as CustomerRegistered
from core.commerce.customers.events import RewardEarned as RewardEarned
from core.commerce.customers.listing import shop_tags as shop_tags
from core.commerce.customers.listing import tags_of as tags_of
from core.kernel.events import record as record
