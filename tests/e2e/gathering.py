"""Merchants who publish group-buys of every kind, and buyers who start and join groups, for the stories of them."""

import re

from core.kernel.ids import new_code

SHOP = "qingshan"


def publish(merchant, product, prices, *, kind="normal", **rules):
    """Publish an activity of a kind with half an hour for each group; `rules` are fields of the form by name."""
    merchant.visit(SHOP, f"/x/group-buy/new?q={product}&kind={kind}")
    merchant.page.locator("#products li a", has_text=product).first.click()
    for label, price in prices:
        merchant.page.get_by_label(label, exact=True).fill(price)
    for name, value in {"window-amount": "30", **rules}.items():
        field = merchant.page.locator(f'#form [name="{name}"]')
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    merchant.page.locator('[name="window-unit"]').select_option("minutes")
    merchant.shot(f"wizard-{kind}")
    merchant.button("Publish").click()
    merchant.sees("Published. Buyers see it from its beginning on.")
    merchant.shot(f"activity-{kind}")


def comes(people, name, *, at=None):
    """A buyer who has logged in; `at` is where they live, (phone, street)."""
    buyer = people.buyer(SHOP, name)
    buyer.at = at
    buyer.visit("/login")
    buyer.log_in(f"{name}-{new_code(6).lower()}@example.com")
    return buyer


def orders(buyer):
    """Fill in the checkout, pay, and say where the order's page is."""
    buyer.page.wait_for_url(re.compile("/checkout/"))
    if buyer.at:
        for name, value in zip(("phone", "line1"), buyer.at, strict=True):
            buyer.page.locator(f'.checkout [name="{name}"]:visible').fill(value)
    buyer.fill_address()
    buyer.place_order()
    buyer.pays()
    return buyer.page.url


def starts(buyer, handle):
    """Start a group from the product's page; the order's address and the link to share."""
    buyer.look_at(handle)
    buyer.page.locator('button[formaction$="/x/group-buy/start"]').click()
    order = orders(buyer)
    return order, buyer.shared_link()


def presses_join(buyer, link):
    buyer.open(link)
    buyer.page.locator('form[action$="/join"] button[data-once]').click()


def joins(buyer, link):
    """Take a seat by the link and pay; the order's address."""
    presses_join(buyer, link)
    return orders(buyer)


def money_comes_back(buyer, order, amount):
    """The whole amount goes back by itself, and the order's page says so."""
    buyer.open(order)
    back = buyer.words("%(amount)s is on its way back", amount=amount)
    arrived = buyer.words("%(amount)s went back to you", amount=amount)
    buyer.until(lambda: buyer.headline().inner_text() in (back, arrived), 40)


def number_of(buyer, order):
    buyer.open(order)
    found = re.search(r"QS\d+", buyer.page.locator("main").inner_text())
    assert found
    return found[0]
