"""Group-buy, from the merchant's activity to parcels and refunds: two buyers in two browsers."""

import re

from playwright.sync_api import expect

TEA, KIND = "正山小种", "传统松烟 / 50 g"


def test_group_fills_and_every_order_ships(people):
    merchant = people.merchant()
    merchant.log_in()
    add_photo(merchant, people.buyer("qingshan", "photographer", desk=True))
    merchant.new_group_buy(
        "qingshan", TEA, {KIND: "68"}, name="正山小种 2 人拼", size=2, window=("2", "hours")
    )
    merchant.shot("activity-to-publish")
    merchant.button("Publish").click()
    merchant.sees("Published. Buyers see it from its beginning on.")
    merchant.shot("activity-published")

    # Buyer one starts a group: logs in with the code from the mailbox, pays at the gateway.
    one = people.buyer("qingshan", "buyer-one")
    one.look_at("zhengshan-xiaozhong")
    one.reads("¥68.00")
    one.shot("product")
    one.button("Group of %(size)s", size=2).click()
    one.log_in("one@example.com")
    one.button("Group of %(size)s", size=2).click()
    one.page.wait_for_url(re.compile("/checkout/"))
    one.fill_address()
    one.shot("checkout-of-leader")
    one.place_order()
    one.shot("gateway")
    one.pays()
    expect(one.headline()).to_contain_text(one.words("Group of %(size)s", size=2))
    one.shot("order-waiting")
    link = one.shared_link()

    # The link looks like something in a chat.
    two = people.buyer("qingshan", "buyer-two")
    two.open(link)
    check_link_preview(two)
    two.shot("invited")
    two.button("Take this seat · %(price)s", price="¥68.00").click()
    two.log_in("13800005678")
    two.button("Take this seat · %(price)s", price="¥68.00").click()
    two.page.wait_for_url(re.compile("/checkout/"))
    two.fill_address()
    two.shot("checkout-with-seat")
    one.open(link)
    one.reads(re.compile(one.words("kept until %(time)s", time=r"\d\d?:\d\d")))
    one.shot("seat-kept-for-two")
    two.place_order()
    two.pays()

    # The last seat is paid: the group is complete for both, and their orders can be sent.
    two.until(lambda: two.words("The group is complete") in two.page.content())
    two.shot("complete")
    one.page.reload()
    one.sees("This group is complete")
    one.shot("complete")
    one.link("To your order").click()
    one.page.wait_for_url(re.compile("/orders/"))
    number = order_number(one)
    merchant.order("qingshan", number)
    merchant.sees("To ship")
    merchant.shot("order-to-ship")

    # The merchant ships it, the buyer sees carrier and number.
    merchant.link("Ship").click()
    merchant.field("Tracking number").fill("SF1234567890")
    merchant.shot("shipping")
    merchant.button("Mark as sent").click()
    merchant.reads("SF1234567890")
    merchant.shot("shipped")
    one.page.reload()
    one.reads("SF1234567890")
    one.shot("shipped")


def add_photo(merchant, photographer):
    """The product gets a photo as its first picture: chats show photos, not drawings."""
    photographer.look_at("zhengshan-xiaozhong")
    drawing = photographer.page.locator(".stage img").first.get_attribute("src")
    photographer.page.set_viewport_size({"width": 900, "height": 900})
    photographer.visit(drawing)
    photo = photographer.page.screenshot(type="png")
    merchant.visit("qingshan", "/products/?q=正山小种")
    merchant.page.locator("table a", has_text=TEA).first.click()
    tiles = merchant.page.locator("#pictures li[data-tile]")
    expect(tiles.first).to_be_visible()
    before = tiles.count()
    picture = {"name": "photo.png", "mimeType": "image/png", "buffer": photo}
    merchant.page.locator('#pictures input[type="file"]').set_input_files([picture])
    expect(tiles).to_have_count(before + 1)
    for place in range(before + 1, 1, -1):
        moved = tiles.nth(place - 2).locator("img").get_attribute("src")
        merchant.button("Move picture %(n)s forward", n=place).click()
        expect(tiles.nth(place - 1).locator("img")).to_have_attribute("src", str(moved))
    merchant.page.get_by_label(merchant.words("What picture %(n)s shows", n=1)).fill("推盖木盒里的正山小种")
    merchant.shot("product-with-photo")
    merchant.button("Save").click()
    merchant.sees("Saved.")


def check_link_preview(buyer):
    card = {
        name: buyer.page.locator(f'meta[property="og:{name}"]').get_attribute("content")
        for name in ("title", "description", "image", "url", "type")
    }
    assert "¥68.00" in card["title"], card
    assert TEA in card["title"], card
    assert buyer.plural("%(n)s free seat", "%(n)s free seats", 1) in card["description"], card
    assert card["url"] == buyer.page.url
    tab = buyer.context.new_page()
    picture = tab.goto(card["image"])
    tab.close()
    assert picture.status == 200
    assert picture.headers["content-type"] in ("image/png", "image/jpeg", "image/webp"), picture.headers


def order_number(buyer):
    found = re.search(r"(?:QS|HL)\d+", buyer.page.locator("main").inner_text())
    assert found
    return found[0]


def test_group_that_does_not_fill_is_refunded_by_itself(people):
    merchant = people.merchant()
    merchant.log_in()
    merchant.new_group_buy(
        "qingshan",
        "凤庆滇红",
        {"金芽 / 100 g 袋装": "70"},
        name="凤庆滇红 3 人拼",
        size=3,
        window=("30", "minutes"),
    )
    merchant.button("Publish").click()
    merchant.sees("Published. Buyers see it from its beginning on.")

    one, two = people.buyer("qingshan", "buyer-one"), people.buyer("qingshan", "buyer-two")
    one.visit("/login")
    one.log_in("three@example.com")
    one.look_at("fengqing-dianhong")
    one.button("Group of %(size)s", size=3).click()
    one.fill_address()
    one.place_order()
    one.pays()
    link = one.shared_link()
    two.visit("/login")
    two.log_in("four@example.com")
    two.open(link)
    two.button("Take this seat · %(price)s", price="¥70.00").click()
    two.fill_address()
    two.place_order()
    two.pays()
    orders = [one.page.url, two.page.url]

    # Two of three have paid when the time is over: both get everything back, and can see each step with its time.
    people.program.advance(minutes=31)
    for buyer in (one, two):
        back = buyer.words("%(amount)s is on its way back", amount="¥78.00")
        arrived = buyer.words("%(amount)s went back to you", amount="¥78.00")
        buyer.until(lambda: {back, arrived} & {buyer.headline().inner_text()}, 40)
        buyer.shot("on-its-way-back")
    # The gateway takes its time; asking it again takes ten seconds, then a minute.
    people.program.advance(minutes=2)
    one.until(
        lambda: one.headline().inner_text() == one.words("%(amount)s went back to you", amount="¥78.00"), 60
    )
    assert len(re.findall(r"\d\d?:\d\d", one.timeline())) >= 4, one.timeline()
    one.shot("money-is-back")
    one.visit("/x/group-buy/mine")
    one.shot("my-groups")
    two.open(link)
    two.sees("This group did not fill")
    two.shot("group-did-not-fill")

    number = order_number(one.open(orders[0]) and one)
    merchant.order("qingshan", number)
    merchant.reads("¥78.00")
    merchant.sees("Refunded")
    merchant.shot("refunded-order")
    merchant.visit("qingshan", "/x/group-buy/refunds")
    merchant.shot("refunds")
