"""Every address of the console, asked for things of another shop: the answer is that of things that do not exist."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from core.commerce.audiences.actions import save_segment
from core.commerce.audiences.rules import Condition, all_of
from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.commerce.content.actions import make_page
from core.commerce.customers.imports import check_customers_file
from core.commerce.fulfilment.actions import ship_order
from core.commerce.fulfilment.bulk_runs import begin_bulk_run, carry_out_bulk_run, start_bulk_run
from core.commerce.fulfilment.selections import Selection
from core.commerce.fulfilment.shipment_corrections import undo_shipment
from core.commerce.media.actions import store_asset
from core.commerce.merchandising.import_uploads import check_products_file
from core.commerce.messages.models import Message
from core.commerce.orders.queries import order
from core.commerce.orders.tagging import save_tag
from core.commerce.payments.actions.refund import preview_refund, refund_units
from core.commerce.payments.models import Difference, Reconciliation
from core.commerce.promotions.models import Backtest
from core.commerce.reviews.actions import submit_review
from core.commerce.reviews.drafts import ReviewDraft
from core.commerce.shipping.actions import save_method, save_slots
from core.commerce.shipping.queries import slots_by_method, stored_methods, stored_points
from core.commerce.shops.opening import Window
from core.commerce.sources.actions import LinkDraft, make_shop_link, save_link
from core.commerce.webhooks.actions import announce
from core.commerce.webhooks.models import Delivery, Endpoint
from core.commerce.webhooks.signing import new_secret
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing.buying import Buyer
from core.testing.goods import make_customer, make_pickup_point, make_product, make_shipping
from core.web.console.entry import SHOP_ARGUMENT
from tests.core.commerce.aftersale.opened import opened_case, picture_code
from tests.core.commerce.merchandising.files import table
from tests.core.web.console.orders_at_hand import keys_of, paid_order
from tests.core.web.console.test_entry import words

# Addresses that name nothing of a shop's data beyond the shop itself, or that are not about shops.
WITHOUT_IDS = {"console_find.find", "console_home.home"}


def customers_things():
    """A customer, a link, a segment and a file of customers of the bound shop."""
    return {
        "console_customers": make_customer(name="Secret Buyer"),
        "console_links": save_link(draft=LinkDraft(title="Secret link", target="/")),
        "console_segments": save_segment(
            name="Secret circle", rule=all_of(Condition("orders", "exactly", "0"))
        ),
        "console_customer_imports": check_customers_file(
            file_name="secret.csv", content=b"name,email\nSecret,secret@example.com\n"
        ),
    }


@command("system")
def secret_message():
    """A message of the bound shop."""
    row = Message(topic="orders.paid", channel="email", recipient="secret@example.com", body="Secret")
    session().add(row)
    session().flush()
    return row.id


@command("system")
def secret_backtest():
    """A promotion of the bound shop that was tried on past orders."""
    row = Backtest(id=new_id(), plugin="secret", since=now() - timedelta(days=30), until=now(), moment=now())
    session().add(row)
    session().flush()
    return row.id


@command("system")
def secret_webhook():
    """An endpoint of the bound shop, and what is on its way there."""
    row = Endpoint(place=1, url="https://secret.example.com/", secret=new_secret(), topics=[])
    session().add(row)
    session().flush()
    announce(event_id=new_id(), topic="orders.order_paid", at=now(), data={})
    return row.id, session().scalars(select(Delivery.id)).one()


def secret_review(order_id):
    """A review of the bound shop."""
    with reading():
        found = order(order_id)
    with acting_as(Actor("customer", found.customer_id)):
        draft = ReviewDraft(stars=1, text="Secret")
        return submit_review(order_code=found.code, line_id=found.lines[0].id, draft=draft).id


@pytest.fixture
def theirs(platform, other_shop, gateway, files):
    """Something of each kind in the other shop: id by the blueprint whose pages are about it."""
    with shop_bound(other_shop, SYSTEM):
        goods = make_product(title="Secret pot")
        method = {"kind": "method", "id": str(make_shipping())}
        order_id = paid_order(
            Buyer(make_customer(name="Secret Person"), method), gateway, [(goods.variant_id, 2)]
        )
        wanted = {keys_of(order_id)[0]: 1}
        amount = preview_refund(order_id=order_id, wanted=wanted).amount
        refund_id = refund_units(
            order_id=order_id, wanted=wanted, include_shipping=False, reason="", confirmed_amount=amount
        )
        make_pickup_point()
        local = save_method(name="Secret way", fee_minor=1, free_from_minor=None, kind="local", area={})
        save_slots(method_id=local, weekdays=[0], window=Window(60, 120), cutoff_minutes=0, capacity=1)
        target = io.BytesIO()
        Image.new("RGB", (20, 20)).save(target, "PNG")
        picture = store_asset(content=target.getvalue()).picture.url.removeprefix("/media/")
        with reading():
            ids = {
                "console_settings.method": next(one.id for one in stored_methods() if one.id != local),
                "console_settings.local": local,
                "slot": slots_by_method()[local][0].id,
                "console_settings.point": stored_points()[0].id,
            }
        tag = save_tag(name="Secret tag", colour="red")
        run_id = begin_bulk_run(kind="tag", selection=Selection((order_id,)))
        made = begin_bulk_run(kind="slips", selection=Selection((order_id,)))
        start_bulk_run(run_id=made)
        carry_out_bulk_run(run_id=made)
        shipment = ship_order(order_id=order_id, units=wanted, carrier="sf", tracking_number="SECRET1")
        review = secret_review(order_id)
        undo_shipment(shipment_id=shipment)
        case = opened_case(order_id)
        endpoint_id, delivery_id = secret_webhook()
        return ids | {
            "console_webhooks.endpoint": endpoint_id,
            "console_webhooks.delivery": delivery_id,
            "console_aftersale": case.id,
            "console_reconciliation": secret_difference(),
            "console_reviews": review,
            "picture_ref": picture_code(case.id),
            "console_bulk": run_id,
            "console_messages": secret_message(),
            "console_promotions": secret_backtest(),
            "console_pickup": order_id,
            "console_tags": tag,
            "console_corrections": order_id,
            "order_ref": order_id,
            "shipment_ref": shipment,
            "console_orders": order_id,
            **customers_things(),
            "console_products": goods.id,
            "console_collections": save_collection(draft=CollectionDraft(title="Secret shelf")),
            "console_imports": check_products_file(
                file_name="secret.csv", content=table({"handle": "a", "title": "A", "price": "1"})
            ),
            "console_design": make_page(
                kind="page",
                slug="secret-story",
                document={
                    "meta": {"title": "Secret story"},
                    "sections": {"s1": {"type": "divider", "settings": {}}},
                    "order": ["s1"],
                },
            ),
            "section": "s1",
            "code": make_shop_link(target="/", title="Secret link").code,
            "refund_ref": refund_id,
            "place": picture,
        }


@command("system")
def secret_difference():
    """A movement that only the provider lists."""
    day = Reconciliation(
        gateway="test", mode="test", day=date(2026, 1, 1), movements=1, currency="CNY", compared_at=now()
    )
    session().add(day)
    session().flush()
    one = Difference(
        reconciliation_id=day.id,
        key="payment:secret",
        what="missing_here",
        subject="payment",
        gateway_ref="Secret",
        theirs_minor=1,
        currency="CNY",
        occurred_at=now(),
    )
    session().add(one)
    session().flush()
    return one.id


def requests_of(console, theirs):
    """Each (method, endpoint, arguments with ids of the other shop, arguments with ids of nobody)."""
    for rule in console.url_map.iter_rules():
        names = rule.arguments - {SHOP_ARGUMENT, "kind"}
        fixed = {"kind": "csv"} if "kind" in rule.arguments else {}
        if SHOP_ARGUMENT not in rule.arguments or not names or not rule.endpoint.startswith("console_"):
            continue
        blueprint, _, view = rule.endpoint.partition(".")
        if blueprint in ("console_message_settings", "console_payments"):
            continue  # their addresses name topics, channels and gateways, which all shops have
        kind = blueprint
        if blueprint == "console_settings":
            kinds = {"point": "point", "move_point": "point", "method": "method", "move_method": "method"}
            kind = f"{blueprint}.{kinds.get(view, 'local')}"
        if blueprint == "console_webhooks":
            kind = f"{blueprint}.{'delivery' if view in ('sent', 'again') else 'endpoint'}"
        foreign = {name: str(theirs[kind] if name == "ref" else theirs[name]) for name in names}
        nobody = {"place": f"{'a' * 40}/full.png", "code": "nobody00"}
        missing = {name: nobody.get(name, str(new_id())) for name in names}
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            yield method, rule.endpoint, foreign | fixed, missing | fixed


def test_ids_of_another_shop_are_ids_of_nothing(console, owner, theirs):
    owner.get("/")
    seen = set()
    for method, endpoint, foreign, missing in requests_of(console, theirs):
        with console.test_request_context(base_url="http://localhost"):
            adapter = console.create_url_adapter(None) or console.url_map.bind("localhost")
            addresses = [
                adapter.build(endpoint, {**values, SHOP_ARGUMENT: owner.home.rpartition("/")[2]})
                for values in (foreign, missing)
            ]
        data = {"status": "draft", "to": "up", "text": "x", "title": "x", "name": "x", "_confirmed": "1"}
        answers = [owner.get(one) if method == "GET" else owner.post(one, dict(data)) for one in addresses]
        assert [one.status_code for one in answers] == [404, 404], (method, endpoint)
        assert words(answers[0]) == words(answers[1]), (method, endpoint)
        assert "Secret" not in answers[0].text
        seen.add((method, endpoint))
    assert len(seen) >= 25


def test_nothing_of_another_shop_was_touched(console, owner, theirs, other_shop):
    from core.commerce.merchandising.queries import import_run, products_index
    from core.commerce.orders.queries import order

    test_ids_of_another_shop_are_ids_of_nothing(console, owner, theirs)
    with shop_bound(other_shop, SYSTEM), reading():
        row = order(theirs["console_orders"])
        assert (row.lifecycle, row.fulfilment, row.refunded_minor) == ("placed", "unfulfilled", 12_800)
        assert [one.title for one in products_index(view="active").rows] == ["Secret pot"]
        assert import_run(theirs["console_imports"]).state == "checked"


def test_lists_show_nothing_of_another_shop(owner, theirs):
    for path in (
        "/",
        "/settings/webhooks/",
        "/settings/webhooks/deliveries",
        "/settings/reconciliation/",
        "/orders/?view=all",
        "/reviews/",
        "/customers/",
        "/customers/import/",
        "/segments/",
        "/links/",
        "/messages/",
        "/links/sources",
        "/products/",
        "/collections/",
        "/design/",
        "/products/import/",
        "/settings/",
        "/find/?q=Secret",
    ):
        answer = owner.get(path)
        assert answer.status_code == 200
        assert "secret" not in answer.text.lower(), path
