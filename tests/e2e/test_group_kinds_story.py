"""Every kind of group-buy, once as hoped and once not, with buyers in browsers of their own."""

import hashlib
import hmac
import re

from playwright.sync_api import expect

from tests.e2e.gathering import (
    SHOP,
    comes,
    joins,
    money_comes_back,
    number_of,
    presses_join,
    publish,
    starts,
)

HEX = re.compile(r"[0-9a-f]{64}")


def test_tiered_group_sends_the_difference_back_or_everything(people):
    merchant = people.merchant()
    merchant.log_in()
    kind = "清香 / 10 饼 约 90 g"
    first, second = (
        merchant.words("Group price of %(kind)s", kind=kind),
        merchant.words("Step %(n)s of %(kind)s", n=2, kind=kind),
    )
    publish(
        merchant, "漳平水仙", [(first, "58"), (second, "48")], kind="tiered", size="2", step2="3", step3=""
    )

    one, two, three = (comes(people, name) for name in ("first", "second", "third"))
    order, link = starts(one, "zhangping-shuixian")
    one.shot("started")
    joins(two, link)
    # Two are enough; the third brings the price down for all.
    two.open(link)
    two.sees("This group succeeds")
    climb = two.page.locator(".gb-climb")
    expect(climb).to_contain_text("¥48.00")
    expect(climb).to_contain_text("¥10.00")
    two.shot("one-more")
    joins(three, link)
    for buyer in (one, three):
        buyer.open(order if buyer is one else buyer.page.url)
        buyer.until(lambda buyer=buyer: "¥10.00" in buyer.timeline(), 40)
        buyer.shot("difference-goes-back")
    one.visit("/x/group-buy/mine")
    one.reads(re.compile(re.escape(one.words("%(amount)s of it goes back.", amount="¥10.00"))))
    one.shot("my-groups")

    # One alone is below the first step.
    alone, _link = starts(one, "zhangping-shuixian")
    people.program.advance(minutes=31)
    money_comes_back(one, alone, "¥66.00")
    one.shot("below-the-first-step")
    merchant.visit(SHOP, "/x/group-buy/groups?view=all")
    merchant.shot("groups")


def test_new_joiner_group_tells_regulars_and_is_filled_by_somebody_new(people):
    merchant = people.merchant()
    merchant.log_in()
    label = merchant.words("Group price of %(kind)s", kind="50 g 试饮袋")
    publish(merchant, "老枞水仙", [(label, "66")], kind="new_joiner", size="2")

    regular, leader, fresh = (comes(people, name) for name in ("regular", "leader", "fresh"))
    lonely, _own = starts(regular, "laocong-shuixian")
    _order, link = starts(leader, "laocong-shuixian")
    presses_join(regular, link)
    regular.sees("Only people who have never bought here can join this group.")
    regular.shot("not-new")
    joins(fresh, link)
    fresh.until(lambda: fresh.words("The group is complete") in fresh.page.content())
    fresh.shot("complete")
    leader.open(link)
    leader.sees("This group is complete")

    people.program.advance(minutes=31)
    money_comes_back(regular, lonely, "¥74.00")
    regular.shot("nobody-new-came")


def test_lottery_group_draws_in_the_open_and_refunds_the_others(people):
    merchant = people.merchant()
    merchant.log_in()
    label = merchant.words("Group price of %(kind)s", kind="小 36 × 24 cm")
    publish(merchant, "竹制茶盘", [(label, "9.90")], kind="lottery", size="3", winners="1")

    members = [comes(people, name) for name in ("ann", "ben", "cai")]
    first, link = starts(members[0], "bamboo-tea-tray")
    looks_at_the_draw(members[0], link)
    promised = HEX.search(members[0].page.locator("main").inner_text())[0]
    members[0].shot("draw-is-promised")
    placed = [first, *(joins(member, link) for member in members[1:])]

    # The draw is made at once; everybody can repeat it with what the page shows.
    looks_at_the_draw(members[0], link)
    members[0].until(lambda: "openssl" in members[0].page.content(), 40)
    check_draw(members[0].page.locator("main").inner_text(), promised)
    members[0].shot("draw-was-made")
    won = []
    for member, order in zip(members, placed, strict=True):
        member.open(order)
        told = member.words("You were drawn. The order ships now.")
        back = [
            member.words(words, amount="¥17.90")
            for words in ("%(amount)s is on its way back", "%(amount)s went back to you")
        ]
        page = member.page.locator("main").inner_text()
        won.append(told in page)
        assert won[-1] is not any(words in page for words in back), page
        member.shot("drawn" if won[-1] else "not-drawn")
    assert won.count(True) == 1
    winner = won.index(True)
    merchant.order(SHOP, number_of(members[winner], placed[winner]))
    merchant.sees("To ship")
    merchant.link("Open the group").first.click()
    merchant.link("The draw").first.click()
    merchant.page.wait_for_url(re.compile("/draw$"))
    merchant.shot("proof-in-the-console")

    # Not enough entrants: nothing is drawn, everything goes back.
    alone, other = starts(members[1], "bamboo-tea-tray")
    people.program.advance(minutes=31)
    money_comes_back(members[1], alone, "¥17.90")
    looks_at_the_draw(members[1], other)
    assert "openssl" not in members[1].page.content()
    members[1].shot("not-enough-entrants")


def looks_at_the_draw(buyer, link):
    buyer.open(link)
    buyer.link("The draw, step by step").first.click()
    buyer.page.wait_for_url(re.compile("/draw$"))


def check_draw(page, promised):
    """Repeat the draw with the standard library alone, from the words on its page."""
    seed = re.search(r"printf %s '([0-9a-f]{64})' \| sha256sum", page)[1]
    assert hashlib.sha256(seed.encode()).hexdigest() == promised
    tickets = re.search(r"printf '%s\\n' (.+?) \| sha256sum", page)[1].split()
    listed = "".join(f"{ticket}\n" for ticket in tickets)
    fingerprint = hashlib.sha256(listed.encode()).hexdigest()
    assert fingerprint in page
    assert tickets == sorted(tickets)
    scores = {
        ticket: hmac.new(seed.encode(), f"{fingerprint}:{ticket}".encode(), "sha256").hexdigest()
        for ticket in tickets
    }
    ranked = sorted(tickets, key=scores.get)
    places = [page.index(scores[ticket]) for ticket in ranked]
    assert places == sorted(places)
