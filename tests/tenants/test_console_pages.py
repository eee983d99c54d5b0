"""Tenants' console pages through a browser's eyes: log-in, switches with their impact, settings, the record."""

import re

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.rendering.console.visits import STAFF_COOKIE
from core.web.console.application import make_console
from tenants.first_hour import sample_products
from tenants.permissions import CORE_PERMISSIONS
from tests.tenants.conftest import PASSWORD

_TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"|name="csrf_token" value="([^"]*)"')


class Browser:
    """A browser on the console's host; forms carry the token of the page that it opened last."""

    def __init__(self, app):
        self.client, self.token = Client(app, Response), ""

    def get(self, path, **headers):
        return self._kept(self.client.get(path, base_url="http://localhost", headers=headers))

    def post(self, path, **fields):
        data = {**fields, "csrf_token": self.token}
        return self._kept(self.client.post(path, data=data, base_url="http://localhost"))

    def _kept(self, answer):
        found = _TOKEN.search(answer.text)
        self.token = next(filter(None, found.groups()), self.token) if found else self.token
        return answer


@pytest.fixture(scope="module")
def console(tenants):
    return make_console(tenants)


@pytest.fixture
def visitor(console):
    return lambda: Browser(console)


@pytest.fixture
def logged_in(visitor, owner, shop):
    """The owner's browser, in the console."""
    one = visitor()
    one.get("/console/login")
    assert one.post("/console/login", email=owner.email, password=PASSWORD).status_code == 303
    return one


def test_login_leads_on_to_the_page_that_was_wanted(visitor, owner, shop):
    one = visitor()
    wanted = f"/console/{shop.handle}/plugins"
    assert one.get(wanted).headers["Location"] == f"/console/login?next={wanted.replace('/', '%2F')}"
    one.get("/console/login")
    answer = one.post("/console/login", email=owner.email.upper(), password=PASSWORD, next=wanted)
    assert (answer.status_code, answer.headers["Location"]) == (303, wanted)
    assert one.get(wanted).status_code == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil", "javascript:alert(1)", "/x"]
)
def test_login_never_leads_elsewhere(visitor, owner, target):
    one = visitor()
    one.get("/console/login")
    answer = one.post("/console/login", email=owner.email, password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/console/"


def test_wrong_password_keeps_the_address_and_says_nothing_about_people(visitor, owner):
    one = visitor()
    pages = []
    for email in (owner.email, "nobody@example.com"):
        one.get("/console/login")
        answer = one.post("/console/login", email=email, password="wrong")
        assert answer.status_code == 422
        assert "wrong" not in answer.text
        pages.append(re.sub(r'(nonce|value|content)="[^"]*"', "", answer.text).replace(email, "E"))
    assert pages[0] == pages[1]


def test_form_without_its_token_is_refused(console, owner):
    answer = Client(console, Response).post(
        "/console/login", data={"email": owner.email, "password": PASSWORD}, base_url="http://localhost"
    )
    assert answer.status_code == 400


def test_logging_out_ends_the_session_on_the_server(logged_in, shop):
    cookie = logged_in.client.get_cookie(STAFF_COOKIE, domain="localhost").value
    logged_in.get(f"/console/{shop.handle}/plugins")
    assert logged_in.post("/console/logout").headers["Location"] == "/console/login"
    logged_in.client.set_cookie(STAFF_COOKIE, cookie, domain="localhost")
    assert logged_in.get(f"/console/{shop.handle}/plugins").status_code == 302


def test_language_is_remembered_for_the_person(logged_in, shop):
    home = f"/console/{shop.handle}/plugins"
    assert 'lang="en"' in logged_in.get(home).text
    assert logged_in.post("/console/language", language="zh-CN", next=home).headers["Location"] == home
    page = logged_in.get(home).text
    assert 'lang="zh-CN"' in page
    assert "插件" in page


def test_another_shops_plugins_are_not_found(logged_in, other_shop):
    for path in ("plugins", "audit", "plugins/group_buy/off", "plugins/group_buy/settings"):
        assert logged_in.get(f"/console/{other_shop.handle}/{path}").status_code == 404


def test_unknown_plugin_is_not_found(logged_in, shop):
    for path in ("plugins/nothing/off", "plugins/nothing/settings"):
        assert logged_in.get(f"/console/{shop.handle}/{path}").status_code == 404


def test_staff_see_plugins_but_may_not_switch_them(visitor, staff, shop):
    helper = staff((shop, "staff"))
    one = visitor()
    one.get("/console/login")
    one.post("/console/login", email=helper.email, password=PASSWORD)
    page = one.get(f"/console/{shop.handle}/plugins")
    assert "/on" not in page.text
    assert one.post(f"/console/{shop.handle}/plugins/{first_plugin(page.text)}/on").status_code == 403
    assert one.get(f"/console/{shop.handle}/audit").status_code == 403
    assert one.get(f"/console/{shop.handle}/plugins/small/settings").status_code == 403


def first_plugin(page):
    return re.search(r'id="plugin-([a-z_]+)"', page)[1]


def test_switching_on_and_off_is_seen_at_once_and_kept_on_record(logged_in, shop):
    home = f"/console/{shop.handle}"
    name = "small"
    assert first_plugin(logged_in.get(f"{home}/plugins").text)
    assert logged_in.post(f"{home}/plugins/{name}/on").status_code == 303
    assert f"/plugins/{name}/off" in logged_in.get(f"{home}/plugins").text
    impact = logged_in.get(f"{home}/plugins/{name}/off")
    assert impact.status_code == 200
    assert "All data is kept" in impact.text
    assert logged_in.post(f"{home}/plugins/{name}/off").status_code == 303
    assert f"/plugins/{name}/on" in logged_in.get(f"{home}/plugins").text
    record = logged_in.get(f"{home}/audit").text
    assert record.count("Off") >= 2
    assert "Person" in record


def log_in(one, member):
    one.get("/console/login")
    return one.post("/console/login", email=member.email, password=PASSWORD)


def test_too_many_wrong_passwords_are_told_with_the_way_out(visitor, owner):
    one = visitor()
    for _ in range(10):
        one.get("/console/login")
        one.post("/console/login", email=owner.email, password="wrong")
    answer = log_in(one, owner)
    assert answer.status_code == 429
    assert "Wait fifteen minutes" in answer.text


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("value", ["\x00", "x" * 200_000, "😀" * 100, "\u202e"])
def test_senseless_log_ins_are_refused_in_words(visitor, owner, field, value):
    one = visitor()
    one.get("/console/login")
    answer = one.post("/console/login", **{"email": owner.email, "password": PASSWORD, field: value})
    assert answer.status_code == 422
    assert "E-mail or password is not right." in answer.text


def test_people_with_several_shops_choose_one_and_come_back_to_it(visitor, staff, shop, other_shop):
    one = visitor()
    log_in(one, staff((shop, "owner"), (other_shop, "staff")))
    assert one.get("/console/").headers["Location"] == "/console/shops"
    page = one.get("/console/shops").text
    assert f'href="/console/{shop.handle}/"' in page
    assert f'href="/console/{other_shop.handle}/"' in page
    assert "Owner" in page
    assert "Staff" in page
    one.get(f"/console/{other_shop.handle}/plugins")
    assert one.get("/console/").headers["Location"] == f"/console/{other_shop.handle}/"


def test_people_with_one_shop_have_nothing_to_choose(logged_in, shop):
    assert logged_in.get("/console/shops").headers["Location"] == "/console/"
    assert logged_in.get("/console/").headers["Location"] == f"/console/{shop.handle}/"


def test_choice_of_shops_needs_a_log_in(visitor):
    assert visitor().get("/console/shops").headers["Location"] == "/console/login"


def test_remembered_shop_of_somebody_else_leads_nowhere(visitor, staff, shop, other_shop):
    one = visitor()
    log_in(one, staff((shop, "owner")))
    one.client.set_cookie("pinpu_shop", other_shop.handle, domain="localhost", path="/console/")
    assert one.get("/console/").headers["Location"] == f"/console/{shop.handle}/"


def card_of(page, name):
    found = re.search(
        rf'<section class="card pp-plugin" aria-labelledby="plugin-{name}">(.*?)</section>', page, re.DOTALL
    )
    return found[1] if found else ""


def test_plugin_that_did_not_load_is_shown_with_the_reason(logged_in, shop):
    page = logged_in.get(f"/console/{shop.handle}/plugins").text
    card = card_of(page, "broken")
    assert "Not loaded" in card
    assert "nothing_of_that_name" in card
    assert "pp-toggle" not in card
    trouble = logged_in.get(f"/console/{shop.handle}/plugins?view=trouble").text
    assert card_of(trouble, "broken")
    assert not card_of(trouble, "small")


@pytest.mark.parametrize("view", ["on", "draining", "nonsense", "", "\x00"])
def test_tabs_of_plugins_answer_whatever_is_asked(logged_in, shop, view):
    assert logged_in.get(f"/console/{shop.handle}/plugins?view={view}").status_code == 200


def test_impact_is_a_dialog_for_scripts_and_says_what_is_open(logged_in, shop, plugin_state):
    home = f"/console/{shop.handle}/plugins"
    logged_in.get(home)
    logged_in.post(f"{home}/small/on")
    plugin_state("small", "3")
    alone = logged_in.get(f"{home}/small/off").text
    part = logged_in.get(f"{home}/small/off", **{"HX-Request": "true"}).text
    assert "<html" in alone
    assert part.lstrip().startswith('<dialog class="pp-dialog" id="impact"')
    for page in (alone, part):
        assert "Open things" in page
        assert "What was promised is kept." in page
        assert "Keeps nothing but its switch." in page
        assert "Switch off and finish" in page


def test_draining_plugin_says_how_much_is_left_and_comes_back_by_undo(logged_in, shop, plugin_state):
    home = f"/console/{shop.handle}/plugins"
    logged_in.get(home)
    logged_in.post(f"{home}/small/on")
    plugin_state("small", "2")
    logged_in.post(f"{home}/small/off")
    page = logged_in.get(home).text
    assert "Finishing, 2 left" in card_of(page, "small")
    assert f'action="{home}/small/on"' in page[page.index('id="pp-toasts"') :]
    logged_in.post(f"{home}/small/on")
    assert "Finishing" not in card_of(logged_in.get(home).text, "small")


def test_plugin_that_is_needed_says_so_before_it_is_switched_off(logged_in, shop):
    home = f"/console/{shop.handle}/plugins"
    logged_in.get(home)
    refused = logged_in.post(f"{home}/needy/on")
    assert refused.status_code == 409
    assert "Switch “Small” on first." in refused.text
    logged_in.post(f"{home}/small/on")
    logged_in.post(f"{home}/needy/on")
    part = logged_in.get(f"{home}/small/off", **{"HX-Request": "true"})
    assert "“Needy” needs it." in part.text
    assert '<dialog class="pp-dialog" id="impact"' in part.text


def test_plugin_that_breaks_in_its_switch_is_told_and_nothing_changes(logged_in, shop, plugin_state):
    home = f"/console/{shop.handle}/plugins"
    logged_in.get(home)
    plugin_state("small", "raise on")
    assert logged_in.post(f"{home}/small/on").status_code == 503
    card = card_of(logged_in.get(home).text, "small")
    assert 'aria-checked="false"' in card
    assert "the plugin broke" in card
    assert card_of(logged_in.get(f"{home}?view=trouble").text, "small")


def test_settings_form_comes_from_the_schema_and_its_changes_are_on_record(logged_in, shop):
    home = f"/console/{shop.handle}"
    page = logged_in.get(f"{home}/plugins/small/settings").text
    assert 'name="greeting"' in page
    assert 'type="password"' in page
    refused = logged_in.post(f"{home}/plugins/small/settings", greeting="x" * 41, api_key="")
    assert refused.status_code == 422
    assert "at most 40 characters" in refused.text
    saved = logged_in.post(f"{home}/plugins/small/settings", greeting="Hi there", api_key="s3cret")
    assert saved.status_code == 303
    # An empty secret stays what it was.
    logged_in.post(f"{home}/plugins/small/settings", greeting="Hello again", api_key="")
    page = logged_in.get(f"{home}/plugins/small/settings").text
    assert "Hello again" in page
    assert "s3cret" not in page
    record = logged_in.get(f"{home}/audit").text
    assert "Greeting: Hi there → Hello again" in record
    assert "Key: – → •••" in record
    assert "s3cret" not in record
    narrowed = logged_in.get(f"{home}/audit?action=plugin.switch").text
    assert "Hello again" not in narrowed


def test_settings_refuse_fields_that_the_form_does_not_have(logged_in, shop):
    path = f"/console/{shop.handle}/plugins/small/settings"
    logged_in.get(path)
    assert logged_in.post(path, greeting="Hi", api_key="", shop_id="2").status_code == 422


def test_list_of_changes_refuses_addresses_that_it_did_not_make(logged_in, shop):
    for query in ("page=0", "page=x", "size=7", "action=drop", "nonsense=1"):
        assert logged_in.get(f"/console/{shop.handle}/audit?{query}").status_code in (200, 400)


def test_demo_says_who_can_log_in_and_nothing_else_does(visitor):
    from tenants.web import hints

    assert "pinpu-demo" in visitor().get("/console/login").text
    hints.install_demo(demo=False)
    try:
        assert "pinpu-demo" not in visitor().get("/console/login").text
    finally:
        hints.install_demo(demo=True)


def test_empty_lists_offer_samples_once_to_those_who_may_put_goods_on_sale(logged_in, shop, visitor, staff):
    """In products, customers and orders; pressed twice there are five, and one press removes them."""
    home = f"/console/{shop.handle}"
    offer = f'action="{home}/first-hour/samples/add"'
    for path in ("/products/", "/orders/", "/customers/"):
        page = logged_in.get(f"{home}{path}").text
        assert offer in page, path
        assert "Load 5 sample products" in page
    for _ in range(2):
        page = logged_in.post(f"{home}/first-hour/samples/add")
        assert page.status_code == 303
    shown = logged_in.get(f"{home}/products/").text
    assert "5 products" in shown
    assert f'action="{home}/first-hour/samples/remove"' in shown
    for path in ("/orders/", "/customers/"):
        assert offer not in logged_in.get(f"{home}{path}").text
    with shop_bound(shop, SYSTEM), reading():
        assert len(sample_products(status="active")) == 5
    logged_in.post(f"{home}/first-hour/samples/remove")
    with shop_bound(shop, SYSTEM), reading():
        assert not sample_products(status="active")


def test_empty_list_offers_no_samples_to_who_may_not_edit_goods(visitor, staff, shop, monkeypatch):
    monkeypatch.setitem(CORE_PERMISSIONS, "catalog.edit", False)
    packer = staff((shop, "staff"))
    one = visitor()
    one.get("/console/login")
    one.post("/console/login", email=packer.email, password=PASSWORD)
    home = f"/console/{shop.handle}"
    page = one.get(f"{home}/orders/")
    assert page.status_code == 200
    assert "samples/add" not in page.text
    assert one.post(f"{home}/first-hour/samples/add").status_code == 403


def test_campaigns_to_begin_with_ask_for_a_product_first(logged_in, shop):
    page = logged_in.get(f"/console/{shop.handle}/first-hour/growth")
    assert page.status_code == 200
    assert f'href="/console/{shop.handle}/first-hour/product"' in page.text
