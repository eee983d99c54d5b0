"""The first page: numbers that lead to their rows, what waits, the latest orders; and Ctrl+K."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.testing.goods import make_product
from core.testing.statements import count_statements
from tests.core.web.console.orders_at_hand import paid_order, rows
from tests.core.web.console.stage import lines_of, refund

THURSDAY = datetime(2026, 8, 6, 6, 30, tzinfo=UTC)


@pytest.fixture
def tea(platform, in_shop):
    return make_product(title="明前龙井", prices=[10_000, 2_500], stock=12)


def test_new_shop_is_led_to_its_first_product(owner, platform, in_shop):
    page = owner.get("/").text
    assert "Your shop is ready for its first product" in page
    assert f'href="{owner.home}/products/new"' in page


def test_greeting_keeps_the_name_in_one_piece_and_harmless(hired, shop, platform, in_shop):
    assert re.search(
        r'<h1>[^<]*[,，] ?<span class="pp-whole">许航</span></h1>', hired(shop, name="许航").get("/").text
    )
    assert '<span class="pp-whole">&lt;b&gt; 100%</span>' in hired(shop, name="<b> 100%").get("/").text


def test_quiet_day_says_so(owner, tea):
    page = owner.get("/").text
    assert "Nothing was sold today" in page
    assert "No order yet." in page


def test_numbers_compare_with_the_same_weekday_and_lead_to_their_rows(
    hired, shop, tea, buyer, gateway, clock
):
    clock.freeze(THURSDAY - timedelta(days=7))
    paid_order(buyer(), gateway, [(tea.variant_ids[1], 1)])
    clock.freeze(THURSDAY)
    ids = [paid_order(buyer(), gateway, [(tea.variant_ids[0], 1)]) for _ in range(2)]
    owner = hired(shop)
    page = owner.get("/").text
    assert re.search(r"Good afternoon, (<[^>]*>)?沈青", page)
    assert "Thursday, August 6, until 14:30" in page
    stats = re.search(r'<div class="card pp-stats">.*?</div>\s*</a>\s*</div>', page, re.DOTALL)[0]
    values = re.findall(r'class="value[^"]*">([^<]*)<', stats)
    assert values == ["2", "¥224.00", "0", "–", "¥112.00", "¥0.00"]
    assert "+100.0%" in stats
    assert "last Thursday by this hour 1" in stats
    address = re.search(r'class="pp-stat" href="([^"]*)"', stats)[1].replace("&amp;", "&")
    assert sorted(rows(owner.get(address).text)) == sorted(f"{owner.home}/orders/{one}" for one in ids)
    chinese = hired(shop, language="zh-CN").get("/").text
    assert re.search(r"下午好，(<[^>]*>)?沈青", chinese)
    assert "上周四同时段 1" in chinese


def test_curve_ends_now_and_the_week_before_goes_on(owner, tea, buyer, gateway, clock):
    clock.freeze(THURSDAY - timedelta(days=7, hours=-5))
    paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    clock.freeze(THURSDAY)
    paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    page = owner.get("/").text
    today = re.search(r'class="today" points="([^"]*)"', page)[1].split()
    before = re.search(r'class="before" points="([^"]*)"', page)[1].split()
    assert today[0] == before[0] == "0,100.0"
    assert before[-1].startswith("1000,")
    assert today[-1].split(",")[0] == re.search(r'class="now" x1="(\d+)"', page)[1]
    assert [len(today), len(before)] == [31, 49]


def test_tasks_are_counted_and_lead_to_their_views(owner, tea, buyer, gateway):
    paid_order(buyer(), gateway, [(tea.variant_id, 2)])
    buyer().order([(tea.variant_id, 1)])
    refunded = paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    refund(refunded, lines_of(refunded))
    page = owner.get("/").text
    tasks = re.findall(r'<li><a href="([^"]*)">.*?t-m">([^<]*)<.*?num">([^<]*)<', page, re.DOTALL)
    assert [(label, int(count)) for _url, label, count in tasks] == [
        ("To ship", 1),
        ("Low stock", 1),
        # Below: what waits for nobody.
        ("Refunds on their way", 1),
        ("Unpaid", 1),
    ]
    for address, label, count in tasks:
        assert len(rows(owner.get(address.replace("&amp;", "&")).text)) == int(count), label


def test_refused_and_open_refunds_lead_to_different_rows(owner, tea, buyer, gateway):
    from tests.core.web.console.test_refund_pages import refuse_refunds

    refused = paid_order(buyer(), gateway, [(tea.variant_id, 2)])
    key = next(iter(lines_of(refused)))
    refund(refused, {key: 1}), refund(refused, {key: 1})
    refuse_refunds()
    opened = paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    refund(opened, lines_of(opened))
    page = owner.get("/").text
    tasks = re.findall(r'<li><a href="([^"]*refund=[^"]*)">.*?t-m">([^<]*)<.*?num">([^<]*)<', page, re.DOTALL)
    found = {
        label: (count, rows(owner.get(address.replace("&amp;", "&")).text)) for address, label, count in tasks
    }
    assert found == {
        "Refunds refused": ("1", [f"{owner.home}/orders/{refused}"]),
        "Refunds on their way": ("1", [f"{owner.home}/orders/{opened}"]),
    }


def test_home_takes_the_same_statements_however_many_orders_there_are(owner, tea, buyer, gateway):
    paid_order(buyer(), gateway, [(tea.variant_id, 1)])
    owner.get("/")
    with count_statements() as one:
        owner.get("/")
    for _ in range(2):
        paid_order(buyer(), gateway, [(tea.variant_id, 1), (tea.variant_ids[1], 1)])
    with count_statements() as three:
        owner.get("/")
    assert len(three) == len(one) <= 14


def test_parked_tasks_are_told_in_words_and_tried_again(
    hired, shop, other_shop, tea, park, in_shop, owner_engine
):
    mine = [
        park("payments.send_refund", refund_id="x"),
        park("events.deliver", event_id="e", plugin="group_buy"),
        park("events.deliver", event_id="f", plugin="group_buy"),
        park("gone.task"),
    ]
    foreign = park("payments.send_refund", shop=other_shop, refund_id="x")
    owner = hired(shop)
    page = owner.get("/").text
    assert "4 background tasks need attention" in page
    assert "sending a refund, telling plugins what happened (Group-buy), something in the background" in page
    chinese = hired(shop, language="zh-CN").get("/").text
    assert "有 4 个后台任务需要处理" in chinese
    assert "退款、把发生的事通知给插件" in chinese
    assert "Try the tasks again" in page
    assert owner.post("/parked-tasks").status_code == 303
    assert "4 tasks are tried again." in (after := owner.get("/").text)
    assert "need attention" not in after
    with owner_engine.connect() as connection:
        states = dict(
            connection.execute(
                text(
                    "SELECT id, status || coalesce(scheduled_at::text, '') FROM procrastinate_jobs WHERE id = ANY(:ids)"
                ),
                {"ids": [*mine, foreign]},
            ).all()
        )
    assert states == {**dict.fromkeys(mine, "todo"), foreign: "failed"}


def test_only_who_may_edit_the_shop_tries_parked_tasks_again(hired, shop, tea, park, in_shop):
    park("payments.send_refund", refund_id="x")
    helper = hired(shop, permissions={"orders.ship"})
    assert "Try the tasks again" not in helper.get("/").text
    assert helper.post("/parked-tasks").status_code == 403


def test_palette_finds_orders_and_products_of_this_shop(owner, hired, other_shop, in_shop, platform, buyer):
    from core.commerce.catalog.drafts import ProductDraft, VariantDraft
    from core.commerce.merchandising.actions import save_product_with_stock

    saved = save_product_with_stock(
        draft=ProductDraft(title="明前龙井 <b>", status="active", variants=(VariantDraft(price_minor=100),)),
        stock=[None],
    )
    order = buyer().order([(saved.variant_ids[0], 1)])
    found = owner.get("/find/?q=龙").json["groups"]
    assert [group["label"] for group in found] == ["Orders", "Products", "Customers"]
    assert found[0]["items"][0]["url"] == f"{owner.home}/orders/{order.order_id}"
    assert found[1]["items"][0] | {"sub": ""} == {
        "label": "明前龙井 <b>", "sub": "", "url": f"{owner.home}/products/{saved.id}", "icon": "box",
    }  # fmt: skip
    assert (
        owner.get(f"/find/?q={order.number}").json["groups"][0]["items"][0]["label"].startswith(order.number)
    )
    theirs = hired(other_shop).get("/find/?q=龙").json["groups"]
    assert [group["items"] for group in theirs] == [[], [], []]


@pytest.mark.parametrize("words", ["", "   ", "%00", "%EF%BF%BF", "x" * 5000, "%25", "'\"<>"])
def test_palette_bears_every_word(owner, platform, in_shop, words):
    answer = owner.get(f"/find/?q={words}")
    assert answer.status_code == 200
    assert all(group["items"] == [] for group in answer.json["groups"])
