"""Sign-up and a shop's first hour over HTTP: what is refused, what a new shop has, and what others never see of it."""

import io
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import func, select

from core.commerce.catalog.models import Collection, Product
from core.commerce.content.queries import published_page
from core.commerce.insights.periods import named_period
from core.commerce.insights.sales import sales_of
from core.commerce.orders.models import Order
from core.commerce.orders.tags import tags_of_orders
from core.commerce.payments.actions.refund import cancel_order
from core.commerce.shops.queries import scope_of_handle, shop_settings
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import cluster
from core.testing.gateway.server import in_thread
from core.web.console.application import make_console
from tenants.actions.shops import give_role
from tenants.first_hour import first_hour, sample_products
from tenants.models import Merchant, Staff
from tenants.platform import platform_session
from tests.tenants.conftest import real_tenants
from tests.tenants.test_console_pages import Browser

PASSPHRASE = "three wet stones"


@pytest.fixture(scope="module")
def installation(stand_in, tmp_path_factory):
    """A fresh installation with its test gateway; anybody may sign up."""
    server, template = os.environ[cluster.SERVER_VARIABLE], os.environ[cluster.TEMPLATE_VARIABLE]
    addresses = cluster.clone(server, template)
    home = tmp_path_factory.mktemp("signup")
    try:
        with in_thread(home / "gateway") as gateway, real_tenants(
            stand_in,
            home=home,
            signup=True,
            database_url=addresses.database_url,
            database_owner_url=addresses.database_owner_url,
            database_platform_url=addresses.database_platform_url,
            test_gateway_url=gateway.base_url,
        ) as booted:  # fmt: skip
            yield SimpleNamespace(platform=booted, console=make_console(booted))
    finally:
        cluster.drop(server, addresses.database_url.rsplit("/", 1)[1])


@pytest.fixture
def visitor(installation):
    return lambda: Browser(installation.console)


_mails = (f"merchant{number}@example.com" for number in range(1_000))


def signed_up(visitor, email=None):
    one = visitor()
    one.email = email or next(_mails)
    one.get("/console/signup")
    assert (
        one.post("/console/signup", email=one.email, password=PASSPHRASE).headers["Location"]
        == "/console/start"
    )
    return one


def opened(visitor, name="Loft and Lane", **said):
    """A merchant with a fresh shop; `home` is its console, `scope` the shop."""
    one = signed_up(visitor)
    one.get("/console/start")
    answer = one.post(
        "/console/start", name=name, **{"industry": "fashion", "currency": "GBP", "language": "en", **said}
    )
    assert answer.status_code == 303, answer.text
    handle = re.fullmatch(r"/console/([a-z0-9-]+)/first-hour/product", answer.headers["Location"])[1]
    one.home, one.scope = f"/console/{handle}", scope_of_handle(handle)
    return one


def photo():
    kept = io.BytesIO()
    Image.new("RGB", (600, 400), "#b8573c").save(kept, "JPEG")
    return io.BytesIO(kept.getvalue()), "jacket.jpg"


def with_product(visitor):
    one = opened(visitor)
    one.get(f"{one.home}/first-hour/product")
    answer = one.post(f"{one.home}/first-hour/product", title="Rain jacket", price="68", photo=photo())
    assert answer.headers["Location"] == f"{one.home}/first-hour/test-order", answer.text
    return one


def standing(one):
    with shop_bound(one.scope, SYSTEM), reading():
        return first_hour()


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody", PASSPHRASE, "Write an e-mail address"),
        ("a@b", PASSPHRASE, "Write an e-mail address"),
        ("ming@example.com", "short", "at least 8 characters"),
        ("ming@example.com", "12345678", "guessed at once"),
        ("ming@example.com", "Password1!", "guessed at once"),
        ("ming@example.com", "ming@example.com", "guessed at once"),
        ("ming@example.com", "aaaaaaaaaaaa", "guessed at once"),
    ],
)
def test_signup_says_what_is_wrong_and_keeps_no_password(visitor, installation, email, password, said):
    one = visitor()
    one.get("/console/signup")
    answer = one.post("/console/signup", email=email, password=password)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{password}"' not in answer.text.replace(f'value="{email}"', "")
    with platform_session() as platform:
        assert platform.scalars(select(Staff.id).where(Staff.email == email)).first() is None


def test_taken_address_says_no_more_than_the_login(visitor, installation):
    known = signed_up(visitor)
    with platform_session() as platform:
        merchants = platform.scalar(select(func.count()).select_from(Merchant))
    other = visitor()
    other.get("/console/signup")
    refused = other.post("/console/signup", email=known.email, password="another phrase here")
    assert refused.status_code == 422
    assert "E-mail or password is not right." in refused.text
    # Who has the password is who they say: they are let in, and nobody is made a second time.
    other.get("/console/signup")
    assert other.post("/console/signup", email=known.email.upper(), password=PASSPHRASE).status_code == 303
    with platform_session() as platform:
        assert platform.scalar(select(func.count()).select_from(Merchant)) == merchants


def test_guessing_by_signup_is_stopped_like_guessing_by_login(visitor, installation):
    known, other = signed_up(visitor), visitor()
    answers = []
    for _ in range(8):
        other.get("/console/signup")
        answers.append(
            other.post("/console/signup", email=known.email, password="not this phrase").status_code
        )
    assert answers[0] == 422
    assert answers[-1] == 429


def test_new_shop_is_furnished_in_a_moment_and_its_samples_are_known(visitor, installation):
    begun = time.monotonic()
    one = opened(visitor)
    assert time.monotonic() - begun < 20
    with shop_bound(one.scope, SYSTEM), reading():
        samples = sample_products(status="active")
        assert len(samples) == session().scalar(select(func.count()).select_from(Product)) >= 6
        assert published_page("home") is not None
        assert "still has to check" in str(published_page("policy", "refund").document)
        assert shop_settings().contact["email"] == one.email
    assert (one.scope.currency, one.scope.language, one.scope.timezone) == ("GBP", "en", "Europe/London")
    page = one.get(f"{one.home}/").text
    assert "First steps" in page
    assert "0 of 8 done" in page


@pytest.mark.parametrize(
    ("name", "handle"),
    [("Ünder the Café!", r"under-the-cafe"), ("山里的茶", r"shop-[a-z0-9]{6}"), ("Start", r"start-2")],
)
def test_address_follows_from_the_name(visitor, installation, name, handle):
    assert re.fullmatch(handle, opened(visitor, name).scope.handle)


def test_second_shop_of_that_name_gets_an_address_of_its_own(visitor, installation):
    first, second = opened(visitor, "Two Rivers"), opened(visitor, "Two Rivers")
    assert {first.scope.handle, second.scope.handle} == {"two-rivers", "two-rivers-2"}
    for path in ("/", "/first-hour", "/first-hour/growth", "/first-hour/product", "/first-hour/test-order"):
        assert second.get(f"{first.home}{path}").status_code == 404
    second.get(f"{second.home}/")
    assert second.post(f"{first.home}/first-hour/samples/remove").status_code == 404
    assert second.post(f"{first.home}/first-hour/test-order").status_code == 404
    with shop_bound(first.scope, SYSTEM), reading():
        assert sample_products(status="active")


def test_currency_follows_the_browser_and_nonsense_is_passed_over(visitor, installation):
    one = signed_up(visitor)
    page = one.get("/console/start", **{"Accept-Language": "en-GB,en;q=0.8"}).text
    assert 'value="GBP" selected' in page
    answer = one.post(
        "/console/start", name="Odd", industry="rockets", currency="XYZ", zone="Mars/Base", language="tlh"
    )
    scope = scope_of_handle(answer.headers["Location"].split("/")[2])
    assert (scope.currency, scope.timezone) == ("USD", "America/New_York")


def test_shop_without_a_name_is_not_opened(visitor, installation):
    one = signed_up(visitor)
    one.get("/console/start")
    answer = one.post("/console/start", name="  ", industry="tea")
    assert answer.status_code == 422
    assert "Write a name" in answer.text
    assert one.get("/console/").headers["Location"] == "/console/start"


def test_first_product_says_what_is_missing_and_keeps_what_was_typed(visitor, installation):
    one = opened(visitor)
    one.get(f"{one.home}/first-hour/product")
    answer = one.post(f"{one.home}/first-hour/product", title="Rain jacket", price="free")
    assert answer.status_code == 422
    assert 'value="Rain jacket"' in answer.text
    assert "Write a price" in answer.text
    broken = one.post(
        f"{one.home}/first-hour/product", title="Rain jacket", price="68", photo=(io.BytesIO(b"no"), "x.jpg")
    )
    assert broken.status_code in (413, 415, 422)
    assert not standing(one).product


def test_test_order_is_paid_marked_and_made_once(visitor, installation):
    one = with_product(visitor)
    one.get(f"{one.home}/first-hour/test-order")
    first = one.post(f"{one.home}/first-hour/test-order")
    again = one.post(f"{one.home}/first-hour/test-order")
    assert first.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    with shop_bound(one.scope, SYSTEM), reading():
        order = session().scalars(select(Order)).one()
        assert (order.financial, order.captured_minor, order.is_test) == ("paid", order.total_minor, True)
        assert sales_of(named_period("today"))[0].orders == 0
        assert [tag.name for tag in tags_of_orders([order.id])[order.id]] == ["Test order"]
    facts = standing(one)
    assert (facts.product, facts.test_order, facts.sold) == (True, True, False)
    assert "This is your test order" in one.get(first.headers["Location"]).text


def test_test_order_pressed_in_two_windows_is_paid_once(visitor, installation):
    one = with_product(visitor)
    second = visitor()
    second.get("/console/login")
    second.post("/console/login", email=one.email, password=PASSPHRASE)
    for window in (one, second):
        window.get(f"{one.home}/first-hour/test-order")
    with ThreadPoolExecutor(2) as hands:
        posted = [hands.submit(window.post, f"{one.home}/first-hour/test-order") for window in (one, second)]
        answers = [each.result() for each in posted]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    with shop_bound(one.scope, SYSTEM), reading():
        assert (
            session().scalar(select(func.count()).select_from(Order).where(Order.paid_at.is_not(None))) == 1
        )
    assert not standing(one).sold


def test_test_order_that_was_cancelled_unpaid_is_made_anew(visitor, installation, monkeypatch):
    one = with_product(visitor)
    one.get(f"{one.home}/first-hour/test-order")
    monkeypatch.setattr("tenants.actions.first_hour.pay_at_test_gateway", lambda *_, **__: "pending")
    assert one.post(f"{one.home}/first-hour/test-order").status_code == 303
    monkeypatch.undo()
    placed = standing(one).test_order_id
    with shop_bound(one.scope, SYSTEM):
        cancel_order(order_id=placed)
    assert one.post(f"{one.home}/first-hour/test-order").status_code == 303
    assert standing(one).test_order


def test_test_order_needs_something_to_buy(visitor, installation):
    one = opened(visitor)
    one.get(f"{one.home}/")
    one.post(f"{one.home}/first-hour/samples/remove")
    answer = one.post(f"{one.home}/first-hour/test-order")
    assert answer.status_code == 409
    assert "There is nothing that a test order could buy." in answer.text


def test_samples_go_at_once_come_back_and_stay_in_orders(visitor, installation):
    one = opened(visitor)
    one.get(f"{one.home}/first-hour/test-order")
    one.post(f"{one.home}/first-hour/test-order")
    one.get(f"{one.home}/")
    one.post(f"{one.home}/first-hour/samples/remove")
    page = one.get(f"{one.home}/").text
    removed = re.search(r'name="products" value="([^"]+)"', page)[1]
    assert standing(one).no_samples
    with shop_bound(one.scope, SYSTEM), reading():
        assert not session().scalars(select(Collection.id).where(Collection.visible.is_(True))).all()
        # The order keeps its product: nothing was deleted.
        assert session().scalar(select(func.count()).select_from(Product)) == len(removed.split())
    one.post(f"{one.home}/first-hour/samples/restore", products=removed)
    assert not standing(one).no_samples


def test_list_is_put_away_and_comes_back_from_the_menu(visitor, installation):
    one = opened(visitor)
    one.get(f"{one.home}/")
    one.post(f"{one.home}/first-hour/hide")
    assert 'id="first-steps"' not in one.get(f"{one.home}/").text
    assert "Show on the home page" in one.get(f"{one.home}/first-hour").text
    one.post(f"{one.home}/first-hour/show")
    assert 'id="first-steps"' in one.get(f"{one.home}/").text


def test_growth_play_is_ready_made_on_the_own_product_and_begun_once(visitor, installation):
    one = with_product(visitor)
    page = one.get(f"{one.home}/first-hour/growth").text
    assert "Group-buy for two" in page
    assert "Rain jacket" in page
    first = one.post(f"{one.home}/first-hour/growth/group_buy/pair").headers["Location"]
    again = one.post(f"{one.home}/first-hour/growth/group_buy/pair").headers["Location"]
    assert first == again
    activity = one.get(first).text
    assert "£54.40" in activity
    assert "Share" in activity
    assert standing(one).growth
    assert one.post(f"{one.home}/first-hour/growth/group_buy/nothing").status_code == 404


def test_nobody_signs_up_where_it_is_switched_off(tenants):
    # `tenants` is a demo; what the switch says is told by the settings.
    from tenants.web import hints

    before = bool(hints.signup_address())
    hints.install_signup(open_to_all=False)
    try:
        one = Browser(make_console(tenants))
        assert one.get("/console/signup").status_code == 404
        assert one.get("/console/start").status_code == 404
        assert "signup" not in one.get("/console/login").text
    finally:
        hints.install_signup(open_to_all=before)


def test_staff_without_a_shop_of_their_own_open_none_for_their_merchant(visitor, installation):
    one, other = opened(visitor), signed_up(visitor)
    with platform_session() as platform:
        staff_id = platform.scalars(select(Staff.id).where(Staff.email == other.email)).one()
    give_role(staff_id=staff_id, shop_id=one.scope.shop_id, role="staff")
    other.get("/console/")
    assert other.get("/console/start?more").status_code == 404
    assert other.post("/console/start", name="Mine", industry="tea").status_code == 404
    # And the first steps are the owner's business.
    assert "first-steps" not in other.get(f"{one.home}/").text
    assert other.post(f"{one.home}/first-hour/test-order").status_code == 403
