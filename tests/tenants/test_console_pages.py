"""Tenants' console pages through a browser's eyes: log-in, switches with their impact, settings, the record."""

import re

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.rendering.console.visits import STAFF_COOKIE
from core.web.console.application import make_console
from tests.tenants.conftest import PASSWORD

_TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"|name="csrf_token" value="([^"]*)"')


class Browser:
    """A browser on the console's host; forms carry the token of the page that it opened last."""

    def __init__(self, app):
        self.client, self.token = Client(app, Response), ""

    def get(self, path):
        return self._kept(self.client.get(path, base_url="http://localhost"))

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
    assert one.get(f"/console/{shop.handle}/audit").status_code == 404


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
