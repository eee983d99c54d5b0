"""Reviews: only buyers of what was sent, once per line, changeable for some days, moderated in the open."""

import contextvars
import io

import pytest
from PIL import Image
from sqlalchemy import select

from core.commerce.catalog.tallies import tallies
from core.commerce.media.actions import store_buyer_picture
from core.commerce.media.errors import NotAPicture
from core.commerce.media.queries import asset_views, media_file, recent_assets
from core.commerce.messages.models import Occasion
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.reviews import actions
from core.commerce.reviews.drafts import ReviewDraft, shown_name
from core.commerce.reviews.errors import (
    AlreadyReviewed,
    EditingOver,
    NotReviewable,
    NotYours,
    TooManyReports,
)
from core.commerce.reviews.queries import (
    product_reviews,
    reported_reasons,
    shop_reviews,
    view_counts,
)
from core.commerce.reviews.requests import ask_for_reviews, show_undecided_reviews
from core.commerce.shops.actions import update_shop
from core.kernel.db import reading, session
from core.kernel.errors import InputRefused, NotFound, PermissionRefused
from core.kernel.ids import new_id
from core.kernel.tenancy import GUEST, SYSTEM, Actor, acting_as, shop_bound
from core.testing.goods import make_customer, make_product
from core.testing.races import race
from core.testing.statements import count_statements


@pytest.fixture
def tea(platform, in_shop):
    return make_product(prices=[10_000, 3_000])


@pytest.fixture
def bought(buy, tea):
    return buy([(tea.variant_ids[0], 2), (tea.variant_ids[1], 1)])


def tally(product):
    with reading():
        return tallies([product.id])[product.id]


def shown(product, **more):
    with reading():
        return product_reviews(product.id, **more).rows


def rules(**changed):
    usual = {"approve": False, "edit_days": 30, "sold_from": 10, "ask": False, "ask_after_days": 7}
    actions.save_rules(**{**usual, **changed})


def photo(colour):
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x9286] = "home address"
    Image.new("RGB", (900, 700), colour).save(data, "JPEG", exif=exif)
    return data.getvalue()


def test_review_of_what_was_sent_is_shown_and_counted(tea, bought):
    bought.review(4, "茶汤清亮", anonymous=True)
    bought.review(5, "", place=1, anonymous=False)
    found = shown(tea)
    assert [(one.stars, one.name, one.variant_title) for one in found] == [
        (5, "林知夏", "#1"),
        (4, "林**", "#0"),
    ]
    assert (tally(tea).count, tally(tea).average, tally(tea).average_text) == (2, 450, "4.5")


@pytest.mark.parametrize(("paid", "sent"), [(False, False), (True, False)])
def test_what_was_not_paid_or_not_sent_cannot_be_reviewed(tea, buy, paid, sent):
    waiting = buy([(tea.variant_id, 1)], paid=paid, sent=sent)
    with pytest.raises(NotReviewable):
        waiting.review()


def test_nobody_but_the_buyer_reviews(tea, bought, buy):
    other = buy([(tea.variant_id, 1)])
    wanted = {"order_code": bought.code, "line_id": bought.line_ids[0], "draft": ReviewDraft(stars=1)}
    for actor in (other.actor, GUEST):
        with acting_as(actor), pytest.raises(NotYours):
            actions.submit_review(**wanted)
    with acting_as(GUEST), pytest.raises(NotYours):
        actions.submit_review(**wanted, secret="a browser that placed nothing")
    with acting_as(Actor("staff", new_id(), "Owner")), pytest.raises(PermissionRefused):
        actions.submit_review(**wanted)
    with acting_as(other.actor), pytest.raises(NotFound):
        actions.submit_review(**{**wanted, "order_code": other.code})
    assert tally(tea).count == 0


def test_shop_does_not_review_itself(tea, bought):
    update_shop(changes={"contact": {"phone": "+86 138 0000 0000"}})
    with pytest.raises(NotYours):
        bought.review(5, "我们家的茶最好")
    assert shown(tea) == ()


def test_two_submissions_of_one_line_make_one_review(tea, bought):
    attempts = race([lambda: bought.review(5, "好")] * 4)
    assert sorted(type(one.error).__name__ for one in attempts) == ["AlreadyReviewed"] * 3 + ["NoneType"]
    assert tally(tea).count == 1
    with pytest.raises(AlreadyReviewed):
        bought.review(1)


@pytest.mark.parametrize(
    "words", ["看 https://spam.example", "www.spam.cn 便宜", "cheaper at best-tea.shop", "字" * 1001]
)
def test_links_and_endless_texts_are_refused_in_words(bought, words):
    with pytest.raises(InputRefused) as refused:
        bought.review(5, words)
    assert list(refused.value.fields) == ["text"]


def test_review_can_be_changed_for_some_days_only(clock, tea, bought):
    bought.review(2, "淡")
    wanted = {"order_code": bought.code, "line_id": bought.line_ids[0]}
    with acting_as(bought.actor):
        clock.advance(days=29)
        actions.edit_review(**wanted, draft=ReviewDraft(stars=4, text="再泡更好"))
        clock.advance(days=2)
        with pytest.raises(EditingOver):
            actions.edit_review(**wanted, draft=ReviewDraft(stars=1))
        actions.add_follow_up(**wanted, text="一个月后依然香")
        with pytest.raises(EditingOver):
            actions.add_follow_up(**wanted, text="再说一次")
    assert tally(tea).stars == (0, 0, 0, 1, 0)
    assert [(one.text, one.follow_up) for one in shown(tea)] == [("再泡更好", "一个月后依然香")]


def test_approval_keeps_reviews_waiting_and_silence_does_not_hide_them(clock, tea, buy):
    rules(approve=True)
    first, second = (buy([(tea.variant_id, 1)]).review(stars) for stars in (5, 1))
    assert (first.state, shown(tea), tally(tea).count) == ("waiting", (), 0)
    assert actions.approve_reviews(review_ids=[first.id, first.id, new_id()]) == [first.id]
    assert tally(tea).stars == (0, 0, 0, 0, 1)
    clock.advance(days=6)
    assert show_undecided_reviews() == 0
    clock.advance(days=2)
    assert show_undecided_reviews() == 1
    assert second.id in {one.id for one in shown(tea)}


def test_hidden_reviews_do_not_count_and_are_told(tea, buy):
    bad = buy([(tea.variant_id, 1)]).review(1, "骂人的话")
    buy([(tea.variant_id, 1)]).review(5)
    with pytest.raises(InputRefused):
        actions.hide_reviews(review_ids=[bad.id], reason="we do not like it")
    assert actions.hide_reviews(review_ids=[bad.id], reason="abuse") == [bad.id]
    assert (tally(tea).average, tally(tea).count, tally(tea).hidden) == (500, 1, 1)
    assert actions.show_reviews(review_ids=[bad.id]) == [bad.id]
    assert (tally(tea).average, tally(tea).hidden) == (300, 0)


def test_hidden_review_that_its_buyer_changes_waits_for_the_shop(tea, bought):
    saved = bought.review(1, "骂人的话")
    actions.hide_reviews(review_ids=[saved.id], reason="abuse")
    with acting_as(bought.actor):
        changed = actions.edit_review(
            order_code=bought.code, line_id=bought.line_ids[0], draft=ReviewDraft(stars=2, text="味道淡")
        )
    assert changed.state == "waiting"
    assert (tally(tea).count, tally(tea).hidden) == (0, 0)


def test_answer_is_public_and_the_buyer_hears_of_it_once(tea, bought):
    saved = bought.review(3)
    actions.answer_review(review_id=saved.id, text="谢谢，详见 https://tea.example")
    actions.answer_review(review_id=saved.id, text="谢谢您")
    assert shown(tea)[0].answer == "谢谢您"
    with reading():
        topics = session().scalars(select(Occasion.topic).where(Occasion.topic.like("reviews.%"))).all()
    assert topics == ["reviews.answered"]
    with acting_as(Actor("staff", new_id(), "Packer")), pytest.raises(PermissionRefused):
        actions.answer_review(review_id=saved.id, text="no")


def test_refunded_goods_are_flagged(tea, bought):
    bought.review(1)
    wanted = {bought.keys[0]: 2}
    amount = preview_refund(order_id=bought.order_id, wanted=wanted).amount
    refund_units(
        order_id=bought.order_id, wanted=wanted, include_shipping=False, reason="", confirmed_amount=amount
    )
    assert [one.refunded for one in shown(tea)] == [True]


def test_buyer_reports_once_and_not_without_end(monkeypatch, tea, buy):
    saved = buy([(tea.variant_id, 1)]).review(1, "!")
    reader = Actor("customer", make_customer(), "陈")
    with acting_as(reader):
        assert actions.report_review(review_id=saved.id, reason="abuse")
        assert not actions.report_review(review_id=saved.id, reason="spam")
        monkeypatch.setattr(actions, "REPORTS_A_DAY", 1)
        with pytest.raises(TooManyReports):
            actions.report_review(review_id=saved.id, reason="abuse")
    with acting_as(GUEST), pytest.raises(NotYours):
        actions.report_review(review_id=saved.id, reason="abuse")
    with reading():
        assert reported_reasons([saved.id]) == {saved.id: {"abuse": 1}}
        assert view_counts(["reported"]) == {"reported": 1}


def test_pictures_are_really_pictures_without_their_notes(files, tea, bought):
    with acting_as(bought.actor):
        mine = [store_buyer_picture(content=photo(c), owner=bought.line_ids[0]).id for c in ("red", "blue")]
        with pytest.raises(NotAPicture):
            store_buyer_picture(content=b"<svg onload=alert(1)>", owner=bought.line_ids[0])
    bought.review(5, pictures=tuple(mine))
    with reading():
        (found,) = product_reviews(tea.id, pictured=True).rows
        assert recent_assets(10) == []
        assert asset_views(mine).keys() == set(mine)
    assert (len(found.pictures), tally(tea).pictured) == (2, 1)
    stored = media_file(found.pictures[0].full_url.removeprefix("/media/"))
    assert stored.content.startswith(b"\xff\xd8")
    assert b"home address" not in stored.content


def test_pictures_of_the_shop_are_not_a_buyers(tea, bought):
    with pytest.raises(InputRefused):
        bought.review(5, pictures=(new_id(),))
    with pytest.raises(InputRefused):
        bought.review(5, pictures=tuple(new_id() for _ in range(7)))


def test_pages_follow_each_other_without_gaps_in_every_order(tea, buy):
    for stars in (5, 1, 3, 5, 2):
        buy([(tea.variant_id, 1)]).review(stars)
    with reading():
        for sort, expected in (
            ("newest", [2, 5, 3, 1, 5]),
            ("best", [5, 5, 3, 2, 1]),
            ("worst", [1, 2, 3, 5, 5]),
        ):
            seen, after = [], ""
            while True:
                page = product_reviews(tea.id, sort=sort, after=after, limit=2)
                seen += [one.stars for one in page.rows]
                after = page.after
                if not after:
                    break
            assert seen == expected
        assert [one.stars for one in product_reviews(tea.id, stars=5).rows] == [5, 5]
        assert len(product_reviews(tea.id, after="x' OR 1=1").rows) == 5


def test_shops_list_goes_forth_and_back_in_few_statements(tea, buy):
    for stars in (5, 1, 3):
        buy([(tea.variant_id, 1)]).review(stars)
    with reading():
        first = shop_reviews(limit=2)
        second = shop_reviews(after=first.after, limit=2)
        assert ([one.review.stars for one in first.rows], first.before) == ([3, 1], "")
        assert ([one.review.stars for one in second.rows], second.after) == ([5], "")
        back = shop_reviews(before=second.before, limit=2)
        assert [one.review.stars for one in back.rows] == [3, 1]
        assert [one.review.stars for one in shop_reviews("low").rows] == [3, 1]
        with count_statements() as seen:
            shop_reviews()
            view_counts()
        assert len(seen) <= 3


def test_reviews_stay_in_their_shop(tea, bought, other_shop):
    saved = bought.review(1)

    def elsewhere():
        with shop_bound(other_shop, SYSTEM):
            changed = actions.hide_reviews(review_ids=[saved.id], reason="abuse")
            with pytest.raises(NotFound):
                actions.answer_review(review_id=saved.id, text="not mine")
            with reading():
                return changed, product_reviews(tea.id).rows, shop_reviews().rows, view_counts(["all"])

    assert contextvars.Context().run(elsewhere) == ([], (), (), {"all": 0})
    assert [one.answer for one in shown(tea)] == [""]


def asked():
    with reading():
        return session().scalars(select(Occasion).where(Occasion.topic == "reviews.request")).all()


def test_buyers_are_asked_once_some_days_after_the_last_parcel(clock, tea, buy):
    buy([(tea.variant_id, 1)])
    clock.advance(seconds=1)
    rules(ask=True, ask_after_days=7)
    clock.advance(seconds=1)
    later = buy([(tea.variant_id, 1)])
    reviewed = buy([(tea.variant_id, 1)])
    reviewed.review()
    buy([(tea.variant_id, 1)], sent=False)
    clock.advance(days=6)
    assert ask_for_reviews() == 0
    clock.advance(days=2)
    assert [one.value for one in race([ask_for_reviews] * 3)].count(1) == 1
    assert ask_for_reviews() == 0
    assert [one.about for one in asked()] == [{"order_id": str(later.order_id)}]


def test_name_of_somebody_anonymous_is_one_character():
    assert shown_name("张三丰", anonymous=True) == "张**"
    assert shown_name("  ", anonymous=False) == "***"
    assert shown_name("Elena Rossi", anonymous=False) == "Elena Rossi"
