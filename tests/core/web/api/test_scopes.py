"""Every address × every kind of token: what lacks the scope is refused before anything is read or done."""

import re

import pytest

from core.kernel.ids import new_id
from core.testing import answers
from core.web.api.operations import path_names

_ARGUMENT = re.compile(r"<(?:([^:<>]+):)?([^<>]+)>")


def address_of(rule):
    """The rule with arguments that name nothing."""

    def filled(found):
        return {"uuid": str(new_id()), "int": "1"}.get(found[1], "nothing")

    return _ARGUMENT.sub(filled, rule)


@pytest.fixture
def in_all_plugins(enable, shop, operations):
    for one in {one.plugin for one in operations} - {""}:
        enable(shop, one)


def test_addresses_are_many_and_each_has_one_view(operations):
    assert len(operations) > 180
    assert len({(one.method, one.rule) for one in operations}) == len(operations)


@pytest.mark.parametrize("token", ["", "pinpu_nobody", "x" * 500, "token\u00a0with blanks"])
def test_without_a_valid_token_every_address_is_401(operations, program, shop, token):
    caller = program(shop)
    header = (
        {"Authorization": f"Bearer {token}".encode().decode("latin-1")} if token else {"Authorization": ""}
    )
    for one in operations if token == "pinpu_nobody" else operations[:20]:
        answer = caller.call(one.method, address_of(one.rule), headers=header)
        assert answer.status_code == 401, one
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.mimetype == "application/problem+json"


def test_a_token_without_the_scope_is_403_everywhere(operations, program, shop, in_all_plugins):
    every = {one.scope for one in operations} - {""}
    for one in (one for one in operations if one.scope):
        caller = program(shop, *(every - {one.scope}))
        answer = caller.call(one.method, address_of(one.rule), data=b"not even json")
        assert (answer.status_code, answer.json["code"]) == (403, "api.scope_missing"), one
        assert one.scope in answer.json["title"]


def test_a_token_may_not_what_its_maker_may_no_more(operations, program, shop, in_all_plugins):
    caller = program(shop, held=())
    for one in (one for one in operations if one.scope):
        assert caller.call(one.method, address_of(one.rule)).status_code == 403, one


def test_addresses_of_a_plugin_are_404_where_it_is_off(operations, program, shop):
    caller = program(shop)
    of_plugins = [one for one in operations if one.plugin]
    assert len({one.plugin for one in of_plugins}) >= 3
    for one in of_plugins:
        assert caller.call(one.method, address_of(one.rule)).status_code == 404, one


def test_a_revoked_token_is_refused_at_once(program, shop):
    caller = program(shop, "orders.read")
    assert caller.get("/orders").status_code == 200
    del answers.api_callers[caller.token]
    assert caller.get("/orders").status_code == 401


def test_every_argument_of_a_path_is_one_of_its_function(operations):
    for one in operations:
        route = one.declared
        function = getattr(route, "query", None) or route.action
        known = function.__wrapped__.__code__ if hasattr(function, "__wrapped__") else function.__code__
        names = known.co_varnames[: known.co_argcount + known.co_kwonlyargcount]
        assert set(path_names(route.path)) <= set(names), one
