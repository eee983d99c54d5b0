"""The console as a browser sees it: its application, people who work in shops, and clients that are logged in."""

import contextvars
import re
from dataclasses import dataclass

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.kernel.ids import new_code, new_id
from core.rendering.console.visits import STAFF_COOKIE
from core.rendering.extensions import StaffMember, StaffShop
from core.testing import answers

EVERYTHING = {
    "customers.edit",
    "customers.export",
    "customers.import",
    "marketing.edit",
    "reviews.edit",
    "messages.send",
    "orders.export",
    "orders.ship",
    "orders.refund",
    "orders.note",
    "catalog.edit",
    "content.edit",
    "shop.edit",
    "payments.edit",
    "plugins.switch",
}
_TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"')


class FreshClient(Client):
    """A client whose requests know nothing of the shop that the test itself has bound."""

    def open(self, *args, **options):
        return contextvars.Context().run(super().open, *args, **options)


@dataclass
class Browser:
    """A logged-in browser; forms carry the token of the page that it opened last."""

    client: Client
    home: str
    staff: StaffMember
    token: str = ""

    def get(self, path, **more):
        """Open a page of the shop, or any address that begins with /console/."""
        return self._kept(self.client.get(self._address(path), base_url="http://localhost", **more))

    def post(self, path, data=None, **more):
        """Send a form, with the token that its page carries."""
        if not self.token:
            self.get("/")
        fields = {**(data or {}), "csrf_token": self.token}
        return self._kept(
            self.client.post(self._address(path), data=fields, base_url="http://localhost", **more)
        )

    def _address(self, path):
        return (
            path if path.startswith(("/console/", "/livez", "/readyz", "/static")) else f"{self.home}{path}"
        )

    def _kept(self, answer):
        if found := _TOKEN.search(answer.text if answer.mimetype == "text/html" else ""):
            self.token = found[1]
        return answer


@pytest.fixture(scope="session")
def console(console_application):
    """The console's application."""
    return console_application


@pytest.fixture
def hired(console):
    """`hired(shop, "许航", "orders.ship")` is the browser of a new staff member with these permissions (default: all)."""

    def hire(*shops, name="沈青", language="en", permissions=EVERYTHING):
        token = new_code(24)
        staff = StaffMember(
            id=new_id(),
            name=name,
            email=f"{token}@example.com",
            language=language,
            shops=tuple(
                StaffShop(shop_id=one.shop_id, handle=one.handle, name=one.name, role="owner")
                for one in shops
            ),
        )
        answers.staff_by_token[token] = staff
        answers.permissions[staff.id] = set(permissions)
        client = FreshClient(console, Response)
        client.set_cookie(STAFF_COOKIE, token, domain="localhost")
        return Browser(client, f"/console/{shops[0].handle}" if shops else "/console", staff)

    return hire


@pytest.fixture
def nobody(console):
    """A browser without log-in; it keeps no cookies and sends those that a test gives it."""
    return FreshClient(console, Response, use_cookies=False)


@pytest.fixture
def owner(hired, shop):
    """An owner of the shop, reading English."""
    return hired(shop)
