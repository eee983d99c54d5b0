"""Which campaigns get in each other's way: the same group at the same time means that only one of them is used."""

from plugins.coupon.queries.campaigns import CampaignView


def rivals(one: CampaignView, others: list[CampaignView]) -> list[CampaignView]:
    """Campaigns of the same group, or exclusive ones, that run beside this one."""
    return [
        other
        for other in others
        if other.id != one.id
        and (other.terms.group == one.terms.group or other.terms.exclusive or one.terms.exclusive)
    ]
