"""Between console and storefront: a signed way in for staff, and back to where a page is edited."""

from urllib.parse import parse_qs, urlsplit

import pytest

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.content.actions import make_page
from core.testing.goods import make_product


@pytest.fixture(autouse=True)
def bound(platform, in_shop):
    return in_shop


def test_way_in_is_signed_for_this_shop_and_leads_to_the_page(owner, shop):
    answer = owner.get("/storefront/?path=/products/tea")
    gone = urlsplit(answer.location)
    assert answer.status_code == 303
    assert gone.netloc == f"{shop.handle}.localhost:8000"
    assert gone.path.startswith("/staff-view/")
    assert parse_qs(gone.query) == {"next": ["/products/tea"]}
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert parse_qs(urlsplit(owner.get("/storefront/?path=//evil.example").location).query) == {"next": ["/"]}


def test_only_staff_of_the_shop_get_a_way_in(hired, other_shop, shop, nobody):
    stranger = hired(other_shop)
    assert stranger.get(f"/console/{shop.handle}/storefront/").status_code == 404
    assert (
        "/staff-view/"
        not in nobody.get(f"/console/{shop.handle}/storefront/", base_url="http://localhost").location
    )


def test_menu_and_product_lead_through_the_way_in(owner):
    product = make_product(title="Tea", handle="tea")
    page = owner.get(f"/products/{product.id}").text
    assert "/storefront/?path=/products/tea" in page.replace("%2F", "/")
    assert '/storefront/?path=/"' in page.replace("%2F", "/")


def test_pages_of_the_storefront_lead_to_their_editors(owner):
    product = make_product(title="Tea", handle="tea")
    collection = save_collection(draft=CollectionDraft(title="Green", handle="green"))
    written = make_page(
        kind="page", slug="story", document={"meta": {"title": "Story"}, "sections": {}, "order": []}
    )
    leads = {
        "/": "/design/home",
        "/products/tea": f"/products/{product.id}",
        "/products/tea/reviews?stars=5": f"/products/{product.id}",
        "/products/gone": "/products",
        "/collections/green": f"/collections/{collection}",
        "/collections": "/collections",
        "/policies/story": f"/design/{written}",
        "/policies/gone": "/design",
        "/x/group-buy/": "/design",
        "//evil.example": "/design/home",
    }
    found = {path: owner.get("/storefront/edit", query_string={"path": path}).location for path in leads}
    wrong = {path: found[path] for path in leads if found[path].rstrip("/") != f"{owner.home}{leads[path]}"}
    assert wrong == {}
