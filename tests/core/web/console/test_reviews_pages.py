"""Reviews in the console: the list by views, answers in place, approval of many, hiding with a way back, the rules."""

import re

import pytest
from sqlalchemy import select

from core.commerce.fulfilment.actions import ship_order
from core.commerce.media.actions import store_buyer_picture
from core.commerce.orders.queries import order
from core.commerce.reviews.actions import approve_reviews, report_review, save_rules, submit_review
from core.commerce.reviews.drafts import ReviewDraft
from core.commerce.reviews.models import Review
from core.commerce.reviews.rules import review_rules
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import Actor, acting_as
from core.testing.buying import pay
from core.testing.goods import make_customer, make_product
from core.testing.statements import count_statements
from tests.core.web.console.test_catalog_pages import png
from tests.core.web.console.test_entry import words


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井")


@pytest.fixture
def said(buyer, gateway, tea):
    """`said(stars, text)` is a review by a new buyer; its id."""

    def say(stars=5, text="好茶", picture=None):
        person = buyer()
        order_id = person.order([(tea.variant_id, 1)]).order_id
        pay(gateway, order_id)
        with reading():
            found = order(order_id)
        line = found.lines[0]
        ship_order(order_id=order_id, units={line.key: 1}, carrier="sf", tracking_number="SF1")
        with acting_as(Actor("customer", person.customer_id, "林")):
            kept = (store_buyer_picture(content=picture, owner=line.id).id,) if picture else ()
            draft = ReviewDraft(stars=stars, text=text, pictures=kept)
            return submit_review(order_code=found.code, line_id=line.id, draft=draft).id

    return say


def rules(**changed):
    usual = {"approve": False, "edit_days": 30, "sold_from": 10, "ask": False, "ask_after_days": 7}
    save_rules(**{**usual, **changed})


def stored(review_id):
    with reading():
        return session().scalars(
            select(Review).where(Review.id == review_id).execution_options(populate_existing=True)
        ).one()  # fmt: skip


def test_empty_list_leads_on_to_asking(owner):
    page = words(owner.get("/reviews/"))
    assert "No review yet" in page
    assert "Ask buyers for reviews" in page


def test_what_waits_opens_first_is_counted_in_the_menu_and_shown_together(owner, said):
    rules(approve=True)
    ids = [said(5, "一"), said(1, "二")]
    page = owner.get("/reviews/")
    assert "一" in words(page)
    assert "Waiting for approval" in words(page)
    owner.post("/reviews/approve", {"ids": ids[0], "query": "?view=waiting"})
    owner.post("/reviews/approve", {"ids": ids[1]})
    assert {stored(one).state for one in ids} == {"shown"}
    assert "一" in words(owner.get("/reviews/?view=low")) or "二" in words(owner.get("/reviews/?view=low"))


def test_everything_says_how_many_are_left_when_one_press_is_not_enough(owner, said, monkeypatch):
    rules(approve=True)
    ids = [said(5, text) for text in ("一", "二", "三")]
    monkeypatch.setattr("core.web.console.reviews.views._MOST_AT_ONCE", 2)
    owner.get("/reviews/")
    everything = {"everything": "1", "query": "?view=waiting"}
    first = words(owner.post("/reviews/approve", everything, follow_redirects=True))
    assert "2 reviews are shown now. These were the first 2 of 3; 1 is left" in first
    assert [stored(one).state for one in ids] == ["shown", "shown", "waiting"]
    rest = words(owner.post("/reviews/approve", everything, follow_redirects=True))
    assert "1 review is shown now." in rest
    assert "These were the first" not in rest
    assert stored(ids[2]).state == "shown"


def test_answer_stands_below_the_review_and_a_ready_text_is_taken_where_nothing_was_typed(owner, said):
    first, second = said(4, "不错"), said(2, "慢")
    gone = owner.post(f"/reviews/{first}/answer", {"answer": "谢谢", "ready": "另一句", "query": "?view=all"})
    assert gone.headers["Location"].endswith("/reviews/?view=all")
    owner.post(f"/reviews/{second}/answer", {"answer": "", "ready": "抱歉让您久等了"})
    assert (stored(first).answer, stored(second).answer) == ("谢谢", "抱歉让您久等了")
    assert "谢谢" in words(owner.get("/reviews/?view=all"))
    owner.post(f"/reviews/{first}/answer", {"answer": "长" * 1001})
    assert stored(first).answer == "谢谢"


def test_hiding_needs_a_reason_and_can_be_taken_back(owner, said):
    review = said(1, "骂人")
    assert owner.post(f"/reviews/{review}/hide", {"reason": "too few stars"}).status_code == 422
    owner.post(f"/reviews/{review}/hide", {"reason": "abuse"})
    assert (stored(review).state, stored(review).hidden_reason) == ("hidden", "abuse")
    assert "Insults or threats" in words(owner.get("/reviews/?view=hidden"))
    owner.post(f"/reviews/{review}/show")
    assert stored(review).state == "shown"


def test_reported_review_tells_why_and_may_stay(owner, said):
    review = said(1, "难喝")
    with acting_as(Actor("customer", make_customer(), "陈")):
        report_review(review_id=review, reason="untrue")
    assert "Said to be untrue × 1" in words(owner.get("/reviews/?view=reported"))
    owner.post(f"/reviews/{review}/leave")
    assert (stored(review).reports, stored(review).state) == (0, "shown")


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_one_and_for_many(owner, said, rows):
    for _ in range(rows):
        said()
    owner.get("/reviews/")
    with count_statements() as sent:
        owner.get("/reviews/?view=all")
    assert len(sent) <= 8


def test_pictures_are_found_on_the_consoles_own_host(owner, said):
    said(5, "好茶", picture=png())
    shots = owner.get("/reviews/?view=all").text.split("pp-review-shots")[1].split("</p>")[0]
    for place in re.findall(r'(?:href|src)="([^"]+)"', shots):
        path = place.removeprefix(owner.home)
        assert path != place
        assert owner.get(path).status_code == 200


def test_list_is_narrowed_by_stars_and_product(owner, said, tea):
    said(5, "五星的"), said(3, "三星的")
    assert "五星的" not in words(owner.get("/reviews/?view=all&stars=3"))
    assert "三星的" in words(owner.get(f"/reviews/?view=all&product={tea.id}"))
    assert "Nothing matches" in words(owner.get(f"/reviews/?view=all&product={new_id()}"))


def test_product_says_what_buyers_made_of_it(owner, said, tea):
    said(4)
    page = words(owner.get(f"/products/{tea.id}"))
    assert "4.0" in page
    assert "1 review" in page


def test_rules_are_saved_and_nonsense_is_refused(owner, in_shop):
    good = {"approve": "1", "edit_days": "14", "ask": "1", "ask_after_days": "5", "sold_from": ""}
    assert owner.post("/reviews/settings", good).status_code == 303
    with reading():
        found = review_rules()
    assert (found.approve, found.edit_days, found.ask, found.sold_from) == (True, 14, True, None)
    assert found.asked_until is not None
    for wrong in ({"ask_after_days": "0"}, {"sold_from": "-1"}, {"edit_days": "400"}):
        assert owner.post("/reviews/settings", {**good, **wrong}).status_code == 422


def test_staff_without_the_permission_see_nothing(hired, shop, said):
    review = said()
    packer = hired(shop, permissions={"orders.ship"})
    assert packer.get("/reviews/").status_code == 403
    assert packer.post(f"/reviews/{review}/answer", {"answer": "x"}).status_code == 403
    assert "Reviews" not in words(packer.get("/"))


def test_approving_ids_of_nobody_changes_nothing(owner, said):
    rules(approve=True)
    review = said()
    owner.post("/reviews/approve", {"ids": new_id()})
    assert stored(review).state == "waiting"
    assert approve_reviews(review_ids=[]) == []
