"""Source links: where they lead, what they count, and what customers and orders are put down to."""

import pytest
from sqlalchemy import select

from core.commerce.customers.models import Customer
from core.commerce.orders.models import Order
from core.commerce.sources.actions import LinkDraft, make_share_link, save_link
from core.commerce.sources.errors import TargetRefused
from core.commerce.sources.queries import link, visit_counts
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_customer
from tests.core.web.storefront.conftest import ADDRESS
from tests.core.web.storefront.test_login import logged_in


@pytest.fixture
def made(stocked):
    """`made(target, at=shop)` is a link of the shop."""

    def make(target="/products/x", at=None, **said):
        def save():
            found = save_link(draft=LinkDraft(title="Spring", target=target, **said))
            with reading():
                return link(found)

        return stocked(save, at=at)

    return make


def visits(shop, one):
    with shop_bound(shop, SYSTEM), reading():
        return visit_counts([one.id]).get(one.id, 0)


def test_link_leads_to_its_page_and_counts_people_once(open_browser, made, shop, tea):
    one = made(f"/products/{tea.handle}")
    browser = open_browser()
    gone = browser.get(one.path, follow=False)
    assert (gone.status, gone.location) == (302, f"/products/{tea.handle}")
    assert gone.headers["Cache-Control"] == "no-store"
    browser.get(one.path)
    assert visits(shop, one) == 1
    open_browser().get(one.path)
    assert visits(shop, one) == 2
    card = open_browser()
    card.get(one.path, User_Agent="facebookexternalhit/1.1")
    assert visits(shop, one) == 2
    assert not card.cookie("touches")


def test_codes_of_others_and_of_nobody_lead_home(open_browser, made, other_shop):
    theirs = made("/products/secret", at=other_shop)
    for path in (theirs.path, "/s/nothing", "/s/..%2f..%2fx", f"/s/{'a' * 300}"):
        browser = open_browser()
        gone = browser.get(path, follow=False)
        assert gone.status in (302, 404), path
        assert gone.status == 404 or gone.location == "/"
        assert not browser.cookie("touches")
    assert visits(other_shop, theirs) == 0


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/s/abcd",
        "x",
        "",
        "/a\nb",
        "/" + "a" * 500,
    ],
)
def test_link_that_leads_elsewhere_is_refused(made, target):
    with pytest.raises(TargetRefused):
        made(target)


def test_customer_keeps_the_first_touch_and_the_order_the_last(open_browser, made, shop, tea, gateway):
    first, last = made("/", campaign="spring"), made(f"/products/{tea.handle}")
    browser = open_browser()
    browser.get(first.path)
    browser.get("/", query={"utm_source": "Letter"})
    browser.get(last.path)
    logged_in(browser, "buyer@example.com")
    page = browser.get(f"/products/{tea.handle}").send("/cart/add", button="checkout")
    assert page.send(page.path.split("?")[0], button="提交订单", follow=False, **ADDRESS).status == 303
    with shop_bound(shop, SYSTEM), reading():
        customer = session().scalars(select(Customer)).one()
        order = session().scalars(select(Order)).one()
        assert (customer.source, customer.first_touch["campaign"]) == (first.source, "spring")
        assert customer.last_touch["name"] == last.code
        assert order.source == last.source
        assert order.source_touch["first"]["name"] == first.code


def test_other_sites_count_where_people_land_only(open_browser, tea):
    browser = open_browser()
    browser.get("/login", Referer="https://pay.example/")
    assert not browser.cookie("touches")
    browser.get("/", Referer="https://blog.example/tea")
    assert browser.cookie("touches").startswith("site:blog.example:")


def test_sharing_twice_gives_one_link(stocked, shop):
    def share():
        who = make_customer(name="林知夏")
        one = make_share_link(target="/products/x", shared_by=who, place="茶友群")
        same = make_share_link(target="/products/x", shared_by=who, place="茶友群")
        elsewhere = make_share_link(target="/products/x", shared_by=who)
        guests = [make_share_link(target="/products/x") for _ in range(2)]
        return one, same, elsewhere, *guests

    one, same, elsewhere, guest, other_guest = stocked(share)
    assert (one, guest) == (same, other_guest)
    assert len({one.code, elsewhere.code, guest.code}) == 3
