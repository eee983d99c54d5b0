"""A merchant's first hour on a phone: from sign-up to a paid test order and a campaign, with every field and press counted."""

from playwright.sync_api import expect

from tests.e2e.first_hour import PRODUCT, Counted, taken_photo, up_to_the_test_order

MOST_FIELDS, MOST_CLICKS = 7, 12


def test_merchants_first_hour(people, tmp_path):
    merchant = people.merchant("zh-CN", phone=True)
    page, hands = merchant.page, Counted(merchant)
    shop, opened = up_to_the_test_order(
        merchant, hands, taken_photo(tmp_path), email="xiaoman@example.com", shop="小满茶铺"
    )
    expect(page.locator("main")).to_contain_text(PRODUCT)
    merchant.shot("order")
    print(f"\nsign-up to a paid test order: {hands.said()}; the shop was open after {opened:.1f} s")
    assert hands.fields <= MOST_FIELDS
    assert hands.clicks <= MOST_CLICKS

    # The shop is there for everybody, the own product first.
    buyer = people.buyer(shop)
    buyer.visit("/")
    expect(buyer.page.get_by_text(PRODUCT).first).to_be_visible()
    buyer.shot("storefront")

    hands.press(merchant.link("Next: sell more"))
    merchant.shot("growth")
    hands.press(merchant.button("Begin"))
    page.wait_for_url("**/x/group-buy/activities/*")
    expect(page.locator("main")).to_contain_text("54.40")
    merchant.shot("group-buy")
    print(f"with a group-buy that runs: {hands.said()}")
    buyer.open(buyer.program.shop(shop, "/"))
    buyer.page.get_by_text(PRODUCT).first.click()
    buyer.until(lambda: buyer.shows("54.40"), 5)
    buyer.shot("group-price")

    # The list knows by itself; the samples go with one press and come back with another.
    merchant.visit(shop, "/")
    done = page.locator(".pp-todo-list > li.done")
    expect(done).to_have_count(3)
    merchant.shot("list")
    merchant.button("Remove all samples").click()
    expect(done).to_have_count(4)
    buyer.visit("/")
    expect(buyer.page.get_by_text("明前龙井")).to_have_count(0)
    merchant.button("Undo").first.click()
    expect(done).to_have_count(3)
