"""The example shops are filled with the real actions: complete, sound, once, and from where a first try broke off."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.commerce.aftersale.models import Case
from core.commerce.catalog.models import Variant
from core.commerce.content.queries import published_page
from core.commerce.reservations.stock import stock_of
from core.commerce.shops.queries import scope_of_handle, shop_settings
from core.jobs.audit import findings
from core.kernel import clock as kernel_clock
from core.kernel.clock import FileClock, now
from core.kernel.db import make_engine, reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.rendering.pages import read_page
from core.rendering.sections import core_block_types
from core.testing import cluster
from core.testing.gateway.server import in_thread
from tenants.actions.logins import log_in, staff_of_token
from tenants.demo import month, seed
from tenants.demo.content import shop_contents
from tenants.demo.people import PASSWORD, PEOPLE
from tenants.demo.trade import Trade
from tests.tenants.conftest import real_tenants

pytestmark = pytest.mark.slow
ORDERS = 26


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class Installation:
    """What the seed wrote, as the owner of the tables sees it."""

    def __init__(self, settings, said, first_openings, begun):
        self.settings, self.said, self.openings, self.begun = settings, said, first_openings, begun
        self.owner = make_engine(settings.database_owner_url, pool_size=1, guarded=False)

    def rows(self, sql):
        with self.owner.connect() as connection:
            return connection.execute(text(sql)).all()

    def one(self, sql):
        return self.rows(sql)[0][0]

    def counts(self):
        tables = self.rows(
            "SELECT schemaname || '.' || tablename FROM pg_tables"
            " WHERE schemaname IN ('public', 'platform') OR schemaname LIKE 'plugin%' ORDER BY 1"
        )
        return {name: self.one(f"SELECT count(*) FROM {name}") for (name,) in tables}


@pytest.fixture(scope="module")
def filled(stand_in, tmp_path_factory):
    """A fresh installation: the first seed breaks off in the middle, the second one finishes."""
    server, template = os.environ[cluster.SERVER_VARIABLE], os.environ[cluster.TEMPLATE_VARIABLE]
    addresses = cluster.clone(server, template)
    home = tmp_path_factory.mktemp("demo")
    clock_file = home / "clock"
    clock_file.write_text("0")
    patch = pytest.MonkeyPatch()
    patch.setattr(month, "ORDERS", ORDERS)
    try:
        with in_thread(home / "gateway", refund_seconds=2.0) as gateway, real_tenants(
            stand_in,
            home=home,
            database_url=addresses.database_url,
            database_owner_url=addresses.database_owner_url,
            database_platform_url=addresses.database_platform_url,
            clock_file=clock_file,
            test_gateway_url=gateway.base_url,
        ) as booted:  # fmt: skip
            begun, said = now(), []
            ship = Trade._end
            ended = iter(range(1_000))

            def breaks_off(trade, order):
                if next(ended) == 9:
                    raise Interrupted
                ship(trade, order)

            patch.setattr(Trade, "_end", breaks_off)
            with pytest.raises(Interrupted):
                seed.seed(booted.settings, said.append)
            patch.setattr(Trade, "_end", ship)
            FileClock(clock_file).move_to(begun)
            openings = seed.seed(booted.settings, said.append)
            yield Installation(booted.settings, said, openings, begun)
    finally:
        patch.undo()
        kernel_clock.install_system_clock()
        cluster.drop(server, addresses.database_url.rsplit("/", 1)[1])


@pytest.fixture(params=[one.handle for one in shop_contents()])
def shop_content(request, filled):
    content = next(one for one in shop_contents() if one.handle == request.param)
    with shop_bound(scope_of_handle(content.handle), SYSTEM), reading():
        yield content


def test_each_shop_has_its_month_of_orders(filled):
    assert filled.rows("SELECT shop_id, count(*) FROM orders_order GROUP BY 1 ORDER BY 1") == [
        (1, ORDERS),
        (2, ORDERS),
    ]
    numbers = filled.rows("SELECT DISTINCT left(number, 2) FROM orders_order ORDER BY 1")
    assert [one for (one,) in numbers] == ["HL", "QS"]


def test_every_invariant_holds(filled):
    assert list(findings()) == []


def test_seeding_again_changes_nothing(filled):
    before = filled.counts()
    again = seed.seed(filled.settings, filled.said.append)
    assert filled.counts() == before
    assert again == filled.openings


def test_each_shop_has_links_to_share_and_tags_on_orders(filled):
    for table, least in (("sources_link", 3), ("orders_tag", 3), ("orders_tagged_order", 5)):
        counts = [row.n for row in filled.rows(f"SELECT count(*) AS n FROM {table} GROUP BY shop_id")]
        assert len(counts) == 2, table
        assert min(counts) >= least, table


def test_orders_lie_in_the_last_month_and_nothing_lies_in_the_future(filled):
    first, last = filled.rows("SELECT min(placed_at), max(placed_at) FROM orders_order")[0]
    assert filled.begun - timedelta(days=month.TRADING + 1) < first
    assert last < filled.begun
    assert filled.one("SELECT max(at) FROM orders_entry") <= now()
    assert filled.one("SELECT max(captured_at) FROM payments_payment") <= now()


def test_orders_are_in_every_state_that_a_merchant_meets(filled):
    states = {
        tuple(row)
        for row in filled.rows("SELECT DISTINCT lifecycle, financial, fulfilment FROM orders_order")
    }
    assert {
        ("placed", "paid", "fulfilled"),
        ("placed", "paid", "unfulfilled"),
        ("placed", "unpaid", "unfulfilled"),
        ("cancelled", "unpaid", "unfulfilled"),
    } <= states
    assert filled.one("SELECT count(*) FROM payments_refund WHERE state <> 'done'") == 0


def test_money_came_through_the_gateway_and_timelines_tell_it(filled):
    captured = filled.rows(
        "SELECT gateway, gateway_ref, captured_at FROM payments_payment WHERE state = 'captured'"
    )
    assert captured
    assert all(row.gateway == "test" and row.gateway_ref for row in captured)
    paid = filled.one("SELECT count(*) FROM orders_entry WHERE kind = 'paid'")
    assert paid == len(captured)
    shipped = filled.rows(
        "SELECT DISTINCT actor_kind, actor_name FROM orders_entry WHERE kind = 'shipped' ORDER BY 2"
    )
    assert [tuple(row) for row in shipped] == [("staff", "Nell Penrose"), ("staff", "阿宁")]


def test_no_job_of_the_past_is_left_for_the_worker(filled):
    left = filled.rows("SELECT task_name, scheduled_at FROM procrastinate_jobs")
    assert {row.task_name for row in left} == {
        "payments.close_unpaid_order",
        "aftersale.end_deadline",
        "aftersale.remind",
    }
    assert all(row.scheduled_at > filled.begun for row in left)


def test_cases_stand_at_different_points_of_their_way(shop_content):
    states = [row.state for row in session().execute(Case.__table__.select())]
    assert len(states) >= 6
    assert {"open", "accepted", "sent", "received", "declined"} <= set(states)


def test_shelves_hold_what_the_content_says(shop_content):
    ids = {row.sku: row.id for row in session().execute(Variant.__table__.select())}
    stock = stock_of(ids.values())
    for sku, variant in shop_content.variants.items():
        assert stock[ids[sku]].on_hand == variant.get("stock"), sku


def test_home_page_is_one_that_the_storefront_shows_whole(shop_content):
    types = core_block_types()
    page = read_page(published_page("home").document, types)
    assert page.problems == ()
    kept = [published_page("home").document["sections"][name]["type"] for name in page.kept]
    assert {kind.partition("/")[0] for kind in kept} <= {"group_buy", "coupon"}
    assert bool(kept) == (shop_content.handle == "qingshan")
    assert page.sections[0].type == "hero"
    assert page.sections[-1].type == "promises"


def test_shop_says_who_it_is(shop_content):
    settings = shop_settings()
    assert settings.tagline == shop_content.shop["tagline"]
    assert settings.theme["preset"] == shop_content.shop["palette"]
    assert settings.contact["email"] == shop_content.shop["email"]
    assert settings.logo_asset
    assert [published_page("policy", one["handle"]).title for one in shop_content.policies] == [
        one["title"] for one in shop_content.policies
    ]


def test_group_buy_bundles_and_coupons_are_on_in_the_tea_shop_only(filled):
    switches = filled.rows("SELECT shop_id, plugin, state FROM tenants_plugin_switch ORDER BY plugin")
    assert switches == [(1, "bundle", "on"), (1, "coupon", "on"), (1, "group_buy", "on")]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda one: one.email)
def test_people_log_in_with_the_printed_password(filled, person):
    member = staff_of_token(log_in(email=person.email, password=PASSWORD))
    assert member.name == person.name
    assert {one.handle: one.role for one in member.shops} == dict(person.roles)


def test_what_to_open_names_console_storefronts_and_logins(filled):
    port = filled.settings.port
    assert [one.address for one in filled.openings] == [
        f"http://localhost:{port}/console/",
        f"http://qingshan.localhost:{port}/",
        f"http://harbor.localhost:{port}/",
        f"http://qingshan.localhost:{port}/mailbox",
        f"http://localhost:{port}/console/",
    ]
    words = " ".join(one.note for one in filled.openings)
    assert PASSWORD in words
    assert all(person.email in words for person in PEOPLE)


def test_progress_is_told_in_words(filled):
    assert any("products" in text for text in filled.said)
    assert any("orders" in text for text in filled.said)


def test_seed_refuses_to_write_a_past_without_a_clock(filled):
    from dataclasses import replace

    with pytest.raises(ValueError, match="clock"):
        seed.seed(replace(filled.settings, clock_file=None), filled.said.append)
