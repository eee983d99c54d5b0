"""What no honest browser sends: foreign forms, NUL, a megabyte, other shops' ids. It ends in words, and changes nothing."""

import pytest

from core.testing.goods import make_product, make_shipping
from tests.core.web.storefront.conftest import ADDRESS
from tests.core.web.storefront.test_login import logged_in

FORMS = (
    "/cart",
    "/cart/add",
    "/checkout",
    "/checkout/x",
    "/checkout/x/quote",
    "/login",
    "/login/code",
    "/logout",
    "/orders/x/pay",
)
PAGES = (
    "/", "/collections", "/collections/x", "/search", "/products/x", "/policies/x", "/cart", "/checkout/x", "/login",
    "/account", "/account/orders", "/orders/x", "/pay/x/return", "/mailbox", "/media/x", "/theme/x/y/z", "/x/group-buy/",
)  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "same-site", "Origin": "https://evil.localhost"},
        {"Sec_Fetch_Site": "", "Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "", "Origin": "null"},
        {"Sec_Fetch_Site": "", "Origin": ""},
    ],
)
def test_form_of_another_place_is_refused(visitor, tea, headers, unchanged, shop):
    with unchanged(shop):
        for path in FORMS:
            page = visitor.post(path, {"variant_id": str(tea.variant_id), "quantity": "1"}, **headers)
            assert page.status == 403, path
            assert "不是从本店页面提交" in page.text


def test_form_of_an_older_browser_that_names_its_origin_is_taken(visitor, tea):
    assert visitor.post("/cart/add", {"variant_id": str(tea.variant_id)}, Sec_Fetch_Site="").status == 200


def test_nul_and_absurd_lengths_in_addresses_are_refused(visitor):
    for path in PAGES:
        for query in ({"q": "a\0b"}, {"\0": "x"}):
            page = visitor.get(path, query=query)
            assert page.status == 422, path
            assert "读不了" in page.text
        assert visitor.get(path, query={"q": "x" * 20_000}).status == 414, path
        assert visitor.get(f"{path}%00").status in (404, 422), path


def test_nul_in_a_form_is_refused_and_changes_nothing(visitor, unchanged, shop, tea):
    fields = (
        "variant_id",
        "quantity",
        "contact",
        "code",
        "next",
        "name",
        "quote",
        "delivery",
        "address",
        "note",
    )
    with unchanged(shop):
        for number, path in enumerate(FORMS):
            page = visitor.post(path, {fields[number % len(fields)]: "a\0b"})
            assert page.status == 422, path
            assert "读不了" in page.text


@pytest.mark.parametrize(("size", "status"), [(20_000, 422), (900_000, 422), (1_100_000, 413)])
def test_huge_values_are_refused_and_change_nothing(visitor, size, status, unchanged, shop):
    with unchanged(shop):
        for path in FORMS:
            page = visitor.post(path, {"name": "x" * size, "contact": "x"})
            assert page.status == status, path
            assert page.title


def test_body_of_a_megabyte_that_is_no_form_is_refused(visitor, tea, unchanged, shop):
    with unchanged(shop):
        page = visitor.post("/cart/add", b"x" * 1_100_000)
    assert page.status == 413


def test_multipart_with_many_parts_is_refused(visitor, unchanged, shop):
    with unchanged(shop):
        page = visitor.post(
            "/cart", {f"f{n}": "1" for n in range(600)} | {"file": (__import__("io").BytesIO(b"x"), "x.txt")}
        )
    assert page.status == 413


@pytest.mark.parametrize(
    "words", ["😀茶😀", "שלום", "\u202eevil", "𠮷野家", "é", "a\u0301", "\u200f", "\ufeff"]
)
def test_every_script_can_be_searched_for(visitor, words):
    page = visitor.get("/search", query={"q": words})
    assert page.status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_other_methods_are_refused_in_words(storefront, visitor, method):
    for path in ("/", "/collections", "/products/x", "/account", "/mailbox", "/media/x"):
        headers = {"Host": visitor.host, "Sec-Fetch-Site": "same-origin"}
        answer = storefront.test_client().open(path, method=method, headers=headers)
        assert answer.status_code == 405, path
        assert "这个页面不能这样用" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/products/%F0%9F%98%80",
        "/collections/../../etc/passwd",
        "/x/",
        "/x/none/",
        "/x/group-buy/",
        "/static/x",
    ],
)
def test_unknown_address_is_a_page_with_ways_on(visitor, path):
    page = visitor.get(path)
    assert page.status == 404
    assert ("/", "回首页") in page.links


def shopful(stocked, open_browser, at, gateway):
    """Everything with an id that a shop can have, made by a buyer there."""
    stocked(make_shipping, at=at)
    goods = stocked(make_product, at=at)
    buyer = logged_in(open_browser(at), "a@example.com")
    buyer.get(f"/products/{goods.handle}").send("/cart/add")
    cart_line = next(name for name in buyer.get("/cart").form("/cart").values if name.startswith("quantity-"))
    checkout = buyer.get(f"/products/{goods.handle}").send("/cart/add", button="checkout")
    western = {"email": "a@example.com", "country": "US", "postcode": "1"}
    placed = checkout.send(
        checkout.path, button="Place order", follow=False, **{**ADDRESS, **western, "region": ""}
    )
    assert placed.status == 303, placed.text
    code = gateway.payments[-1].request.return_url.split("/")[-2]
    fresh = buyer.get(f"/products/{goods.handle}").send("/cart/add", button="checkout")
    return buyer, goods, cart_line, fresh, code


def test_ids_of_the_other_shop_are_missing_in_every_route(
    stocked, open_browser, shop, other_shop, gateway, unchanged
):
    _buyer, goods, cart_line, checkout, code = shopful(stocked, open_browser, other_shop, gateway)
    stocked(make_product, handle="own")
    here = logged_in(open_browser(), "a@example.com")
    here.get("/products/own").send("/cart/add")
    values = checkout.form(checkout.path).values
    missing = here.get("/orders/nothing").text
    with unchanged(shop, other_shop, but={"carts_cart"}):
        for path in (
            f"/products/{goods.handle}",
            checkout.path,
            f"/orders/{code}",
            f"/orders/{code}/pay",
            f"/pay/{code}/return",
        ):
            page = here.get(path)
            assert (page.status, page.text) == (404, missing), path
        posts = {
            "/cart/add": {"variant_id": str(goods.variant_id), "quantity": "1"},
            checkout.path: values,
            f"{checkout.path}/quote": values,
            f"/orders/{code}/pay": {},
        }
        for path, data in posts.items():
            page = here.post(path, data)
            assert (page.status, page.text) == (404, missing), path
        assert here.post("/cart/add", {"variant_id": str(goods.variant_id), "then": "checkout"}).status == 404
        assert (
            here.post("/cart", {cart_line: "9", "remove": cart_line.removeprefix("quantity-")}).status == 200
        )
        own = f"/products/own?variant={goods.variant_id}"
        assert str(goods.variant_id) not in here.get(own).form("/cart/add").values["variant_id"]


def test_delivery_and_address_of_the_other_shop_are_nobodys(
    stocked, open_browser, shop, other_shop, gateway, unchanged
):
    buyer, _goods, _line, checkout, _code = shopful(stocked, open_browser, other_shop, gateway)
    foreign = checkout.form(checkout.path).values
    stocked(make_shipping)
    goods = stocked(make_product)
    here = logged_in(open_browser(), "a@example.com")
    page = here.get(f"/products/{goods.handle}").send("/cart/add", button="checkout")
    with unchanged(shop, other_shop, but={"checkout_checkout", "orders_counter"}):
        sent = {"delivery": foreign["delivery"], "address": foreign["address"], "quote": foreign["quote"]}
        assert page.send(page.path, button="提交订单", **sent).status == 422
        refused = page.send(page.path, button="提交订单", **{**sent, **ADDRESS})
        assert refused.status == 400
    assert refused.form(page.path).values["delivery"] != foreign["delivery"]
    assert buyer.get(checkout.path).status == 200


def test_same_missing_page_for_made_up_and_well_formed_ids(visitor, tea):
    bodies = {
        visitor.post("/cart/add", {"variant_id": wrong}).text
        for wrong in ("x", "", "00000000-0000-7000-8000-000000000000", "1' OR '1'='1", "😀")
    }
    assert len(bodies) == 1


def test_too_many_checkouts_and_searches_are_slowed_down(visitor):
    statuses = [visitor.get("/search?q=x").status for _ in range(91)]
    assert statuses == [200] * 90 + [429]
    page = visitor.get("/search?q=x")
    assert "有点太快" in page.text
    assert ("/search?q=x", "再试一次") in page.links
