"""Plain purchases: without JavaScript, with payments that misbehave, and a refund of part of an order."""

import re

from playwright.sync_api import expect


def test_purchase_without_javascript_and_with_pickup(people):
    buyer = people.buyer("qingshan", javascript=False)
    buyer.visit("/")
    buyer.page.get_by_role("link", name=re.compile("武夷肉桂")).first.click()
    buyer.shot("product")
    buyer.button("Add to cart").click()
    buyer.visit("/cart")
    buyer.page.get_by_role("spinbutton").first.fill("2")
    buyer.button("Update quantities").click()
    expect(buyer.page.get_by_role("spinbutton").first).to_have_value("2")
    buyer.shot("cart")
    buyer.button("Check out").click()
    buyer.page.get_by_text("厦门茶室").first.click()
    buyer.button("Update the sum").click()
    buyer.fill_address()
    buyer.shot("checkout")
    buyer.place_order()
    buyer.pays()
    expect(buyer.headline()).to_have_text(buyer.words("Paid. You can fetch it soon"))
    buyer.reads("厦门茶室")
    buyer.shot("order")

    merchant = people.merchant()
    merchant.log_in()
    merchant.order("qingshan", number_of(buyer))
    merchant.link("Hand over").click()
    merchant.button("Mark as handed over").click()
    buyer.page.reload()
    expect(buyer.headline()).to_have_text(buyer.words("Handed over"))
    buyer.shot("handed-over")


def test_payments_that_misbehave(people):
    # Declined, then paid: one order, one payment kept.
    buyer = people.buyer("qingshan", "declined")
    order(buyer, "xiaoqinggan")
    buyer.pays("decline", back=False)
    buyer.sees("This payment did not go through")
    buyer.shot("declined")
    buyer.page.get_by_role("button", name=re.compile("¥")).click()
    buyer.pays()
    expect(buyer.headline()).to_have_text(buyer.words("Paid. The shop gets it ready"))
    buyer.shot("paid-at-last")

    # Told twice, in the wrong order: one effect.
    twice = people.buyer("qingshan", "twice")
    order(twice, "xiaoqinggan")
    twice.pays("twice")
    twice.page.wait_for_timeout(2000)
    twice.page.reload()
    expect(twice.headline()).to_have_text(twice.words("Paid. The shop gets it ready"))
    paid = re.escape(twice.words("%(amount)s was paid.", amount="@")).replace("@", r"¥[\d.]+")
    assert len(re.findall(paid, twice.timeline())) == 1, twice.timeline()
    merchant = people.merchant()
    merchant.log_in()
    merchant.order("qingshan", number_of(twice))
    merchant.shot("paid-once")

    # Closes the page after paying: only the notification tells.
    silent = people.buyer("qingshan", "silent")
    path = order(silent, "xiaoqinggan")
    silent.pays("never_returns", back=False)
    silent.sees("Paid, and the page is closed")
    silent.visit(path)
    silent.until(lambda: silent.headline().inner_text() == silent.words("Paid. The shop gets it ready"))

    # Pays after the order has closed: the money comes back by itself.
    late = people.buyer("qingshan", "late")
    path = order(late, "xiaoqinggan")
    gateway = late.page.url
    late.page.locator('select[name="delay"]').select_option("")
    late.pays("late", back=False)
    late.sees("You have not paid yet")
    people.program.advance(minutes=32)
    late.visit(path)
    late.until(lambda: late.headline().inner_text() == late.words("This order is closed"))
    late.shot("closed-unpaid")
    late.open(gateway)
    late.button("Pay now").click()
    late.visit(path)
    late.until(lambda: late.words("Refund of %(amount)s", amount="").strip() in late.page.content())
    people.program.advance(minutes=2)
    late.until(lambda: late.words("Money is back") in late.page.content(), 60)
    late.shot("late-money-is-back")


def test_part_of_an_order_is_refunded_to_the_cent(people):
    buyer = people.buyer("qingshan")
    order(buyer, "xiaoqinggan", quantity=3)
    buyer.pays()
    merchant = people.merchant()
    merchant.log_in()
    merchant.order("qingshan", number_of(buyer))
    merchant.shot("order")
    merchant.link("Refund").click()
    units = merchant.page.locator("#refund-form .pp-stepper input").first
    units.fill("2")
    confirm = merchant.page.get_by_role("button", name=re.compile(r"¥"))
    expect(confirm).to_contain_text("¥")
    amount = re.search(r"¥[\d.,]+", confirm.inner_text())[0]
    merchant.shot("refund-preview")
    confirm.click()
    merchant.sees("Partly refunded")
    merchant.reads(amount)
    merchant.shot("refunding")
    people.program.advance(minutes=2)
    buyer.until(lambda: buyer.words("Money is back") in buyer.page.content(), 60)
    buyer.reads(buyer.words("Refund of %(amount)s", amount=amount))
    buyer.shot("part-is-back")


def order(buyer, product, quantity=1):
    """From the product to the gateway's page; returns the path of the order."""
    buyer.look_at(product)
    if quantity > 1:
        buyer.page.locator('#buy [name="quantity"]').fill(str(quantity))
    buyer.page.get_by_role(
        "button", name=re.compile(f"{buyer.words('Buy now')}|{buyer.words('Buy alone')}")
    ).click()
    buyer.page.wait_for_url(re.compile("/checkout/"))
    buyer.fill_address()
    buyer.place_order()
    back = buyer.link("Back to the shop without paying").get_attribute("href")
    return f"/orders/{back.split('/')[-2]}"


def number_of(buyer):
    return re.search(r"(?:QS|HL)\d+", buyer.page.locator("main").inner_text())[0]
