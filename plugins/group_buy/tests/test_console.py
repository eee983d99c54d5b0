"""What merchants see and press: lists, the form with its live price check, groups, refunds; and who may."""

import re

import pytest

from core.sdk.commands import reading
from core.sdk.data import new_id
from core.testing.buying import order_row, pay
from core.testing.goods import make_product, set_cost
from core.testing.shops import bound
from core.testing.statements import count_statements
from plugins.group_buy.domain import Standing
from plugins.group_buy.domain.rules import Rules
from plugins.group_buy.queries.activities import activities
from plugins.group_buy.queries.activities import activity as activity_view
from plugins.group_buy.tests.groups import group_at, make_activity, state_of

VIEW, MANAGE = "group_buy.view", "group_buy.manage"
BASE = "/x/group-buy"


@pytest.fixture
def desk(tea_shop, at_console):
    """A staff member who may do everything here, reading English."""
    return at_console(tea_shop, VIEW, MANAGE)


def form(tea, **changes):
    """The form as a person fills it in."""
    return {
        "title": "Autumn, 3 people",
        "size": "3",
        "window-amount": "24",
        "window-unit": "hours",
        "starts_at": "2026-01-01T00:00",
        "ends_at": "2031-01-01T00:00",
        "hard_end_at": "",
        "limit_per_customer": "2",
        "stock_cap": "60",
        f"_price-{tea.variant_ids[0]}": "89.00",
        f"_price-{tea.variant_ids[1]}": "",
        **changes,
    }


def all_activities():
    with reading():
        return activities()


def test_empty_list_offers_the_first_step(desk):
    page = desk.get(f"{BASE}/")
    assert page.status_code == 200
    assert f"{BASE}/new" in page.text
    assert "No group-buy yet" in page.text


def test_new_activity_from_choosing_the_product_to_publishing(desk, tea, member):
    page = desk.get(f"{BASE}/new")
    assert f"{BASE}/new?product={tea.id}" in page.text
    page = desk.get(f"{BASE}/new", query={"product": str(tea.id)})
    assert page.status_code == 200
    answer = desk.post(f"{BASE}/new?product={tea.id}", {**form(tea), "_publish": "1"})
    assert answer.status_code == 303
    [made] = all_activities()
    assert (made.stage, made.size, dict(made.prices)) == ("running", 3, {tea.variant_id: 8_900})
    assert made.hard_end_at == made.ends_at + made.window
    shown = desk.get(answer.location)
    assert "Published" in shown.text
    member().start(made.id, tea.variant_id)


def test_draft_is_kept_and_publishing_it_later_works(desk, tea):
    desk.post(f"{BASE}/new?product={tea.id}", form(tea))
    [made] = all_activities()
    assert made.stage == "draft"
    assert desk.post(f"{BASE}/activities/{made.id}/publish").status_code == 303
    assert all_activities()[0].stage == "running"


def test_price_that_is_not_lower_is_refused_beside_its_kind(desk, tea):
    typed = form(tea, **{f"_price-{tea.variant_ids[1]}": "148.00"})
    answer = desk.post(f"{BASE}/new?product={tea.id}", typed)
    assert answer.status_code == 422
    cell = re.search(rf'id="check-{tea.variant_ids[1]}".*?</span></span>', answer.text, re.DOTALL)[0]
    assert "must be below" in cell
    assert 'value="148.00"' in answer.text
    assert all_activities() == []


def test_price_is_checked_while_it_is_typed(desk, tea):
    answer = desk.get(f"{BASE}/check", query={"_product": str(tea.id), **form(tea)})
    assert answer.status_code == 200
    assert "¥39.00 less, 30.5%" in answer.text
    assert "not part of it" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"size": "1"},
        {"size": "three"},
        {"size": "99999999999999999999"},
        {"window-amount": "0"},
        {"window-amount": "8", "window-unit": "days"},
        {"ends_at": "2020-01-01T00:00"},
        {"ends_at": "not a date"},
        {"hard_end_at": "2027-01-01T00:00"},
        {"title": ""},
        {"title": "x" * 1_000},
        {"title": "NUL \x00"},
        {"limit_per_customer": "0"},
        {"stock_cap": "-5"},
    ],
)
def test_senseless_rules_are_refused_and_kept_on_screen(desk, tea, changes):
    answer = desk.post(f"{BASE}/new?product={tea.id}", form(tea, **changes))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert all_activities() == []


@pytest.mark.parametrize(
    "price", ["-1", "0", "1.234", "1e9", "９９.5", "💥", "99999999999999", "free", "1,5,0"]
)
def test_senseless_prices_are_refused(desk, tea, price):
    answer = desk.post(f"{BASE}/new?product={tea.id}", form(tea, **{f"_price-{tea.variant_ids[0]}": price}))
    if price == "９９.5":
        # Full-width digits are what a Chinese keyboard writes.
        assert answer.status_code == 303
    else:
        assert answer.status_code == 422
        assert all_activities() == []


def test_editing_keeps_open_groups_and_refuses_an_older_version(desk, tea, activity, open_group):
    code = open_group()
    page = desk.get(f"{BASE}/activities/{activity}/edit")
    assert 'value="89.00"' in page.text
    typed = {**form(tea, **{f"_price-{tea.variant_ids[0]}": "79.00"}), "_version": "1"}
    assert desk.post(f"{BASE}/activities/{activity}/edit", typed).status_code == 303
    assert group_at(code).price_minor == 8_900
    again = desk.post(f"{BASE}/activities/{activity}/edit", typed)
    assert again.status_code == 409
    assert "while you were editing" in again.text


def test_overlap_is_told_with_the_other_activitys_name(desk, tea, activity):
    answer = desk.post(f"{BASE}/new?product={tea.id}", {**form(tea), "_publish": "1"})
    assert answer.status_code == 303
    assert "秋茶铁观音 3 人拼" in desk.get(answer.location).text


def test_pages_of_an_activity_and_of_a_group(desk, activity, open_group, member, gateway):
    code = open_group()
    who = member()
    pay(gateway, who.join(code))
    member().keep(code)
    page = desk.get(f"{BASE}/activities/{activity}")
    assert page.status_code == 200
    group = group_at(code)
    assert str(group.id) in page.text
    shown = desk.get(f"{BASE}/groups/{group.id}")
    assert shown.status_code == 200
    assert "2 paid, 1 reserved, 0 free" in shown.text
    assert "林知夏" in shown.text
    assert desk.get(f"{BASE}/groups").status_code == 200


def test_ending_a_group_refunds_every_member(desk, open_group, member, gateway, run_jobs):
    code = open_group()
    order_id = member().join(code)
    pay(gateway, order_id)
    group = group_at(code)
    assert desk.post(f"{BASE}/groups/{group.id}/cancel").status_code == 303
    run_jobs()
    assert state_of(order_id) == ("cancelled", "refunded", "merchant")
    again = desk.post(f"{BASE}/groups/{group.id}/cancel")
    assert "already ended" in desk.get(again.location).text
    page = desk.get(f"{BASE}/refunds", query={"view": "done"})
    assert order_row(order_id).number in page.text
    assert "The shop ended the group" in page.text


@pytest.mark.parametrize("choice", ["finish", "refund", "nonsense"])
def test_ending_an_activity_asks_what_happens_to_open_groups(desk, activity, open_group, run_jobs, choice):
    code = open_group()
    assert "What happens to it?" in desk.get(f"{BASE}/activities/{activity}").text
    desk.post(f"{BASE}/activities/{activity}/close", {"groups": choice})
    run_jobs()
    expected = Standing.FAILED if choice == "refund" else Standing.FORMING
    assert group_at(code).standing is expected


def test_pause_and_go_on(desk, activity):
    desk.post(f"{BASE}/activities/{activity}/pause")
    assert "Go on" in desk.get(f"{BASE}/activities/{activity}").text
    desk.post(f"{BASE}/activities/{activity}/publish")
    with reading():
        assert activity_view(activity).stage == "running"


def test_drafts_can_be_thrown_away(desk, tea):
    desk.post(f"{BASE}/new?product={tea.id}", form(tea))
    desk.post(f"{BASE}/activities/{all_activities()[0].id}/delete")
    assert all_activities() == []


def test_every_page_in_chinese(tea_shop, at_console, activity, open_group, tea):
    desk = at_console(tea_shop, VIEW, MANAGE, language="zh-CN")
    code = open_group()
    for path in ("/", "/new", f"/new?product={tea.id}", "/groups", "/refunds", f"/activities/{activity}",
                 f"/activities/{activity}/edit", f"/groups/{group_at(code).id}"):  # fmt: skip
        page = desk.get(f"{BASE}{path}")
        assert page.status_code == 200, path
        assert "拼团" in page.text


def test_people_without_the_permission_see_and_change_nothing(
    tea_shop, at_console, activity, tea, open_group
):
    group = group_at(open_group())
    stranger, reader = at_console(tea_shop), at_console(tea_shop, VIEW)
    assert stranger.get(f"{BASE}/").status_code == 403
    assert reader.get(f"{BASE}/").status_code == 200
    assert f"{BASE}/new" not in reader.get(f"{BASE}/").text
    for path in (f"/new?product={tea.id}", f"/activities/{activity}/pause", f"/activities/{activity}/close",
                 f"/groups/{group.id}/cancel"):  # fmt: skip
        assert reader.post(f"{BASE}{path}", form(tea)).status_code == 403, path
    assert group_at(group.code).standing is Standing.FORMING


def test_ids_of_another_shop_answer_like_ids_of_nobody(
    platform, shop, other_shop, enable, at_console, gateway, clock
):
    enable(shop, "group_buy")
    enable(other_shop, "group_buy")
    with bound(other_shop):
        foreign = make_product(prices=[5_000])
        foreign_activity = make_activity(foreign, {foreign.variant_id: 3_000})
    desk = at_console(shop, VIEW, MANAGE)
    for path in (
        "/new?product={}",
        "/activities/{}",
        "/activities/{}/edit",
        "/groups/{}",
        "/check?_product={}",
    ):
        theirs = desk.get(BASE + path.format(foreign.id if "product" in path else foreign_activity))
        nobodys = desk.get(BASE + path.format(new_id()))
        assert (theirs.status_code, nobodys.status_code) == (404, 404), path
        assert _without_tokens(theirs.text) == _without_tokens(nobodys.text)
    for path in (
        "/activities/{}/close",
        "/activities/{}/publish",
        "/activities/{}/delete",
        "/groups/{}/cancel",
    ):
        assert desk.post(BASE + path.format(foreign_activity)).status_code == 404
    for wrong in ("nonsense", "1", "%00", "💥"):
        assert desk.get(f"{BASE}/groups/{wrong}").status_code in (400, 404)


def _without_tokens(text):
    return re.sub(r'(content|nonce|value)="[^"]*"|/x/group-buy[^"\s]*', "", text)


def test_address_of_a_list_with_nonsense_is_refused(desk, activity):
    for query in ({"view": "nothing"}, {"sort": "1"}, {"page": "-1"}, {"x": "1"}, {"q": "\x00"}):
        assert desk.get(f"{BASE}/", query=query).status_code == 400


def test_order_page_shows_the_group(tea_shop, at_console, open_group, member):
    desk = at_console(tea_shop, VIEW, MANAGE, "orders.ship")
    code = open_group()
    order_id = member().join(code)
    page = desk.get(f"/orders/{order_id}")
    assert page.status_code == 200
    assert f"{BASE}/groups/{group_at(code).id}" in page.text


def test_list_is_narrowed_to_a_kind(desk, tea, activity):
    other = make_product(title="龙井", prices=[9_000])
    make_activity(other, {other.variant_id: 8_000}, title="Draw of ten", rules=Rules(kind="lottery"))
    page = desk.get(f"{BASE}/", query={"kind": "lottery"})
    assert "Draw of ten" in page.text
    assert "秋茶铁观音 3 人拼" not in page.text
    assert "秋茶铁观音 3 人拼" in desk.get(f"{BASE}/", query={"kind": "normal"}).text


def test_list_takes_eight_statements_of_its_own_for_one_row_and_for_three(desk, tea, activity, open_group):
    counts = []
    for _ in range(2):
        with count_statements() as sent:
            assert desk.get(f"{BASE}/").status_code == 200
        counts.append(len([one for one in sent.texts if "plugin_group_buy" in one or "catalog_" in one]))
        for number in range(2):
            goods = make_product(title=f"T{number}", prices=[9_000])
            made = make_activity(goods, {goods.variant_id: 8_000})
            open_group(made, goods.variant_id)
    assert counts[0] == counts[1] <= 8


def test_price_that_leaves_too_little_is_named_while_it_is_typed(desk, tea):
    set_cost(tea.variant_id, 9_500)
    answer = desk.get(f"{BASE}/check", query={"_product": str(tea.id), **form(tea)})
    assert "sells at a loss: ¥89.00, and it costs you ¥95.00" in answer.text
    set_cost(tea.variant_id, 1_000)
    assert (
        "sells at a loss" not in desk.get(f"{BASE}/check", query={"_product": str(tea.id), **form(tea)}).text
    )
