"""The registry of actions against the API: what the console can do, a program can do, or a reason says why not."""

import importlib
import inspect
import pkgutil

import pytest

import core.commerce
import plugins
import tenants
from core.app import plugin_registry
from core.rendering.api import ApiRoom, Get, Send
from core.settings import Settings
from core.web.api.admin.audience import AdminAudience
from core.web.api.admin.rooms import ROOMS, admin_parts
from core.web.api.application import make_api, operations_of
from core.web.api.shapes import Unshapely

# Actions without an address of their own, and why.
WITHOUT = {
    "core.commerce.catalog.actions.save_product": "a part of save_product_with_stock, which has one",
    "core.commerce.content.actions.publish_page": "set-up's way past the draft; a program publishes drafts",
    "core.commerce.customers.exports.allow_export": "keeps the record of an export that the console's page writes",
    "core.commerce.customers.imports._removed": "a step of remove_customers_draft, which has one",
    "core.commerce.merchandising.import_runs.write_chunk": "a step of the job that carries an import out",
    "core.commerce.merchandising.import_states.end_import": "a step of cancel_products_import, which has one",
    "core.commerce.merchandising.import_states.fail_import": "a step of the job that carries an import out",
    "core.commerce.merchandising.import_uploads._begin_check": "a step of check_products_import, which has one",
    "core.commerce.merchandising.import_uploads._finish_check": "a step of the job that checks an import",
    "core.commerce.merchandising.import_uploads._note_upload": "a step of upload_products_file, which has one",
    "core.commerce.merchandising.import_uploads.note_checked": "a step of the job that checks an import",
    "core.commerce.payments.actions.accounts._keep_account": "credentials are given by a person, not by a program",
    "core.commerce.payments.actions.accounts._keep_check": "a step of checking credentials, which a person does",
    "core.commerce.shops.actions.set_frame": "publishing the page “frame” does it",
    "tenants.actions.first_hour._note_test_order": "a step of placing a test order in the browser",
    "tenants.actions.tokens.make_token": "a token makes no tokens",
    "tenants.actions.tokens.revoke_token": "a token ends no tokens",
}


def actions_of_staff():
    """Every `@command` whose permission is a staff permission, by its full name."""
    found = {}
    for root in (core.commerce, tenants, plugins):
        for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if ".tests" in module.name or ".migrations" in module.name:
                continue
            for one in list(vars(importlib.import_module(module.name)).values()):
                if inspect.isfunction(one) and getattr(one, "permission", "buyer") not in ("buyer", "system"):
                    found[f"{one.__module__}.{one.__qualname__}"] = one
    return found


@pytest.fixture(scope="module")
def bound():
    """Every action with an address: its own function and the one it stands for."""
    importlib.import_module("core.web.application")
    registry = plugin_registry(Settings.from_environment())
    rooms = [*ROOMS, *(room for _, room in admin_parts(registry))]
    sends = [route for room in rooms for route in room.routes if isinstance(route, Send)]
    return [one for send in sends for one in (send.action, send.stands_for) if one is not None]


def full_name(action):
    return f"{action.__module__}.{action.__qualname__}"


def test_every_action_of_staff_has_an_address(bound):
    names = {full_name(one) for one in bound}
    missing = sorted(set(actions_of_staff()) - names - set(WITHOUT))
    # What only an API module defines carries out an action of the console, and has its address there.
    assert [one for one in missing if ".api." not in one] == []


def test_reasons_are_about_actions_that_exist_and_have_no_address(bound):
    names = {full_name(one) for one in bound}
    assert set(WITHOUT) <= set(actions_of_staff())
    assert set(WITHOUT) & names == set()
    assert all(WITHOUT.values())


def made_of_what_has_no_json(*, thing: object.__class__) -> None:
    """Nothing."""


def test_a_plugins_mistake_leaves_out_that_plugin_only(platform):
    said = platform.registry.declarations("declare_api")
    assert {"bundle", "coupon", "group_buy"} <= {one.plugin for one in said}
    broken = ApiRoom(name="broken", title="Broken", routes=(Get("/x", made_of_what_has_no_json, "x"),))
    app = make_api(
        platform, AdminAudience(), ROOMS[:1], [("broken", broken), *admin_parts(platform.registry)]
    )
    plugins_there = {one.plugin for one in operations_of(app)}
    assert "broken" not in plugins_there
    assert "coupon" in plugins_there
    with pytest.raises(Unshapely, match="thing"):
        make_api(platform, AdminAudience(), [broken], [])
