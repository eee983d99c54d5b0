"""What buyers see and press, without JavaScript: product page, group page, checkout, order, my groups."""

import re
from datetime import timedelta

import pytest

from core.sdk.clock import now
from core.sdk.commands import reading
from core.testing.buying import order_row, pay
from core.testing.goods import make_product
from core.testing.sending import lives_at
from core.testing.statements import count_statements
from plugins.group_buy.actions.activities import pause_activity
from plugins.group_buy.queries.groups import city_of, open_groups
from plugins.group_buy.tests.groups import group_at, group_of, log_in, make_activity


@pytest.fixture
def visitor(tea_shop, at_shop):
    """`visitor()` is a new browser at the shop; the system is not acting any more inside its requests."""
    return lambda: at_shop(tea_shop)


def words(page):
    return re.sub(r"\s+", " ", page.text)


@pytest.fixture
def logged_in(visitor, buyer):
    """`logged_in("a@example.com")` is the browser of a buyer who has logged in."""

    return lambda contact: log_in(visitor(), contact)


def test_product_page_offers_alone_group_and_open_groups(visitor, tea, activity, open_group):
    code = open_group()
    page = visitor().get(f"/products/{tea.handle}")
    assert page.status == 200
    said = words(page)
    assert "89.00" in said
    assert "128.00" in said
    assert [href for href, _said in page.links if "/x/group-buy/groups/" in href] == [
        f"/x/group-buy/groups/{code}"
    ]
    buttons = page.form("/cart/add").buttons
    assert [one.action for one in buttons] == ["", "/x/group-buy/start"]
    assert "林**" in said
    assert "林知夏" not in said


def test_kind_without_a_group_price_says_which_has_one(visitor, tea, activity):
    page = visitor().get(f"/products/{tea.handle}?variant={tea.variant_ids[1]}")
    assert any(str(tea.variant_id) in href for href, _ in page.links)
    assert not any(one.action for one in page.form("/cart/add").buttons)


def test_product_page_without_a_running_activity_shows_nothing_of_it(visitor, tea, activity):
    pause_activity(activity_id=activity)
    page = visitor().get(f"/products/{tea.handle}")
    assert "group-buy" not in page.html


def test_stranger_logs_in_and_comes_back_to_the_product(visitor, tea, activity):
    mine = visitor()
    page = mine.post("/x/group-buy/start", {"variant_id": str(tea.variant_id), "quantity": "2"}, follow=False)
    assert page.location.startswith("/login?next=%2Fproducts%2F")


def test_whole_way_of_a_joiner(logged_in, open_group, gateway, tea_shop):
    code = open_group()
    mine = logged_in("zhou@example.com")
    page = mine.get(f"/x/group-buy/groups/{code}")
    assert page.status == 200
    assert page.html.count('class="seat paid"') == 1
    assert page.html.count('class="seat free"') == 2
    checkout = page.send(f"/x/group-buy/groups/{code}/join", quantity="2")
    assert checkout.path.startswith("/checkout/")
    assert checkout.form("/checkout/").values["group_buy.if_full"] == "join_other"
    assert set(checkout.form("/checkout/").choices["group_buy.if_full"]) == {
        "join_other",
        "start_new",
        "refund",
    }
    again = mine.get(f"/x/group-buy/groups/{code}")
    assert again.html.count('class="seat held"') == 1


def test_order_is_placed_paid_and_its_page_tells_of_the_group(logged_in, open_group, gateway, tea_shop):
    code = open_group()
    mine = logged_in("zhou@example.com")
    mine.get(f"/x/group-buy/groups/{code}")
    checkout = mine.post(f"/x/group-buy/groups/{code}/join", {"quantity": "1"})
    form = checkout.form("/checkout/")
    assert not form.buttons[-1].disabled, words(checkout)
    paying = mine.post(
        form.action,
        {
            **form.values,
            "group_buy.if_full": "start_new",
            "name": "周晓",
            "phone": "13800000000",
            "region": "福建省",
            "city": "泉州市",
            "line1": "刺桐里弄 12 号",
        },
        follow=False,
    )
    assert paying.status == 303, words(paying)
    seat = next(seat for seat in group_at(code).seats if seat.state == "reserved" and seat.order_id)
    row = order_row(seat.order_id)
    assert row.choices == {"group_buy.if_full": "start_new"}
    waiting = mine.get(f"/orders/{row.code}")
    assert waiting.status == 200
    pay(gateway, row.id)
    page = mine.get(f"/orders/{row.code}")
    assert page.html.count('class="seat paid"') == 2
    assert f"/x/group-buy/groups/{code}/leave" in [form.action for form in page.forms]
    left = page.send(f"/x/group-buy/groups/{code}/leave")
    assert left.path == "/x/group-buy/mine"
    assert group_at(code).paid == 1
    assert "单独买" in words(mine.get(f"/orders/{row.code}"))


def test_starting_leads_to_a_checkout_that_says_how_it_goes_on(logged_in, tea, activity):
    checkout = logged_in("zhou@example.com").post(
        "/x/group-buy/start", {"variant_id": str(tea.variant_id), "quantity": "2"}
    )
    assert checkout.path.startswith("/checkout/")
    assert "你来开 3 人团" in words(checkout)
    assert "group_buy.if_full" not in checkout.form("/checkout/").values


def test_strangers_see_masked_names_and_cannot_leave_for_others(visitor, open_group, member, gateway):
    code, who = open_group(), member()
    order_id = who.join(code)
    pay(gateway, order_id)
    page = visitor().get(f"/orders/{order_row(order_id).code}")
    assert "林知夏" not in words(page)
    assert not any(form.action.endswith("/leave") for form in page.forms)


def test_group_page_has_a_link_preview_card(visitor, open_group):
    code = open_group()
    page = visitor().get(f"/x/group-buy/groups/{code}")
    card = dict(re.findall(r'<meta property="((?:og|product):[^"]+)" content="([^"]*)"', page.html))
    assert "89.00" in card["og:title"]
    assert card["og:url"].endswith(f"/x/group-buy/groups/{code}")
    assert card["og:url"].startswith("http://")
    assert card["product:price:amount"] == "89.00"
    assert "2" in card["og:description"]


def test_group_that_has_not_begun_is_its_leaders_secret(visitor, member, activity, tea):
    order_id = member().start(activity, tea.variant_id)
    assert visitor().get(f"/x/group-buy/groups/{group_of(order_id).code}").status == 404


def test_pages_of_a_full_and_a_failed_group_say_so(visitor, open_group, member, gateway, clock, run_jobs):
    full, failed = open_group(), open_group()
    for _ in range(2):
        pay(gateway, member().join(full))
    clock.advance(hours=25)
    run_jobs()
    for code, shown in ((full, "成"), (failed, "退")):
        page = visitor().get(f"/x/group-buy/groups/{code}")
        assert page.status == 200
        assert not any(form.action.endswith("/join") for form in page.forms)
        assert shown in words(page)


def test_front_page_and_my_groups(visitor, logged_in, open_group, activity, tea):
    open_group()
    page = visitor().get("/x/group-buy/")
    assert any(tea.handle in href for href, _ in page.links)
    assert visitor().get("/x/group-buy/mine", follow=False).location.startswith("/login?next=")
    assert logged_in("li@example.com").get("/x/group-buy/mine").status == 200


def test_front_page_of_many_activities_is_paged_soonest_end_first_in_as_many_statements_as_of_few(
    visitor, tea_shop
):
    def begin(days):
        product = make_product(title="白茶", prices=[12_800])
        ends_at = now() + timedelta(days=days)
        make_activity(product, ends_at=ends_at, hard_end_at=ends_at + timedelta(days=1))
        return f"/products/{product.handle}"

    def statements():
        # What every page of the shop needs is kept from the first visit on.
        assert visitor().get("/x/group-buy/").status == 200
        with count_statements() as sent:
            visitor().get("/x/group-buy/")
        return len(sent)

    begun = [begin(40 - n) for n in range(3)]
    few = statements()
    begun += [begin(37 - n) for n in range(27)]
    assert statements() == few <= 8
    found = [visitor().get(f"/x/group-buy/{query}") for query in ("", "?page=2", "?page=99")]
    shown = [[href.partition("?")[0] for href, _ in page.links if "/products/" in href] for page in found]
    assert shown[0] == begun[::-1][:24]
    assert shown[1] == shown[2] == begun[::-1][24:]
    assert "/x/group-buy/?page=2" in [href for href, _ in found[0].links]
    assert "/x/group-buy/" in [href for href, said in found[1].links if "上一页" in said]


def test_second_seat_for_the_same_buyer_is_refused_with_words(logged_in, open_group):
    code = open_group()
    mine = logged_in("zhou@example.com")
    first = mine.post(f"/x/group-buy/groups/{code}/join", {"quantity": "1"}, follow=False)
    second = mine.post(f"/x/group-buy/groups/{code}/join", {"quantity": "1"}, follow=False)
    assert first.location == second.location


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "1.5", "２", "abc", "99999999999999999999", "💥", "\u202e1", "1" * 1_000]
)
def test_senseless_quantities_never_break_a_page(logged_in, open_group, quantity):
    code = open_group()
    answer = logged_in("a@example.com").post(
        f"/x/group-buy/groups/{code}/join", {"quantity": quantity}, follow=False
    )
    assert answer.status == 303


@pytest.mark.parametrize("path", ["groups/nothing", "groups/%00", "groups/" + "x" * 5_000, "groups/💥"])
def test_unknown_codes_are_not_found(visitor, tea_shop, path):
    assert visitor().get(f"/x/group-buy/{path}").status in (404, 414, 422)


def test_forms_of_other_sites_are_refused(logged_in, open_group):
    code = open_group()
    mine = logged_in("a@example.com")
    answer = mine.post(
        f"/x/group-buy/groups/{code}/join",
        {"quantity": "1"},
        Sec_Fetch_Site="cross-site",
        Origin="http://evil.test",
    )
    assert answer.status == 403
    assert group_at(code).left == 2


def test_pages_are_gone_where_the_plugin_is_off_and_stay_while_it_drains(
    visitor, open_group, enable, tea_shop, tea
):
    code = open_group()
    enable(tea_shop, "group_buy", state="draining")
    assert visitor().get(f"/x/group-buy/groups/{code}").status == 200
    assert "group-buy" not in visitor().get(f"/products/{tea.handle}").html
    enable(tea_shop, "group_buy", state="off")
    assert visitor().get(f"/x/group-buy/groups/{code}").status == 404
    assert visitor().get("/x/group-buy/").status == 404


def test_joiner_of_a_draining_plugin_sees_the_kept_seat_and_is_asked_what_can_still_happen(
    logged_in, open_group, enable, tea_shop, gateway
):
    code = open_group()
    mine = logged_in("a@example.com")
    enable(tea_shop, "group_buy", state="draining")
    mine.get(f"/x/group-buy/groups/{code}")
    checkout = mine.post(f"/x/group-buy/groups/{code}/join", {"quantity": "1"})
    assert "第 2 个席位为你保留" in words(checkout)
    form = checkout.form("/checkout/")
    assert set(form.choices["group_buy.if_full"]) == {"join_other", "refund"}


def test_new_group_is_no_answer_where_none_may_begin(logged_in, open_group, activity):
    code = open_group()
    mine = logged_in("a@example.com")
    pause_activity(activity_id=activity)
    checkout = mine.post(f"/x/group-buy/groups/{code}/join", {"quantity": "1"})
    assert set(checkout.form("/checkout/").choices["group_buy.if_full"]) == {"join_other", "refund"}


def test_checkout_of_a_group_promises_no_other_time_than_that_of_the_seat(
    logged_in, open_group, visitor, tea
):
    checkout = logged_in("a@example.com").post(f"/x/group-buy/groups/{open_group()}/join", {"quantity": "1"})
    assert "30 分钟" not in words(checkout)
    alone = {"variant_id": str(tea.variant_id), "quantity": "1", "then": "checkout"}
    assert "保留 30 分钟" in words(visitor().post("/cart/add", alone))


def test_groups_of_the_buyers_city_come_first_among_equals(activity, open_group, clock):
    codes = []
    for _ in range(3):
        codes.append(open_group())
        clock.advance(minutes=1)
    here = {"region": "福建省", "city": "泉州市", "line1": "刺桐里弄 12 号"}
    lives_at(group_at(codes[2]).seats[0].order_id, here)
    with reading():
        assert [one.code for one in open_groups(activity_ids=[activity])] == codes
        found = open_groups(activity_ids=[activity], city="泉州市")
    assert [one.code for one in found] == [codes[2], *codes[:2]]


def test_city_of_a_buyer_is_that_of_the_last_order(member, activity, tea):
    who = member()
    with reading():
        assert city_of(who.id) == city_of(None) == ""
    who.start(activity, tea.variant_id)
    with reading():
        assert city_of(who.id) == "杭州市"
