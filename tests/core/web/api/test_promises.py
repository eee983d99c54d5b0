"""What every address promises: problems, ETags, keys, limits, pages."""

import json
import threading

import pytest

from core.commerce.catalog.queries import stored_product
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_customer, make_product
from core.web.api.limits import EXTENSION
from core.web.api.operations import path_names
from tests.core.web.api.bodies import request_of


@pytest.fixture
def goods(shop):
    with shop_bound(shop, SYSTEM):
        return make_product(title="Pot")


def draft_of(program, product_id):
    answer = program.get(f"/products/{product_id}")
    draft = answer.json["stored"]["draft"]
    return answer.headers["ETag"], {"draft": draft, "stock": ["leave"] * len(draft["variants"])}


def test_a_problem_speaks_the_language_that_is_asked_for(program, shop):
    english = program(shop).get("/nothing", headers={"Accept-Language": "en"})
    chinese = program(shop).get(f"/orders/{new_id()}", headers={"Accept-Language": "zh-CN,en;q=0.5"})
    assert (english.status_code, english.mimetype) == (404, "application/problem+json")
    assert english.json["code"] == "api.not_found"
    assert english.json["type"] == "urn:pinpu:problem:api.not_found"
    assert chinese.headers["Content-Language"] == "zh-CN"
    assert chinese.json["title"] == "没有找到要看的内容。"


def test_a_method_that_there_is_not_is_405_with_those_that_there_are(program, shop):
    answer = program(shop).call("DELETE", "/orders")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_what_no_program_may_send_is_refused_on_every_address(operations, program, shop, enable):
    for plugin in {one.plugin for one in operations} - {""}:
        enable(shop, plugin)
    caller = program(shop)
    writes = [one for one in operations if one.method != "GET" and request_of(one)["json"]]
    assert len(writes) > 60
    for one in writes:
        path = one.rule
        for name in path_names(one.declared.path):
            path = path.replace(f"<uuid:{name}>", str(new_id())).replace(f"<int:{name}>", "1")
            path = path.replace(f"<{name}>", "nothing")
        given = request_of(one)
        text = json.dumps(given["json"])
        bad = {
            415: {"data": text, "content_type": "text/plain"},
            400: {"data": text[:-1], "content_type": "application/json"},
            422: {"json": {**given["json"], "nobody_asked": 1}},
        }
        for status, more in bad.items():
            answer = caller.call(one.method, path, headers=given["headers"], **more)
            assert answer.status_code == status, (one, status, answer.text)
    for raw in (b"\xff\xfe", b'{"a": NaN}', b"[" * 5000, b"7" * 6000, b'"\\ud800"', b'{"a":"\\u0000"}'):
        answer = caller.call("POST", "/customers", data=raw, content_type="application/json")
        assert answer.status_code in (400, 422), raw[:20]


def test_a_body_that_is_too_large_is_413(program, shop):
    answer = program(shop).call(
        "POST", "/customers", data=b'"' + b"x" * 1_100_000 + b'"', content_type="application/json"
    )
    assert (answer.status_code, answer.json["code"]) == (413, "api.too_large")


def test_a_filter_that_there_is_not_is_refused_by_name(program, shop):
    answer = program(shop).get("/orders?colour=red&financial=rich&placed_since=yesterday&limit=0")
    assert answer.status_code == 422
    assert set(answer.json["fields"]) == {"colour", "financial", "placed_since", "limit"}


def test_pages_follow_each_other_and_lose_nobody(program, shop):
    with shop_bound(shop, SYSTEM):
        made = {str(make_customer(name=f"Buyer {n}")) for n in range(5)}
    caller, found, address = program(shop), [], "/customers?limit=2"
    while address:
        answer = caller.get(address)
        found += [one["id"] for one in answer.json["items"]]
        address = answer.headers.get("Link", "").partition("<http://127.0.0.1")[2].partition(">")[0]
        assert bool(address) == (answer.json["next"] is not None)
    assert len(found) == 5
    assert set(found) == made


def test_what_has_not_changed_is_not_sent_again(program, shop, goods):
    caller = program(shop)
    first = caller.get(f"/products/{goods.id}")
    again = caller.get(f"/products/{goods.id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_change_of_what_has_changed_is_412_and_loses_nothing(program, shop, goods):
    caller = program(shop)
    etag, body = draft_of(caller, goods.id)
    body["draft"]["title"] = "First"
    assert caller.put(f"/products/{goods.id}", body, headers={"If-Match": etag}).status_code == 200
    body["draft"]["title"] = "Second"
    late = caller.put(f"/products/{goods.id}", body, headers={"If-Match": etag})
    assert (late.status_code, late.json["code"]) == (412, "api.stale")
    assert caller.get(f"/products/{goods.id}").json["stored"]["draft"]["title"] == "First"


@pytest.mark.race
def test_of_two_writers_with_one_etag_one_wins(program, shop, goods):
    caller = program(shop)
    etag, body = draft_of(caller, goods.id)
    gate, said = threading.Barrier(4), []

    def write(title):
        mine = {**body, "draft": {**body["draft"], "title": title}}
        gate.wait()
        said.append(caller.put(f"/products/{goods.id}", mine, headers={"If-Match": etag}).status_code)

    threads = [threading.Thread(target=write, args=(f"Title {n}",)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == [200, 412, 412, 412]


def test_a_repeated_request_gets_the_first_ones_answer(program, shop):
    caller, key = program(shop), {"Idempotency-Key": "made-once-0001"}
    body = {"name": "urgent", "colour": "red"}
    first = caller.post("/order-tags", body, headers=key)
    again = caller.post("/order-tags", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(caller.get("/order-tags").json["items"]) == 1


def test_one_key_for_two_requests_is_422_and_does_nothing(program, shop):
    caller, key = program(shop), {"Idempotency-Key": "made-once-0002"}
    assert caller.post("/order-tags", {"name": "one", "colour": "red"}, headers=key).status_code == 201
    other = caller.post("/order-tags", {"name": "two", "colour": "red"}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "kernel.key_reused")
    assert [one["name"] for one in caller.get("/order-tags").json["items"]] == ["one"]


@pytest.mark.race
def test_eight_equal_requests_at_once_have_one_effect(program, shop):
    caller, key = program(shop), {"Idempotency-Key": "made-once-0003"}
    gate, said = threading.Barrier(8), []

    def send():
        gate.wait()
        said.append(caller.post("/order-tags", {"name": "once", "colour": "red"}, headers=key))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.status_code for one in said} == {201}
    assert len({one.json["id"] for one in said}) == 1


def test_money_moves_under_a_key_only(operations, program, shop, enable):
    for plugin in {one.plugin for one in operations} - {""}:
        enable(shop, plugin)
    caller = program(shop)
    moving = [one for one in operations if getattr(one.declared, "moves_money", False)]
    assert len(moving) >= 9
    for one in moving:
        path = one.rule
        for name in path_names(one.declared.path):
            path = path.replace(f"<uuid:{name}>", str(new_id()))
        answer = caller.call("POST", path, json=request_of(one)["json"])
        assert (answer.status_code, answer.json["code"]) == (400, "api.key_needed"), one


def test_a_token_is_told_its_limit_and_when_it_is_reached(admin_api, program, shop, other_shop):
    admin_api.extensions[EXTENSION].reset()
    caller = program(shop, "orders.read")
    first = caller.get("/me")
    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("600", "599")
    assert int(first.headers["RateLimit-Reset"]) <= 61
    for _ in range(599):
        last = caller.call("GET", "/me", headers={"If-None-Match": first.headers["ETag"]})
    assert last.status_code == 304
    over = caller.get("/me")
    assert (over.status_code, over.json["code"]) == (429, "api.too_many")
    assert int(over.headers["Retry-After"]) <= 61
    admin_api.extensions[EXTENSION].reset()


def test_what_a_program_does_stands_under_both_names(program, shop, goods):
    caller = program(shop)
    made = caller.post(
        "/customers", {"name": "A", "email": "a@example.com", "phone": "", "marketing_consent": False}
    )
    assert made.status_code == 201
    assert caller.post(f"/customers/{made.json['id']}/notes", {"text": "Called."}).status_code in (200, 204)
    notes = caller.get(f"/customers/{made.json['id']}/notes").json["items"]
    assert [one["author"] for one in notes] == ["沈青 · ERP"]


def test_stock_is_set_for_many_at_once_or_not_at_all(program, shop, goods):
    caller, variant = program(shop), str(goods.variant_id)
    assert caller.put("/stock", {"levels": {variant: 12}}).status_code == 204
    assert caller.get(f"/stock?product_id={goods.id}").json["items"][0]["available"] == 12
    assert caller.put("/stock", {"levels": {variant: 5, str(new_id()): 1}}).status_code == 404
    assert caller.put("/stock", {"levels": {variant: -1}}).status_code == 422
    assert caller.get(f"/stock?product_id={goods.id}").json["items"][0]["on_hand"] == 12
    with shop_bound(shop, SYSTEM), reading():
        assert stored_product(goods.id).draft.title == "Pot"


def test_money_of_another_currency_is_refused(program, shop, goods):
    caller = program(shop)
    _, body = draft_of(caller, goods.id)
    body["draft"]["variants"][0]["price"]["currency"] = "USD"
    answer = caller.put(f"/products/{goods.id}", body)
    assert answer.status_code == 422
    assert "CNY" in json.dumps(answer.json["fields"], ensure_ascii=False)


def test_the_reference_and_the_document_are_for_everybody(admin_api):
    reader = admin_api.test_client()
    assert "Idempotency-Key" in reader.get("/api/admin/v1/reference").text
    assert reader.get("/api/admin/v1/openapi.json").json["openapi"] == "3.1.0"


def test_pages_of_other_origins_may_ask_the_storefront_only(program, shop, platform):
    from core.web.api.store.rooms import make_store_api

    origin = {"Origin": "https://app.example.com"}
    assert "Access-Control-Allow-Origin" not in program(shop).get("/me", headers=origin).headers
    asked = make_store_api(platform).test_client().options("/api/v1/products", headers=origin)
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
