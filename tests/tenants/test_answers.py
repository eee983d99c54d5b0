"""What tenants answer to core: shops by host and id, switches, settings, permissions, sessions, addresses (integration)."""

import itertools

import pytest
from sqlalchemy import select

from core.hooks.current import answer
from core.hooks.dispatch import PluginSets
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, shop_bound
from tenants.actions.logins import log_in, log_out
from tenants.actions.plugins import save_plugin_settings, switch_plugin_on
from tenants.actions.shops import NewShop, make_merchant, open_shop
from tenants.models import AuditEntry
from tests.tenants.conftest import PASSWORD

_numbers = itertools.count(1)


@pytest.fixture
def opened(tenants):
    """`opened("tea")` is a shop with a host on this machine and one of its own."""

    def open_one(name):
        handle = f"{name}-answers-{next(_numbers)}"
        return open_shop(
            NewShop(
                merchant_id=make_merchant(name=name),
                handle=handle,
                name=name,
                currency="CNY",
                language="zh-CN",
                timezone="Asia/Shanghai",
                hosts=(f"{handle}.localhost", f"www.{handle}.example"),
            )
        )

    return open_one


def test_every_host_of_a_shop_leads_to_it_and_others_to_nobody(opened):
    tea, home = opened("tea"), opened("home")
    for scope in (tea, home):
        for host in (f"{scope.handle}.localhost", f"www.{scope.handle}.example"):
            assert answer("answer_scope_for_host", host=host) == scope
    for stranger in (
        "localhost",
        "",
        "nobody.example",
        f"{tea.handle}.example",
        f"x.{tea.handle}.localhost",
        "\x00",
    ):
        assert answer("answer_scope_for_host", host=stranger) is None


def test_shop_is_found_by_id_and_an_unknown_id_is_nobody(opened):
    tea = opened("tea")
    assert answer("answer_scope_for_shop", shop_id=tea.shop_id) == tea
    assert answer("answer_scope_for_shop", shop_id=tea.shop_id + 100_000) is None


def test_address_is_the_canonical_host_with_this_installations_port(opened, tenants):
    tea = opened("tea")
    said = answer("answer_storefront_address", shop_id=tea.shop_id)
    assert said == f"http://{tea.handle}.localhost:{tenants.settings.port}"


def test_switches_and_settings_are_those_of_the_shop_asked_for(opened):
    tea, home = opened("tea"), opened("home")
    with shop_bound(tea, SYSTEM):
        switch_plugin_on(plugin="small")
        save_plugin_settings(plugin="small", settings={"greeting": "你好"})
    asked = {"plugin": "small"}
    assert answer("answer_enabled_plugins", shop_id=tea.shop_id) == PluginSets.of(["small"])
    assert answer("answer_plugin_settings", shop_id=tea.shop_id, **asked)["greeting"] == "你好"
    assert answer("answer_enabled_plugins", shop_id=home.shop_id) == PluginSets()
    assert answer("answer_plugin_settings", shop_id=home.shop_id, **asked) == {}


def test_staff_may_what_their_role_holds_in_their_shops_only(staff, shop, other_shop):
    person = staff((shop, "staff"), (other_shop, "owner"))

    def may(permission, scope):
        return answer("answer_staff_may", staff_id=person.id, permission=permission, shop_id=scope.shop_id)

    assert (may("orders.refund", shop), may("plugins.switch", shop)) == (True, False)
    assert (may("orders.refund", other_shop), may("plugins.switch", other_shop)) == (True, True)
    assert not may("orders.invented", other_shop)


def test_session_is_known_until_it_is_logged_out(owner, shop):
    token = log_in(email=owner.email, password=PASSWORD)
    member = answer("answer_staff_for_session", token=token)
    assert (member.id, [one.handle for one in member.shops]) == (owner.id, [shop.handle])
    assert answer("answer_staff_for_session", token=token[:-1]) is None
    log_out(token=token)
    assert answer("answer_staff_for_session", token=token) is None


def test_what_staff_did_elsewhere_is_kept_with_the_other_changes(opened):
    tea, home = opened("tea"), opened("home")

    @command("system")
    def export():
        answer(
            "answer_change_noted", action="customers.exported", subject="buyers", before={}, after={"rows": 3}
        )

    with shop_bound(tea, SYSTEM):
        export()
    noted = {}
    for scope in (tea, home):
        with shop_bound(scope, SYSTEM), reading():
            noted[scope.handle] = [
                (row.subject, row.after)
                for row in session().scalars(
                    select(AuditEntry).where(AuditEntry.action == "customers.exported")
                )
            ]
    assert noted == {tea.handle: [("buyers", {"rows": 3})], home.handle: []}
