"""Programs with tokens, for tests of the API."""

import contextvars
from dataclasses import dataclass, field

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.kernel.ids import new_code, new_id
from core.rendering.api import ApiCaller
from core.testing import answers
from core.web.api.admin.rooms import make_admin_api
from core.web.api.application import operations_of
from core.web.api.limits import EXTENSION

PREFIX = "/api/admin/v1"
HOST = "http://127.0.0.1"


@dataclass
class Program:
    """A program with a token of a shop's owner; requests know nothing of the shop that the test has bound."""

    app: object
    token: str
    staff_id: object = None
    headers: dict = field(default_factory=dict)

    def call(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self.token}", **self.headers, **more.pop("headers", {})}
        address = path if path.startswith("/api/") else f"{PREFIX}{path}"
        client = Client(self.app, Response, use_cookies=False)
        return contextvars.Context().run(
            client.open, address, method=method, base_url=HOST, headers=headers, **more
        )

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, json=body if body is not None else {}, **more)

    def put(self, path, body, **more):
        return self.call("PUT", path, json=body, **more)


@pytest.fixture(scope="session")
def admin_api(platform):
    """The admin API with the rooms of all plugins."""
    return make_admin_api(platform)


@pytest.fixture(scope="session")
def operations(admin_api):
    """Every bound address."""
    return operations_of(admin_api)


@pytest.fixture
def program(admin_api, operations):
    """`program(shop, "orders.read", …)` is a program with these scopes (default: all), and a maker who holds all."""
    admin_api.extensions[EXTENSION].reset()
    every = {one.scope for one in operations}

    def make(shop, *scopes, held=None):
        token, staff_id = new_code(24), new_id()
        given = frozenset(scopes or every)
        answers.api_callers[token] = ApiCaller(
            token_id=new_id(), shop_id=shop.shop_id, staff_id=staff_id, name="沈青 · ERP", scopes=given
        )
        answers.permissions[staff_id] = set(every if held is None else held)
        return Program(admin_api, token, staff_id)

    return make
