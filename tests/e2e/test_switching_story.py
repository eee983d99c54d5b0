"""The second shop, in English: group-buy is switched on, runs, is switched off mid-group, and finishes what it began."""

import re

from playwright.sync_api import expect


def test_group_buy_is_switched_on_and_drains(people):
    merchant = people.merchant("en")
    merchant.log_in("owner@harbor.example.com")
    ada, bob = (people.buyer("harbor", name, "en") for name in ("ada", "bob"))

    # Off: no menu, no page, no offer.
    merchant.visit("harbor")
    expect(merchant.page.get_by_role("link", name="Group-buys", exact=True)).to_have_count(0)
    merchant.visit("harbor", "/x/group-buy/", status=404)
    ada.visit("/x/group-buy/", status=404)

    merchant.visit("harbor", "/plugins")
    merchant.shot("plugins")
    plugin_card(merchant).get_by_role("switch").click()
    expect(merchant.page.get_by_role("link", name="Group-buys", exact=True)).to_be_visible()
    merchant.shot("switched-on")
    merchant.new_group_buy(
        "harbor", "Quay mug", {"Navy / One": "14.50"}, name="Mugs for two", size=2, window=("1", "days")
    )
    merchant.button("Publish").click()
    merchant.sees("Published. Buyers see it from its beginning on.")

    # Within a second every web process offers it.
    ada.look_at("quay-mug")
    ada.until(lambda: ada.shows("£14.50"), 5)
    ada.shot("product")
    ada.button("Group of %(size)s", size=2).click()
    ada.log_in("ada@example.com")
    ada.button("Group of %(size)s", size=2).click()
    ada.fill_address()
    ada.shot("checkout")
    ada.place_order()
    ada.pays()
    ada.shot("order")
    link = ada.shared_link()

    # Switched off with a group open: the report says what is open, new business stops, the group goes on.
    merchant.visit("harbor", "/plugins")
    plugin_card(merchant).get_by_role("switch").click()
    merchant.reads(re.compile("open groups"))
    merchant.shot("impact-report")
    merchant.page.get_by_role("button", name=re.compile("Switch off|Stop new")).click()
    expect(plugin_card(merchant)).to_contain_text("Finishing, 2 left")
    merchant.shot("draining")
    bob.look_at("quay-mug")
    bob.until(lambda: not bob.shows("£14.50"), 5)
    bob.shot("product-while-draining")
    bob.open(link)
    bob.button("Take this seat · %(price)s", price="£14.50").click()
    bob.log_in("bob@example.com")
    bob.button("Take this seat · %(price)s", price="£14.50").click()
    bob.fill_address()
    bob.place_order()
    bob.pays()
    bob.until(lambda: "To your order" in bob.page.content() or "complete" in bob.page.content())
    ada.open(link)
    ada.sees("This group is complete")
    ada.shot("complete-though-switched-off")
    merchant.visit("harbor", "/orders/")
    merchant.reads(re.compile("Mugs for two|Quay mug"))
    merchant.shot("orders-to-ship")

    # Nothing is open any more: it is off at the next look, which comes within a minute; its pages are gone.
    merchant.visit("harbor", "/plugins")
    merchant.until(lambda: "Finishing" not in plugin_card(merchant).inner_text(), 90)
    merchant.shot("off")
    ada.until(lambda: ada.page.goto(link).status == 404, 5)


def plugin_card(merchant):
    return merchant.page.locator(".pp-plugin", has=merchant.page.locator("#plugin-group_buy"))
