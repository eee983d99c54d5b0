"""The cart: adding, changing, removing, and everything that can be wrong with it."""

import pytest
from sqlalchemy import update

from core.commerce.carts.actions import add_to_cart
from core.commerce.carts.models import CartLine
from core.commerce.catalog.models import Product, Variant
from core.commerce.reservations.stock import set_stock
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_product


@command("system")
def change_product(handle, **values):
    session().execute(update(Product).where(Product.handle == handle).values(**values))


@command("system")
def change_variant(variant_id, **values):
    session().execute(update(Variant).where(Variant.id == variant_id).values(**values))


@command("system")
def stock_levels(levels):
    set_stock(levels)


def quantities(shop):
    with shop_bound(shop, SYSTEM), reading():
        return [line.quantity for line in session().query(CartLine).order_by(CartLine.created_at)]


@pytest.fixture
def in_cart(visitor, tea):
    """The cart page with two pieces of tea."""
    visitor.get(f"/products/{tea.handle}").send("/cart/add", quantity="2")
    return visitor.get("/cart")


def line_field(page):
    return next(name for name in page.form("/cart").values if name.startswith("quantity-"))


def test_empty_cart_leads_to_the_products(visitor, tea):
    page = visitor.get("/cart")
    assert "明前龙井" in page.text
    assert visitor.cookie("cart") == ""


def test_added_product_is_in_the_cart_and_a_message_says_so(visitor, tea):
    page = visitor.get(f"/products/{tea.handle}").send("/cart/add", button="加入购物车", quantity="3")
    assert page.path.startswith(f"/products/{tea.handle}")
    assert "“明前龙井”已加入购物车" in page.text
    cart = visitor.get("/cart")
    assert "已加入购物车" not in cart.text
    assert "¥384.00" in cart.text


def test_equal_products_add_up(visitor, tea, shop):
    for _ in range(2):
        visitor.get(f"/products/{tea.handle}").send("/cart/add", quantity="2")
    assert quantities(shop) == [4]


@pytest.mark.parametrize(("typed", "kept"), [("5", 5), ("５", 5), (" 7 ", 7), ("9999", 9999)])
def test_quantity_is_changed_also_in_full_width_digits(in_cart, shop, typed, kept):
    in_cart.send("/cart", **{line_field(in_cart): typed})
    assert quantities(shop) == [kept]


@pytest.mark.parametrize(
    "typed",
    ["-1", "1.5", "1e3", "", "ten", "10000", "99999999999999999999", "٣x", "0x2", "1,000", "😀", "NaN"],
)
def test_odd_quantity_is_refused_in_words_and_changes_nothing(in_cart, shop, typed, unchanged):
    with unchanged(shop):
        page = in_cart.send("/cart", **{line_field(in_cart): typed})
    assert page.status == 422
    assert "1 到 9999" in page.text
    assert quantities(shop) == [2]


@pytest.mark.parametrize("typed", ["0", "-3", "1.5", "10000", "x", "1" * 30])
def test_odd_quantity_is_refused_when_adding(visitor, tea, shop, typed, unchanged):
    page = visitor.get(f"/products/{tea.handle}")
    with unchanged(shop):
        refused = page.send("/cart/add", quantity=typed)
    assert refused.status == 422
    assert "1 到 9999" in refused.text


def test_zero_and_the_remove_button_take_a_line_out(in_cart, shop, tea):
    in_cart.send("/cart", **{line_field(in_cart): "0"})
    assert quantities(shop) == []
    in_cart.browser.get(f"/products/{tea.handle}").send("/cart/add")
    page = in_cart.browser.get("/cart")
    page.send("/cart", button="remove")
    assert quantities(shop) == []


def test_unknown_line_of_a_form_is_passed_over(in_cart, shop):
    in_cart.browser.post(
        "/cart", {"quantity-00000000-0000-0000-0000-000000000000": "3", "quantity-x": "y", "remove": "z"}
    )
    assert quantities(shop) == [2]


def test_product_that_is_gone_stays_visible_and_must_be_taken_out(in_cart, stocked, tea, shop):
    stocked(change_product, tea.handle, status="archived")
    page = in_cart.browser.get("/cart")
    assert "已经下架" in page.text
    assert "¥0.00" in page.text
    stays = in_cart.browser.post("/checkout")
    assert stays.status == 409
    assert "已经下架" in stays.text
    page.send("/cart", button="remove")
    assert quantities(shop) == []


def test_one_gone_product_does_not_spoil_the_rest(in_cart, stocked):
    pot = stocked(make_product, title="茶壶", prices=[5000])
    in_cart.browser.get(f"/products/{pot.handle}").send("/cart/add")
    stocked(change_variant, pot.variant_id, archived=True)
    page = in_cart.browser.get("/cart")
    assert "茶壶" in page.text
    assert "¥256.00" in page.text


def test_too_few_left_is_said_at_the_line(in_cart, stocked, tea):
    stocked(stock_levels, {tea.variant_id: 1})
    page = in_cart.browser.get("/cart")
    assert "只剩 1 件。" in page.text
    assert in_cart.browser.post("/checkout").status == 409
    stocked(stock_levels, {tea.variant_id: 0})
    assert "已售完" in in_cart.browser.get("/cart").text


def test_price_in_the_cart_is_todays(in_cart, stocked, tea):
    stocked(change_variant, tea.variant_id, price_minor=10_000)
    assert "¥200.00" in in_cart.browser.get("/cart").text


def test_checking_out_takes_over_quantities_that_were_only_typed(in_cart, shop):
    page = in_cart.send("/cart", button="去结算", **{line_field(in_cart): "3"})
    assert page.path.startswith("/checkout/")
    assert "3 件" in page.text
    assert quantities(shop) == [3]


def test_checking_out_with_an_odd_quantity_stays_in_the_cart(in_cart, shop):
    page = in_cart.send("/cart", button="去结算", **{line_field(in_cart): "-3"})
    assert (page.status, page.path) == (422, "/checkout")
    assert quantities(shop) == [2]


def test_same_cart_has_one_open_checkout_in_all_tabs(in_cart):
    first, second = (in_cart.send("/cart", button="去结算").path for _ in range(2))
    assert first == second
    in_cart.browser.client.delete_cookie("browser", domain=in_cart.browser.host)
    third = in_cart.send("/cart", button="去结算")
    assert (third.path, third.status) == (first, 200)


def test_empty_cart_cannot_be_checked_out(visitor, tea):
    page = visitor.post("/checkout")
    assert page.status == 409
    assert "购物车" in page.text
    assert visitor.get("/checkout").path == "/cart"


def test_cart_holds_a_hundred_things_at_most(visitor, stocked, shop):
    many = stocked(make_product, prices=list(range(100, 201)))
    visitor.post("/cart/add", {"variant_id": str(many.variant_ids[0])})
    with shop_bound(shop, SYSTEM):
        for variant_id in many.variant_ids[1:100]:
            add_to_cart(token=visitor.cookie("cart"), variant_id=variant_id, quantity=1)
    refused = visitor.post("/cart/add", {"variant_id": str(many.variant_ids[100])})
    assert refused.status == 409
    assert "/cart" in [href for href, words in refused.links if words == "去购物车"]
    assert len(quantities(shop)) == 100


def test_cart_of_one_browser_is_nobody_elses(in_cart, open_browser):
    assert "¥256.00" not in open_browser().get("/cart").text


def test_cart_token_of_another_shop_is_no_cart_here(in_cart, open_browser, other_shop):
    there = open_browser(other_shop)
    there.client.set_cookie("cart", in_cart.browser.cookie("cart"), domain=there.host)
    page = there.get("/cart")
    assert "明前龙井" not in page.text
    assert there.post("/cart", {line_field(in_cart): "5"}).status == 200
