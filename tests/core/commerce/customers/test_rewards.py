"""Rewards that one plugin announces and another may give: one event, whose source says which reward it is."""

from core.commerce.customers.events import RewardEarned
from core.kernel.command import command
from core.kernel.events import record
from core.kernel.ids import new_id
from core.testing.sending import told


@command("system")
def earn(customer_id, source):
    record(RewardEarned(customer_id=customer_id, occasion="group_leader", source=source))


def test_reward_reaches_the_hook_on_reward_earned_with_customer_occasion_and_source(in_shop, platform):
    customer_id = new_id()
    earn(customer_id, "perk:1")
    assert told("customers.reward_earned") == [
        {"customer_id": str(customer_id), "occasion": "group_leader", "source": "perk:1"}
    ]
    event = RewardEarned(customer_id=customer_id, occasion="group_leader", source="perk:1")
    assert event.hook == "on_reward_earned"
    assert event.hook in platform.registry.specs
