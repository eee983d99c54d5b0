"""The hooks of the customers room."""

from core.commerce.customers.events import CustomerRegistered, RewardEarned
from core.hooks.markers import hookspec


@hookspec(since="0.1")
def on_customer_registered(event: CustomerRegistered) -> None:
    """Somebody logged in to the shop for the first time.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`, with the customer's id.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """


@hookspec(since="0.1")
def on_reward_earned(event: RewardEarned) -> None:
    """A customer earned something that your plugin may give: a coupon, points.

    When: after that transaction committed, at least once, in a transaction of the handler's own.
    Arguments: `event`: the customer, the occasion ("lottery_consolation", "group_leader"), and the source, which is the same
    when the event is delivered again.
    Returns: nothing. An exception rolls your transaction back and the delivery is tried again with back-off.
    """
