"""The leader's perk, eighteen days after the group was complete: the last story, since its clock goes far."""

import re

from tests.e2e.gathering import SHOP, comes, joins, number_of, publish, starts


def test_leader_is_thanked_after_the_return_window_and_only_for_different_people(people):
    merchant = people.merchant()
    merchant.log_in()
    label = merchant.words("Group price of %(kind)s", kind="海青 / 小 约 100 g")
    publish(merchant, "粗陶茶叶罐", [(label, "80")], size="2", perk="free")

    leader = comes(people, "leader", at=("13900000001", "文二路 1 号"))
    friend = comes(people, "friend", at=("13900000002", "文三路 2 号"))
    paid, link = starts(leader, "stoneware-tea-caddy")
    others = [joins(friend, link)]
    # Two accounts, one address, one phone: not two people.
    self_made = comes(people, "self-made", at=("13900000003", "文一路 3 号"))
    alias = comes(people, "alias", at=("13900000003", "文一路 3 号"))
    alike, second = starts(self_made, "stoneware-tea-caddy")
    others.append(joins(alias, second))
    alias.until(lambda: alias.words("The group is complete") in alias.page.content())
    for buyer, order in ((leader, paid), (friend, others[0]), (self_made, alike), (alias, others[1])):
        ship(merchant, number_of(buyer, order))
    leader.open(paid)
    assert "¥80.00" not in leader.timeline()

    # Nobody can return anything any more.
    for _ in range(2):
        people.program.advance(days=9)
        leader.page.wait_for_timeout(3_000)
    leader.open(paid)
    leader.until(lambda: "¥80.00" in leader.timeline(), 40)
    leader.shot("thanked")
    self_made.open(alike)
    assert "¥80.00" not in self_made.timeline()
    # Nobody is logged in for so long.
    merchant = people.merchant()
    merchant.log_in()
    for buyer, order, said in (
        (leader, paid, "Given"),
        (self_made, alike, "Not given: too few different people"),
    ):
        merchant.order(SHOP, number_of(buyer, order))
        merchant.link("Open the group").first.click()
        merchant.sees(said)
        merchant.shot(f"perk-of-{buyer.name}")


def ship(merchant, number):
    merchant.order(SHOP, number)
    merchant.link("Ship").click()
    merchant.field("Tracking number").fill(f"SF{number[2:].zfill(10)}")
    merchant.button("Mark as sent").click()
    merchant.reads(re.compile("SF0"))
