"""The console's pages about customers: list, page of each, tags, notes, files, segments and links."""

import html
import io
import re

import pytest
from sqlalchemy import select

from core.commerce.audiences.actions import save_segment
from core.commerce.audiences.queries import forget_counts
from core.commerce.audiences.rules import Condition, all_of
from core.commerce.customers import listing as customer_lists
from core.commerce.customers.actions import send_login_code
from core.commerce.customers.contacts import normal_contact
from core.commerce.customers.models import Customer
from core.commerce.customers.queries import customer, notes_of
from core.commerce.messages.models import Message
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.sheets import open_sheet
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import answers
from core.testing.buying import Buyer, pay
from core.testing.goods import make_customer, make_product, make_shipping
from core.testing.jobs import run_due_jobs
from core.testing.statements import count_statements
from tests.core.web.console.conftest import EVERYTHING
from tests.core.web.console.orders_at_hand import counts, rows

MINE = {"customers.edit", "customers.export", "customers.import", "marketing.edit"}


@pytest.fixture
def people(platform, shop, gateway):
    """Three customers: one who bought twice, one who never paid, one who never ordered; ids by name."""
    with shop_bound(shop, SYSTEM):
        goods = make_product(title="明前龙井", prices=[12_800])
        method = {"kind": "method", "id": str(make_shipping())}
        ids = {name: make_customer(name=name) for name in ("林知夏", "许航", "何穗")}
        for _ in range(2):
            pay(gateway, Buyer(ids["林知夏"], method).order([(goods.variant_id, 1)]).order_id)
        Buyer(ids["许航"], method).order([(goods.variant_id, 1)])
        return ids


def known(shop, customer_id):
    with shop_bound(shop, SYSTEM), reading():
        return customer(customer_id)


def everybody(shop):
    with shop_bound(shop, SYSTEM), reading():
        return {row.name: row for row in session().scalars(select(Customer))}


def test_orders_are_counted_where_they_change(people, shop):
    bought, unpaid = known(shop, people["林知夏"]), known(shop, people["许航"])
    assert (bought.orders_placed, bought.orders_paid, bought.spent.minor) == (2, 2, 28_000)
    assert (unpaid.orders_placed, unpaid.orders_paid, unpaid.spent.minor) == (1, 0, 0)
    assert bought.first_order_at < bought.last_order_at
    assert bought.average.minor == 14_000


def test_list_finds_sorts_and_counts(owner, people):
    page = owner.get("/customers/")
    assert counts(page.text) == {"All": 3, "New": 3, "Bought again": 1, "Never bought": 2}
    first = rows(owner.get("/customers/?sort=-spent").text)[0]
    assert str(people["林知夏"]) in first
    assert len(rows(owner.get("/customers/?view=never").text)) == 2
    assert len(rows(owner.get("/customers/?q=%E4%BD%95%E7%A9%97").text)) == 1
    assert len(rows(owner.get("/customers/?orders=more&spent_min=200").text)) == 1
    assert owner.get("/customers/?tag=nobody").status_code == 400


@pytest.mark.parametrize("most", [2_000, 0])
def test_customers_are_found_by_names_addresses_and_digits(owner, people, shop, monkeypatch, most):
    monkeypatch.setattr(customer_lists, "MOST_BY_INDEX", most)
    with shop_bound(shop, SYSTEM):
        anna = make_customer(name="Anna Bäcker", email="a.baecker@example.com")
        change_phone(anna, "+44 20 7946 0958")
    ids = {**people, "Anna": anna}
    for words, name in {
        "知夏": "林知夏", "何": "何穗", "anna": "Anna", "backer": "Anna", "baecker": "Anna", "7946": "Anna",
        "0958": "Anna", "+44 20 7946": "Anna",
    }.items():  # fmt: skip
        found = rows(owner.get("/customers/", query_string={"q": words}).text)
        assert len(found) == 1, words
        assert str(ids[name]) in found[0], words
    for nothing in ("夏知", "7947", "…", "88", "acker"):
        assert not rows(owner.get("/customers/", query_string={"q": nothing}).text), nothing


def test_words_of_many_customers_are_counted_to_a_bound(owner, people, shop, monkeypatch):
    monkeypatch.setattr(customer_lists, "MOST_FOUND", 2)
    page = owner.get("/customers/?q=example.com")
    assert len(rows(page.text)) == 3
    assert "2+ customers" in page.text


@command("system")
def change_phone(customer_id, phone):
    row = session().scalars(select(Customer).where(Customer.id == customer_id)).one()
    row.phone = normal_contact(phone)[1]


@pytest.mark.parametrize(
    "path", ["/customers/", "/customers/?q=example.com&sort=-spent&orders=none", "/links/", "/segments/"]
)
def test_list_takes_as_many_statements_for_one_row_as_for_three(owner, people, shop, path):
    with shop_bound(shop, SYSTEM):
        from core.commerce.sources.actions import LinkDraft, save_link

        save_link(draft=LinkDraft(title="One", target="/"))
    owner.get(path)
    with count_statements() as before:
        owner.get(path)
    with shop_bound(shop, SYSTEM):
        for number in range(3):
            make_customer(name=f"More {number}")
            save_link(draft=LinkDraft(title=f"More {number}", target="/"))
    owner.get(path)
    with count_statements() as after:
        owner.get(path)
    assert len(after.texts) <= len(before.texts), path
    assert len(after.texts) <= 8 + 2, [text[:70] for text in after.texts]


def test_segments_are_paged_and_only_those_of_the_page_are_counted(owner, people, shop):
    with shop_bound(shop, SYSTEM):
        for n in range(30):
            save_segment(name=f"S{n:02}", rule=all_of(Condition("orders", "at_least", str(n + 1))))
    owner.get("/segments/")
    forget_counts()
    with count_statements() as sent:
        first = owner.get("/segments/").text
    second = owner.get("/segments/?page=2").text
    counted = [text for text in sent.texts if "FILTER" in text]
    assert len(counted) == 1
    assert counted[0].count("FILTER") == 20
    assert len(sent.texts) <= 8
    assert [name for name in (f"S{n:02}" for n in range(30)) if name in first] == [
        f"S{n:02}" for n in range(15)
    ]
    assert [name for name in (f"S{n:02}" for n in range(30)) if name in second] == [
        f"S{n:02}" for n in range(15, 30)
    ]
    assert owner.get("/segments/?page=3").location.endswith("/segments/")


def test_page_of_a_customer_shows_orders_value_and_where_they_live(owner, people):
    page = owner.get(f"/customers/{people['林知夏']}")
    assert page.status_code == 200
    for words in ("明前龙井", "¥280.00", "¥140.00", "Paid orders", "Came directly", "Became a customer"):
        assert words in page.text, words
    assert page.text.count("/orders/") >= 2


def test_notes_are_kept_and_said_by_whom(owner, people, shop):
    answer = owner.post(f"/customers/{people['何穗']}/notes", {"text": "喜欢清淡的 <b>茶</b>"})
    assert answer.status_code == 303
    assert "&lt;b&gt;" in owner.get(f"/customers/{people['何穗']}").text
    with shop_bound(shop, SYSTEM), reading():
        assert [(one.text, one.author) for one in notes_of(people["何穗"])] == [
            ("喜欢清淡的 <b>茶</b>", "沈青")
        ]
    assert owner.post(f"/customers/{people['何穗']}/notes", {"text": ""}).status_code == 422


def test_contacts_of_others_and_wrong_ones_are_refused(owner, people, shop):
    mine, theirs = known(shop, people["何穗"]), known(shop, people["许航"])
    address = f"/customers/{people['何穗']}/edit"
    taken = owner.post(address, {"name": "何穗", "phone": theirs.phone, "email": theirs.email})
    assert taken.status_code == 422
    assert "Another customer has this already." in taken.text
    assert owner.post(address, {"name": "何穗", "phone": "no number"}).status_code == 422
    assert owner.post(address, {"name": "何穗"}).status_code == 422
    assert known(shop, people["何穗"]).email == mine.email


def test_many_customers_get_and_lose_tags(owner, people, shop):
    chosen = {"ids": str(people["林知夏"]), "query": "?"}
    asked = owner.post("/customers/tag", chosen)
    assert "1 customer" in asked.text
    done = owner.post("/customers/tag", {**chosen, "add": "老客, 绿茶", "remove": ""})
    assert done.status_code == 303
    assert known(shop, people["林知夏"]).tags == ("绿茶", "老客")
    everyone = {"everything": "1", "query": "?view=all"}
    owner.post("/customers/tag", {**everyone, "add": "2026", "remove": "绿茶"})
    assert known(shop, people["林知夏"]).tags == ("2026", "老客")
    assert known(shop, people["许航"]).tags == ("2026",)
    assert len(rows(owner.get("/customers/?tag=2026").text)) == 3
    assert owner.post("/customers/tag", {"query": "?"}).status_code == 422


def test_export_is_permitted_noted_and_harmless(owner, hired, people, shop):
    with shop_bound(shop, SYSTEM):
        make_customer(name="=HYPERLINK(1)")
    file = owner.post("/customers/export/file", {"everything": "1", "query": "?", "format": "csv"})
    assert file.status_code == 200
    with open_sheet(file.data) as sheet:
        found = {row.cells[0]: row.cells for row in sheet.rows()}
    assert "'=HYPERLINK(1)" in file.data.decode("utf-8-sig")
    assert found["林知夏"][5:7] == ("2", "280.00")
    assert answers.noted[-1][:2] == (shop.shop_id, "customers.exported")
    assert answers.noted[-1][3] == {"customers": 4, "format": "csv"}
    workbook = owner.post(
        "/customers/export/file", {"ids": str(people["许航"]), "query": "?", "format": "xlsx"}
    )
    with open_sheet(workbook.data) as sheet:
        assert [row.cells[0] for row in sheet.rows()] == ["许航"]
    noted = len(answers.noted)
    helper = hired(shop, permissions=EVERYTHING - {"customers.export"})
    refused = helper.post("/customers/export/file", {"everything": "1", "query": "?", "format": "csv"})
    assert refused.status_code == 403
    assert "/customers/export" not in helper.get("/customers/").text
    assert len(answers.noted) == noted


def upload(browser, name, content):
    return browser.post(
        "/customers/import/", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def test_import_tells_first_then_completes_and_overwrites_nothing(owner, people, shop, files, run_jobs):
    there = known(shop, people["许航"])
    table = (
        "姓名,手机,邮箱,标签,营销同意,备注\n"
        f',{there.phone or ""},{there.email or ""},"老客，绿茶",是,爱喝绿茶\n'
        "新客,+86 139 0000 0001,,新,否,\n"
        "新客二,13900000001,New@Example.com,再来,,\n"
        "坏行,不是号码,,,,\n"
        ",,,,是,\n"
    ).encode("gb18030")
    asked = upload(owner, "顾客.csv", table)
    assert asked.status_code == 303, asked.text
    page = owner.get(asked.location.partition("localhost")[2] or asked.location)
    assert "Nothing has changed yet." in page.text
    assert "“不是号码” is not a phone number." in page.text
    assert len(everybody(shop)) == 3
    address = asked.location.rpartition("/")[2]
    assert owner.post(f"/customers/import/{address}/start").status_code == 303
    owner.post(f"/customers/import/{address}/start")
    run_jobs()
    found = everybody(shop)
    assert set(found) == {"林知夏", "许航", "何穗", "新客二"}
    assert (found["新客二"].phone, found["新客二"].email) == ("13900000001", "new@example.com")
    assert (found["新客二"].source, found["新客二"].marketing_consent) == ("import", False)
    after = known(shop, people["许航"])
    assert (after.name, after.marketing_consent, after.tags) == ("许航", True, ("绿茶", "老客"))
    page = owner.get(f"/customers/import/{address}")
    assert "All rows are through." in page.text


def path_of(answer):
    return answer.location.partition("localhost")[2] or answer.location


def test_columns_of_a_file_are_chosen_and_remembered(owner, shop, people, files, run_jobs):
    table = "称呼,联系方式,老客编号\n小雨,13900000011,7\n坏行,没有,8\n".encode()
    asked = upload(owner, "老客.csv", table)
    columns = path_of(asked)
    assert columns.endswith("/columns")
    page = owner.get(columns).text
    assert "小雨" in page
    assert "Still needed: phone number or e-mail address." in page
    twice = owner.post(columns, {"column-0": "phone", "column-1": "phone"})
    assert twice.status_code == 422
    assert "“Phone” is chosen for two columns." in twice.text
    assert owner.post(columns, {"column-0": "name"}).status_code == 422
    checked = path_of(owner.post(columns, {"column-0": "name", "column-1": "phone", "column-2": ""}))
    plan = owner.get(checked).text
    assert "Import 1 customer" in plan
    assert "“没有” is not a phone number." in plan
    owner.post(f"{checked}/start")
    run_jobs()
    assert everybody(shop)["小雨"].phone == "13900000011"
    # The same columns in another order are known by now; somebody who only looked leaves nothing behind.
    again = path_of(upload(owner, "老客2.csv", "老客编号,称呼,联系方式\n9,小雪,13900000012\n".encode()))
    assert "Import 1 customer" in owner.get(again).text
    assert owner.post(f"{again}/cancel").status_code == 303
    assert owner.get(again).status_code == 404
    assert owner.post(f"{checked}/cancel").status_code == 303
    assert owner.get(checked).status_code == 200


def test_messages_of_a_customer_lead_to_the_outbox_and_keep_codes_to_themselves(owner, hired, shop, people):
    with shop_bound(shop, SYSTEM):
        with reading():
            phone = customer(people["许航"]).phone or customer(people["许航"]).email
        send_login_code(contact=phone)
        run_due_jobs()
        with reading():
            code = session().scalars(select(Message.body).where(Message.recipient == phone)).first()
    assert re.search(r"\d{6}", code)
    page = owner.get(f"/customers/{people['许航']}").text
    assert re.search(r"\d{6}", code)[0] not in page
    address = f"/messages/?customer={people['许航']}"
    listed = owner.get(address)
    assert listed.status_code == 200
    assert "许航" in listed.text
    assert owner.get("/messages/?customer=00000000-0000-7000-8000-000000000000").status_code == 400


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.xlsx", b"PK\x03\x04half"),
        ("a.csv", b"\x00\x01\x02\xff\xfe" * 50),
    ],
)
def test_file_that_is_no_table_of_customers_is_refused_in_words(owner, files, name, content):
    answer = upload(owner, name, content)
    assert answer.status_code in (413, 422), answer.text
    assert "pp-note bad" in answer.text


def built(*conditions, name="", **more):
    fields = {"name": name, "match": "all", "g0-match": "all", **more}
    for place, (kind, operator, value) in enumerate(conditions):
        fields |= {f"g0-c{place}-kind": kind, f"g0-c{place}-operator": operator, f"g0-c{place}-value": value}
    return fields


def test_segment_is_built_counted_saved_and_used_as_a_filter(owner, people):
    looked = owner.post(
        "/segments/new", built(("orders", "at_least", "2"), ("spent", "at_least", "280"), _do="look")
    )
    assert looked.status_code == 200
    assert "林知夏" in looked.text
    assert "许航" not in looked.text
    changed = owner.post("/segments/new", built(("orders", "at_least", "2"), _do="add:0"))
    assert 'name="g0-c1-kind"' in changed.text
    saved = owner.post("/segments/new", built(("spent", "at_least", "280"), name="常客"))
    assert saved.status_code == 303
    key = saved.location.rpartition("/")[2]
    assert 'value="280.00"' in owner.get(f"/segments/{key}").text
    assert len(rows(owner.get(f"/customers/?segment={key}").text)) == 1
    taken = owner.post("/segments/new", built(("orders", "exactly", "0"), name="常客"))
    assert taken.status_code == 422
    assert "Another segment has this name." in taken.text
    assert owner.post(f"/segments/{key}/delete").status_code == 303
    assert owner.get(f"/segments/{key}").status_code == 404


@pytest.mark.parametrize(
    "condition",
    [
        ("orders", "at_least", "many"),
        ("spent", "at_least", "1e9"),
        ("last_order", "within", "0"),
        ("tag", "is", "没有的"),
    ],
)
def test_condition_that_says_nothing_is_named_and_not_saved(owner, people, condition):
    answer = owner.post("/segments/new", built(condition, name="坏"))
    assert answer.status_code == 422
    assert 'class="err"' in answer.text


def test_link_is_made_shown_and_drawn(owner, shop):
    made = owner.post(
        "/links/new",
        {
            "title": "海报",
            "target": f"http://{shop.handle}.localhost:8000/products/x",
            "kind": "qr",
            "cost": "90",
        },
    )
    assert made.status_code == 303, made.text
    page = owner.get(made.location.partition("localhost")[2] or made.location)
    assert "/products/x" in page.text
    ref = made.location.rpartition("/")[2]
    assert owner.get(f"/links/{ref}/code.svg").mimetype == "image/svg+xml"
    assert owner.get(f"/links/{ref}/code.png").data.startswith(b"\x89PNG")
    assert owner.get(f"/links/{ref}/code.exe").status_code == 404
    assert owner.post("/links/new", {"title": "坏", "target": "https://evil.example/"}).status_code == 422
    assert owner.get("/links/sources").status_code == 200


def test_page_of_sources_shows_a_hundred_and_counts_the_rest(owner, in_shop):
    for number in range(103):
        make_customer(source=f"utm:campaign {number:03}")
    page = owner.get("/links/sources").text
    assert page.count("campaign ") == 100
    assert "3 more sources brought fewer people." in page


def figures(owner):
    """What the figures of the first page say, and how many customers the list behind each holds; by label."""
    found = re.findall(
        r'<a class="pp-stat" href="([^"]*/customers/[^"]*)">(.*?)</a>', owner.get("/").text, re.DOTALL
    )
    said = {}
    for address, inner in found:
        label, value, note = (
            re.search(part, inner, re.DOTALL)[1]
            for part in (r'what clip">(.*?)</div>', r"value[^>]*>(.*?)</div>", r't-3 clip">(.*?)</div>')
        )
        said[label] = value.strip(), note.strip(), len(rows(owner.get(html.unescape(address)).text))
    return said


def test_figures_of_coming_and_coming_back_open_exactly_their_customers(owner, shop, gateway, clock):
    """Who bought twice long ago is neither new nor coming back; who bought then and now comes back, but not twice."""
    with shop_bound(shop, SYSTEM):
        goods = make_product(prices=[12_800])
        method = {"kind": "method", "id": str(make_shipping())}

        def buys(customer_id):
            pay(gateway, Buyer(customer_id, method).order([(goods.variant_id, 1)]).order_id)

        gone, back = make_customer(name="去年来过"), make_customer(name="又来了")
        for one in (gone, gone, back):
            buys(one)
        clock.advance(days=120)
        twice, once = make_customer(name="常来"), make_customer(name="新来")
        for one in (back, twice, twice, once):
            buys(one)
    said = figures(owner)
    assert said["New customers"] == ("2", "in the last 30 days", 2)
    assert said["Repurchase rate"] == ("33.3%", "1 of 3 buyers, 90 days", 1)
    assert said["Returning buyers"] == ("2", "of 3 buyers, 90 days", 2)


def test_pages_without_permission_are_refused(hired, people, shop):
    helper = hired(shop, permissions=EVERYTHING - MINE)
    for path in ("/customers/new", "/customers/export", "/customers/import/", "/segments/", "/links/"):
        assert helper.get(path).status_code == 403, path
    assert helper.post(f"/customers/{people['何穗']}/notes", {"text": "x"}).status_code == 403
