"""Every address of the storefront, asked for things of another shop: the answer is that of things that do not exist."""

import io
from uuid import UUID

import pytest
from PIL import Image

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.content.actions import publish_page
from core.commerce.media.actions import store_asset
from core.commerce.messages.unsubscribing import unsubscribe_path
from core.commerce.orders.queries import order_of_code
from core.commerce.sources.actions import make_shop_link
from core.kernel.db import reading
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import make_customer, make_product, make_shipping
from tests.core.commerce.aftersale.opened import opened_case, picture_code

# Files that come with the program, the same in every shop.
NO_SHOPS_DATA = {"files.theme_asset", "wechat_cards.script"}
# An unknown code leads home, so another shop's code does; tested in test_sources.py.
SENT_HOME = {"sources.follow"}
# Asks everybody to log in first; tested in test_reviews.py.
ASKS_FIRST = {"reviews.report", "reviews.send_report"}
# Signed for one shop; tested in test_previews.py and test_staff_view.py.
SIGNED = {"previews.preview", "staff_view.come_in"}
# Draws the asking shop's own sign whatever the address says; tested in test_icons.py.
OWN_SIGN = {"icons.icon"}
MISSING = {
    "handle": "nothing-of-it", "slug": "nothing", "code": "n" * 20, "place": f"{'a' * 40}/full.png",
    "line": str(UUID(int=1)), "token": "nobody.no-proof",
}  # fmt: skip


@pytest.fixture
def theirs(stocked, other_shop, gateway, files):
    """Something of each kind in the other shop: the argument of the addresses that lead to it, by endpoint or blueprint."""

    def make():
        goods = make_product(title="Secret pot", handle="secret-pot")
        who = Buyer(make_customer(name="Secret Person"), {"kind": "method", "id": str(make_shipping())})
        order = order_row(who.order([(goods.variant_id, 1)]).order_id)
        pay(gateway, order.id)
        case = opened_case(order.id)
        drawing = io.BytesIO()
        Image.new("RGB", (20, 20)).save(drawing, "PNG")
        words = {"type": "rich_text", "settings": {"title": "Secret", "body": [{"p": ["Secret."]}]}}
        publish_page(
            kind="policy", slug="secret", title="Secret", document={"sections": {"a": words}, "order": ["a"]}
        )
        shelf = CollectionDraft(title="Secret shelf", handle="secret-shelf", product_ids=(goods.id,))
        save_collection(draft=shelf)
        return {
            "browse.collection": "secret-shelf",
            "browse.product": "secret-pot",
            "browse.policy": "secret",
            "checkout": who.checkout([(goods.variant_id, 1)]),
            "orders": order.code,
            "aftersale": order.code,
            "cases": case.code,
            "notifications": unsubscribe_path("secret@example.com", "orders").removeprefix("/unsubscribe/"),
            "sharing": make_shop_link(target="/", title="Secret").code,
            "cases.picture": picture_code(case.id),
            "paying": order.code,
            "reviews.all_reviews": "secret-pot",
            "reviews": {"code": order.code, "line": str(order_line(order))},
            "files": store_asset(content=drawing.getvalue()).picture.url.removeprefix("/media/"),
        }

    return stocked(make, at=other_shop)


def order_line(order):
    with reading():
        return order_of_code(order.code).lines[0].id


def addresses(storefront, theirs):
    """Each (endpoint, method, address of the other shop's thing, address of nothing)."""
    urls = storefront.url_map.bind("x")
    for rule in storefront.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        core_page = getattr(storefront.view_functions[rule.endpoint], "__module__", "").startswith("core.")
        if (
            not rule.arguments
            or not core_page
            or rule.endpoint in NO_SHOPS_DATA | SENT_HOME | ASKS_FIRST | SIGNED | OWN_SIGN | {"static"}
        ):
            continue
        foreign = theirs.get(rule.endpoint) or theirs[blueprint]
        if not isinstance(foreign, dict):
            foreign = dict.fromkeys(rule.arguments, foreign)
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield (
                rule.endpoint,
                method,
                urls.build(rule.endpoint, foreign, method),
                urls.build(rule.endpoint, {name: MISSING[name] for name in rule.arguments}, method),
            )


def ask(browser, method, path):
    return browser.get(path) if method == "GET" else browser.post(path, {"quote": "x"})


def test_things_of_another_shop_are_things_that_do_not_exist(
    storefront, visitor, open_browser, theirs, other_shop, shop, unchanged
):
    asked = list(addresses(storefront, theirs))
    with unchanged(shop, other_shop):
        for endpoint, method, foreign, missing in asked:
            answers = [ask(visitor, method, path) for path in (foreign, missing)]
            assert [one.status for one in answers] == [404, 404], (endpoint, method)
            assert answers[0].text == answers[1].text, (endpoint, method)
            assert "Secret" not in answers[0].html
    assert {endpoint for endpoint, *_ in asked} >= {"browse.product", "checkout.place", "paying.pay"}
    # The addresses are right: at home they lead somewhere.
    at_home = open_browser(other_shop)
    for endpoint, method, foreign, _missing in asked:
        if method == "GET" and endpoint.startswith(("browse.", "files.", "orders.")):
            assert at_home.get(foreign).status == 200, endpoint


def test_lists_show_nothing_of_another_shop(visitor, theirs):
    for path in ("/", "/collections", "/search?q=Secret", "/cart", "/account", "/account/orders"):
        assert "secret" not in visitor.get(path).text.lower().replace("“secret”", ""), path
