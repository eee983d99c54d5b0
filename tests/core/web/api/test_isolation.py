"""Every address of the admin API, asked for things of another shop: the answer is that of things that do not exist."""

import pytest

from core.commerce.merchandising.queries import import_run
from core.commerce.orders.queries import order
from core.kernel.db import reading
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.files import files as files
from core.web.api.operations import path_names
from tests.core.web.api.bodies import request_of
from tests.core.web.console.test_isolation import theirs as theirs

# What an argument of an address is called → what of the other shop it names.
NAMES = {
    "order_id": "console_orders",
    "refund_id": "refund_ref",
    "shipment_id": "shipment_ref",
    "case_id": "console_aftersale",
    "review_id": "console_reviews",
    "product_id": "console_products",
    "collection_id": "console_collections",
    "customer_id": "console_customers",
    "link_id": "console_links",
    "segment_id": "console_segments",
    "import_id": "console_customer_imports",
    "method_id": "console_settings.local",
    "slot_id": "slot",
    "point_id": "console_settings.point",
    "tag_id": "console_tags",
    "page_id": "console_design",
    "ref": "console_design",
    "message_id": "console_messages",
    "backtest_id": "console_promotions",
    "endpoint_id": "console_webhooks.endpoint",
    "delivery_id": "console_webhooks.delivery",
    "difference_id": "nothing",
    "asset_id": "asset",
    "account_id": "account",
}
# Their addresses name topics and ways of sending, which all shops have.
OF_ALL_SHOPS = ("/message-channels/", "/message-templates/")


@pytest.fixture
def things(theirs, other_shop, owner_engine):
    from sqlalchemy import text

    with owner_engine.connect() as connection:
        asset = connection.execute(
            text("SELECT id FROM media_asset WHERE shop_id = :shop LIMIT 1"), {"shop": other_shop.shop_id}
        ).scalar_one()
    return {**theirs, "asset": asset, "account": new_id()}


def both(operation, things):
    """The address with ids of the other shop, and with ids of nobody."""
    foreign, missing = operation.rule, operation.rule
    for name in path_names(operation.declared.path):
        kind = NAMES.get(name)
        if name == "run_id":
            kind = "console_bulk" if "/bulk-runs/" in operation.rule else "console_imports"
        for form in (f"<uuid:{name}>", f"<int:{name}>", f"<{name}>"):
            number = form.startswith("<int:")
            foreign = foreign.replace(form, "1" if number else str(things.get(kind, new_id())))
            missing = missing.replace(form, "1" if number else str(new_id()))
    return foreign, missing


def of_core(operations):
    return [
        one
        for one in operations
        if path_names(one.declared.path)
        and not one.plugin
        and not any(part in one.rule for part in OF_ALL_SHOPS)
    ]


def tells(answer):
    """Whether something of the other shop stands in an answer."""
    return "Secret" in answer.text or "secret@" in answer.text or "secret." in answer.text


def without_id(answer):
    return {name: told for name, told in (answer.json or {}).items() if name != "request_id"}


@pytest.mark.slow
def test_ids_of_another_shop_are_ids_of_nothing(operations, program, shop, things, other_shop):
    caller, wrong, tried = program(shop), [], of_core(operations)
    for one in tried:
        given = request_of(one)
        answers = [caller.call(one.method, address, **given) for address in both(one, things)]
        fits = [answer.status_code for answer in answers] == [404, 404]
        if not fits or without_id(answers[0]) != without_id(answers[1]) or tells(answers[0]):
            wrong.append((one.method, one.rule, [(answer.status_code, answer.text) for answer in answers]))
    assert wrong == []
    assert len(tried) >= 90
    with shop_bound(other_shop, SYSTEM), reading():
        row = order(things["console_orders"])
        assert (row.lifecycle, row.fulfilment, row.refunded_minor) == ("placed", "unfulfilled", 12_800)
        assert import_run(things["console_imports"]).state == "checked"


def test_lists_show_nothing_of_another_shop(operations, program, shop, things, enable):
    for plugin in {one.plugin for one in operations} - {""}:
        enable(shop, plugin)
    caller, seen = program(shop), 0
    for one in operations:
        if one.method == "GET" and not path_names(one.declared.path):
            answer = caller.get(one.rule)
            assert answer.status_code == 200, (one, answer.text)
            assert not tells(answer), one
            assert str(things["console_orders"]) not in answer.text
            seen += 1
    assert seen >= 25


def test_each_shop_reads_its_own(program, other_shop, things):
    caller = program(other_shop)
    found = caller.get(f"/orders/{things['console_orders']}").json
    assert found["total"]["currency"] == "USD"
    assert "Secret pot" in caller.get("/products").text
