"""Two shops with coupons of their own: ids, codes and gifts of the other are the same as none at all."""

import pytest

from core.sdk.commands import reading
from core.sdk.errors import NotFound
from core.testing.buying import Buyer
from core.testing.goods import make_customer, make_shipping
from core.testing.shops import bound
from plugins.coupon.actions.campaigns import pause_campaign, revoke_coupon
from plugins.coupon.actions.code_batches import make_public_code
from plugins.coupon.actions.gifting import offer_gift
from plugins.coupon.actions.redeeming import redeem_code
from plugins.coupon.actions.rounds import join_round, start_round
from plugins.coupon.errors import CouponError
from plugins.coupon.pages import gift_page, round_page
from plugins.coupon.queries.campaigns import campaign as campaign_view
from plugins.coupon.queries.campaigns import offers_for
from plugins.coupon.queries.wallet import coupon, coupons_of
from plugins.coupon.tests.people import Person, make_campaign


@pytest.fixture
def foreign(platform, other_shop, enable):
    """A campaign, a coupon that is offered as a gift, a code and a round in the other shop."""
    enable(other_shop, "coupon")
    with bound(other_shop):
        who = Person(Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())}))
        campaign = make_campaign(gift=True)
        issued = who.claim(campaign)
        together = make_campaign(way="fission", fission_need=2)
        make_public_code(campaign_id=make_campaign(way="code"), text="FOREIGN1")
        with who.acting:
            gift, code = offer_gift(instance_id=issued.id), start_round(campaign_id=together)
    return {"who": who, "campaign": campaign, "coupon": issued.id, "gift": gift, "round": code}


def test_nothing_of_the_other_shop_is_found_or_changed(foreign, shop, enable):
    enable(shop, "coupon")
    with bound(shop):
        with reading():
            assert campaign_view(foreign["campaign"]) is None
            assert coupon(foreign["coupon"]) is None
            assert coupons_of(foreign["who"].id) == []
            assert offers_for(None) == []
            assert gift_page(foreign["gift"], viewer_id=None) is None
            assert round_page(foreign["round"], viewer_id=None) is None
        me = Person(Buyer(make_customer(), {"kind": "method", "id": str(make_shipping())}))
        for act in (
            lambda: me.claim(foreign["campaign"]),
            lambda: pause_campaign(campaign_id=foreign["campaign"]),
            lambda: revoke_coupon(instance_id=foreign["coupon"]),
        ):
            with pytest.raises(NotFound):
                act()
        with me.acting:
            with pytest.raises(NotFound):
                join_round(code=foreign["round"])
            with pytest.raises(CouponError) as refusal:
                redeem_code(code="FOREIGN1", seen_as=("address:1",))
            assert refusal.value.code == "coupon.code_refused"
