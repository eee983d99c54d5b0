"""The price that explains itself: a bundle missing a piece, whole, and back to the cent; a group price with a coupon on it."""

import re

from playwright.sync_api import expect

from tests.e2e.test_coupon_story import claim, money, new_coupon, to_pay

SHOP = "qingshan"
# Handle, title, what its first kind costs.
GOODS = (
    ("liubao-basket", "六堡茶 竹箩陈化", 48_00),
    ("first-four-sampler", "新手四茶", 69_00),
    ("menghai-shupu-tuo", "勐海熟普小沱", 38_00),
)
NAME, PRICE = "茶席三选", 99_00
# 56.00 off, by largest remainder: 17.34, 24.93, 13.73.
FIRST_IN_SET = 48_00 - 17_34
CUP, KIND = "青瓷三才盖碗", "粉青 / 110 ml"


def new_bundle(merchant):
    merchant.visit(SHOP, "/x/bundle/new")
    merchant.field("Name").fill(NAME)
    merchant.page.locator('[name="price"]').fill("99")
    for _handle, title, _price in GOODS:
        row = merchant.page.locator(".pp-check", has_text=title).locator('[name="product_ids"]')
        row.check()
    merchant.shot("bundle-form")
    merchant.button("Save the bundle").click()
    merchant.link("Backtest it").click()
    merchant.sees("The same baskets, no new demand.")
    merchant.shot("bundle-draft")
    merchant.button("Publish").click()
    merchant.sees("Published.")


def into_cart(buyer, handle):
    buyer.look_at(handle)
    buyer.button("Add to cart").click()
    buyer.visit("/cart")


def simulated(merchant):
    """What the simulator says the three cost, sent to 浙江, in cents."""
    merchant.visit(SHOP, "/marketing/simulator")
    for _handle, title, _price in GOODS:
        merchant.page.locator('[name="find"]').fill(title)
        merchant.page.locator('[name="find"]').press("Enter")
        merchant.page.locator('button[name="add"]').first.click()
        expect(merchant.page.locator('[name="variant"]').last).to_be_attached()
    assert merchant.page.locator('[name="variant"]').count() == len(GOODS)
    merchant.page.locator('[name="send"]').select_option(index=1)
    merchant.page.locator('[name="where"]').fill("浙江")
    merchant.page.locator('[name="where"]').press("Enter")
    merchant.reads(NAME)
    merchant.shot("simulator")
    return money(merchant.page.locator(".pp-trial .sum .money").last.inner_text())


def test_any_three_for_one_price_and_a_unit_back_to_the_cent(people):
    merchant = people.merchant()
    merchant.log_in()
    new_bundle(merchant)

    # Two of three: the cart says what is missing, and nothing comes off.
    buyer = people.buyer(SHOP)
    for handle, *_ in GOODS[:2]:
        into_cart(buyer, handle)
    offer = buyer.words("%(title)s: any %(pieces)s for %(price)s", title=NAME, pieces=3, price="¥99.00")
    missing = "%(missing)s more of these and %(pieces)s cost %(price)s together."
    buyer.sees(missing, missing=1, pieces=3, price="¥99.00")
    assert to_pay(buyer) == GOODS[0][2] + GOODS[1][2]
    buyer.shot("two-of-three")

    # The third: one price, and why, line by line.
    into_cart(buyer, GOODS[2][0])
    buyer.reads(offer)
    assert to_pay(buyer) == PRICE
    buyer.page.locator("details.why summary").first.click()
    buyer.shot("three-and-why")
    buyer.button("Check out").click()
    buyer.page.wait_for_url(re.compile("/checkout/"))
    buyer.fill_address()
    quoted = to_pay(buyer)
    assert simulated(merchant) == quoted, "the simulator and the checkout disagree"
    buyer.shot("checkout")
    buyer.place_order()
    buyer.pays()
    assert to_pay(buyer) == quoted
    buyer.reads(offer)
    buyer.shot("order")

    # One of them comes back: exactly what it cost within the set.
    number = re.search(r"QS\d+", buyer.page.locator("main").inner_text())[0]
    merchant.order(SHOP, number)
    expect(merchant.page.locator(".pp-totals")).to_contain_text(NAME)
    merchant.shot("order")
    merchant.link("Refund").click()
    units = merchant.page.locator("#refund-form .pp-picks li", has_text=GOODS[0][1]).locator("input").first
    units.fill("1")
    confirm = merchant.page.get_by_role("button", name=re.compile(r"¥"))
    expect(confirm).to_contain_text(f"¥{FIRST_IN_SET / 100:.2f}")
    merchant.shot("refund-preview")
    confirm.click()
    merchant.sees("Partly refunded")
    people.program.advance(minutes=2)
    buyer.until(lambda: buyer.words("Money is back") in buyer.page.content(), 60)
    buyer.shot("part-is-back")


def test_a_group_price_with_a_coupon_is_explained_and_comes_back_whole(people):
    merchant = people.merchant()
    merchant.log_in()
    new_coupon(merchant, kind="amount", title="团上再减5", value="5", with_activity="1")
    merchant.visit(SHOP, f"/x/group-buy/new?q={CUP}")
    merchant.page.locator("#products li a", has_text=CUP).first.click()
    merchant.field("Group price of %(kind)s", kind=KIND).fill("150")
    merchant.field("Name").fill("盖碗 2 人拼，可用券")
    merchant.field("People in a group").fill("2")
    merchant.page.locator('[name="window-amount"]').fill("30")
    merchant.page.locator('[name="window-unit"]').select_option("minutes")
    merchant.page.locator('#form [name="coupons"]:not([type="hidden"])').check()
    merchant.button("Publish").click()
    merchant.sees("Published. Buyers see it from its beginning on.")

    buyer = people.buyer(SHOP)
    buyer.visit("/x/coupon/")
    buyer.log_in("both@example.com")
    claim(buyer, "团上再减5")
    buyer.look_at("celadon-gaiwan")
    buyer.page.locator('button[formaction$="/x/group-buy/start"]').click()
    buyer.page.wait_for_url(re.compile("/checkout/"))
    buyer.fill_address()
    coupon = buyer.words("Coupon: %(name)s", name="团上再减5")
    buyer.reads(coupon)
    buyer.reads(buyer.words("Group of %(size)s", size=2))
    paid = to_pay(buyer)
    assert paid >= 145_00
    buyer.shot("checkout-group-and-coupon")
    buyer.place_order()
    buyer.pays()
    order = buyer.page.url
    assert to_pay(buyer) == paid
    buyer.shot("order-waiting")

    # Nobody joins: all of it comes back, and so does the coupon.
    people.program.advance(minutes=35)
    back = buyer.words("%(amount)s went back to you", amount=f"¥{paid / 100:.2f}")
    buyer.until(lambda: buyer.headline().inner_text() == back, 60)
    buyer.shot("money-is-back")
    assert order
    buyer.visit("/x/coupon/mine")
    buyer.reads("团上再减5")
    buyer.shot("coupon-is-back")
