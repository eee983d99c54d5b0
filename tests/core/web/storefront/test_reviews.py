"""Reviews as buyers meet them: from the order's page to the product's, with scripts off."""

import io
import json
import re
from dataclasses import replace

import pytest
from PIL import Image

from core.commerce.catalog.actions import save_product
from core.commerce.catalog.provenance import Provenance
from core.commerce.catalog.queries import stored_product
from core.commerce.fulfilment.actions import ship_order
from core.commerce.orders.queries import order_of_code
from core.commerce.reviews import actions
from core.commerce.reviews.drafts import ReviewDraft
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import Actor, acting_as
from core.testing.buying import Buyer, order_row, pay
from core.testing.goods import make_customer, make_shipping
from core.testing.statements import count_statements
from tests.core.web.storefront.test_login import logged_in


@pytest.fixture
def sent_page(order_page, gateway, stocked):
    """The page of an order that was paid and sent, in the browser that placed it as a guest."""
    code = order_page.path.rsplit("/", 1)[1]

    def send():
        with reading():
            found = order_of_code(code)
        pay(gateway, found.id)
        units = {line.key: line.quantity for line in found.lines}
        ship_order(order_id=found.id, units=units, carrier="sf", tracking_number="SF1")

    stocked(send)
    return order_page.browser.get(order_page.path)


def photo(colour="olive"):
    data = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(data, "JPEG")
    return io.BytesIO(data.getvalue()), "my-tea.jpg"


def form_of(page):
    found = re.search(r"/orders/[^\"]+/review/[0-9a-f-]{36}", page.html)
    assert found, page.text
    return page.browser.get(found[0])


def upload(page, **fields):
    return page.browser.post(page.path, {"what": "review", "anonymous": "1", **fields})


def bought(stocked, gateway, product):
    """Another buyer's order of `product`, sent; (order, line id, customer id)."""

    def make():
        customer = make_customer()
        placed = Buyer(customer, {"kind": "method", "id": str(make_shipping())}).order(
            [(product.variant_id, 1)]
        )
        pay(gateway, placed.order_id)
        with reading():
            found = order_of_code(order_row(placed.order_id).code)
        ship_order(
            order_id=found.id, units={one.key: 1 for one in found.lines}, carrier="sf", tracking_number="SF"
        )
        return found, found.lines[0].id, customer

    return stocked(make)


def test_buyer_reviews_from_the_order_and_everybody_reads_it(sent_page, tea, files, open_browser, parts):
    form = form_of(sent_page)
    assert "林**" in form.text
    done = upload(form, stars="5", text="茶汤清亮，回甘很久。", pictures=photo())
    assert done.path == sent_page.path
    parts.cache.forget()
    page = open_browser().get(f"/products/{tea.handle}")
    assert "茶汤清亮，回甘很久。" in page.text
    assert "林**" in page.text
    assert "林知夏" not in page.text
    assert 'loading="lazy"' in re.search(r'<p class="shots">.*?</p>', page.html, re.DOTALL)[0]
    told = json.loads(re.search(r'ld\+json"[^>]*>(.*?)</script>', page.html, re.DOTALL)[1])
    assert told["aggregateRating"]["ratingValue"] == "5.0"
    assert told["aggregateRating"]["reviewCount"] == 1
    everything = open_browser().get(f"/products/{tea.handle}/reviews?pictures=1&sort=worst")
    assert "茶汤清亮，回甘很久。" in everything.text
    assert "茶汤清亮" not in open_browser().get(f"/products/{tea.handle}/reviews?stars=1").text


def test_second_visit_shows_the_review_and_changes_it(sent_page, tea, files):
    upload(form_of(sent_page), stars="2", text="有点淡", pictures=photo())
    again = form_of(sent_page.browser.get(sent_page.path))
    kept = re.findall(r'name="kept" value="([0-9a-f-]{36})"', again.html)
    assert len(kept) == 1
    assert "有点淡" in again.html
    upload(again, stars="4", text="第二泡好多了", kept=kept)
    added = again.browser.post(again.path, {"what": "follow_up", "follow_up": "一周后更喜欢"})
    assert added.path == sent_page.path
    shown = sent_page.browser.get(f"/products/{tea.handle}/reviews").text
    assert "第二泡好多了" in shown
    assert "一周后更喜欢" in shown
    assert "有点淡" not in shown


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": "好"}, "一到五"),
        ({"stars": "5", "text": "加我 www.spam.cn"}, "网址"),
        ({"stars": "5", "pictures": (io.BytesIO(b"MZ not a picture"), "cat.jpg")}, "cat.jpg"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(sent_page, tea, files, fields, said):
    answer = upload(form_of(sent_page), **fields)
    assert answer.status == 422
    assert said in answer.text
    assert fields.get("text", "") in answer.html
    assert "条评价" not in answer.browser.get(f"/products/{tea.handle}").text


def test_more_than_six_pictures_are_refused_and_six_are_kept(sent_page, files):
    answer = upload(
        form_of(sent_page),
        stars="5",
        pictures=[photo(c) for c in ("red", "blue", "lime", "teal", "navy", "gray", "pink")],
    )
    assert answer.status == 422
    assert answer.html.count('name="kept"') == 6


def test_file_larger_than_the_form_takes_is_refused(sent_page):
    answer = upload(form_of(sent_page), stars="5", pictures=(io.BytesIO(b"\xff" * 64_000_000), "a.jpg"))
    assert answer.status == 413


def test_nobody_else_sees_the_form(sent_page, open_browser, other_shop):
    path = form_of(sent_page).path
    assert open_browser().get(path).status == 403
    assert open_browser(other_shop).get(path).status == 404
    assert "写评价" not in open_browser().get(sent_page.path).text
    assert open_browser().post(path, {"what": "review", "stars": "1"}).status == 403


def test_order_that_was_not_sent_offers_no_review(order_page):
    assert "/review/" not in order_page.html


def test_approval_keeps_it_from_the_page_and_says_so(sent_page, stocked, tea):
    stocked(lambda: actions.save_rules(approve=True, edit_days=30, sold_from=1, ask=False, ask_after_days=7))
    upload(form_of(sent_page), stars="1", text="等了很久")
    page = sent_page.browser.get(f"/products/{tea.handle}/reviews")
    assert "等了很久" not in page.text
    assert "审" in form_of(sent_page.browser.get(sent_page.path)).text


def test_sold_count_is_told_from_the_threshold_on(sent_page, stocked, tea, open_browser, parts):
    def rules(sold_from):
        stocked(
            lambda: actions.save_rules(
                approve=False, edit_days=30, sold_from=sold_from, ask=False, ask_after_days=7
            )
        )
        parts.cache.forget()
        parts.frames.forget()
        return open_browser().get(f"/products/{tea.handle}").text, open_browser().get("/").text

    assert all("已售 1" not in text for text in rules(None))
    assert all("已售 1" not in text for text in rules(2))
    assert all("已售 1" in text for text in rules(1))


def test_buyer_reports_a_review_once_logged_in(sent_page, tea, open_browser, stocked):
    upload(form_of(sent_page), stars="1", text="骂人")
    with_reader = open_browser()
    path = re.search(
        r"/reviews/[0-9a-f-]{36}/report", with_reader.get(f"/products/{tea.handle}/reviews").html
    )[0]
    assert with_reader.get(path).path.startswith("/login")
    reader = logged_in(with_reader, "reader@example.com")
    done = reader.get(path).browser.post(path, {"reason": "abuse"})
    assert done.path.endswith("/reviews")
    nowhere = reader.get(f"/reviews/{new_id()}/report")
    assert nowhere.status == 404


def test_reviews_cost_two_statements_and_the_page_stays_in_the_cache(
    sent_page, tea, files, open_browser, parts, stocked, gateway
):
    path = f"/products/{tea.handle}"
    open_browser().get(path)
    parts.frames.epochs.seconds = parts.frames.frames.seconds = 60
    parts.cache.forget()
    with count_statements() as before:
        open_browser().get(path)
    upload(form_of(sent_page), stars="5", text="好", pictures=photo())
    for _ in range(2):
        found, line_id, customer = bought(stocked, gateway, tea)
        reviewed(stocked, found, line_id, customer)
    parts.cache.forget()
    with count_statements() as after:
        open_browser().get(path)
    with count_statements() as cached:
        open_browser().get(path)
    parts.frames.epochs.seconds, parts.frames.frames.seconds = 0.5, 5.0
    assert len(after) == len(before) + 2
    assert len(cached) == 0


def reviewed(stocked, found, line_id, customer):
    def write():
        with acting_as(Actor("customer", customer, "林")):
            actions.submit_review(order_code=found.code, line_id=line_id, draft=ReviewDraft(stars=4))

    stocked(write)


def test_provenance_is_shown_when_something_is_known(stocked, tea, open_browser, parts):
    assert "产自哪里" not in open_browser().get(f"/products/{tea.handle}").text

    def say():
        with reading():
            found = stored_product(tea.id)
        known = Provenance(
            origin="福建武夷山桐木关",
            producer="周师傅",
            story="<p>三代<script>x</script>做茶</p>",
            batch="2026-04-12",
        )
        save_product(draft=replace(found.draft, provenance=known), product_id=tea.id)

    stocked(say)
    parts.cache.forget()
    page = open_browser().get(f"/products/{tea.handle}")
    assert "福建武夷山桐木关" in page.text
    assert "三代做茶" in page.text
    assert '"manufacturer"' in page.html
