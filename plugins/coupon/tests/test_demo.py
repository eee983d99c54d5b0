"""The example: campaigns of every way, and people who have claimed some."""

from core.sdk.clock import now
from core.sdk.commands import reading
from plugins.coupon.demo import _play
from plugins.coupon.queries.campaigns import offers_for


def test_example_has_coupons_to_claim_and_people_who_have_some(person, coupon_shop):
    people = [person() for _ in range(2)]
    _play(now())
    assert [len(who.wallet()) for who in people] == [2, 2]
    with reading():
        assert len(offers_for(None)) == 4
