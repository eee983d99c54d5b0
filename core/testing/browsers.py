"""A browser without JavaScript for tests: keeps cookies, follows links and redirects, fills in and sends forms."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import Client, TestResponse

from core.kernel.ids import new_code, new_id
from core.rendering.console.visits import STAFF_COOKIE
from core.rendering.extensions import StaffMember, StaffShop
from core.testing import answers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from core.kernel.tenancy import ShopScope

_CSRF = re.compile(r'name="csrf-token" content="([^"]*)"')
# Controls whose value a browser sends although nobody touched them.
_NOT_SENT = frozenset({"submit", "button", "reset", "file", "image"})


@dataclass(slots=True)
class Button:
    """A button that sends its form; `name` and `action` may be empty."""

    label: str
    name: str = ""
    value: str = ""
    action: str = ""
    disabled: bool = False


@dataclass(slots=True)
class Form:
    """A form as a browser would send it now: `values` by field name, in the state of the page."""

    method: str
    action: str
    id: str = ""
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    buttons: list[Button] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects forms, links and the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.title = ""
        self._open: list[Form] = []
        self._outside: list[tuple[str, dict[str, str]]] = []
        self._select = self._area = ""
        self._button: Button | None = None
        self._link = ""
        self._skip = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._skip += 1
        handler = getattr(self, f"_begin_{tag}", None)
        if handler:
            handler(given)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skip -= 1
        elif tag == "form" and self._open:
            self._open.pop()
        elif tag == "button":
            self._button = None
        elif tag == "a":
            self._link = ""
        elif tag == "title":
            self._in_title = False
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        if self._skip or not data.strip():
            return
        self.words.append(data.strip())
        if self._button is not None:
            self._button.label = f"{self._button.label} {data.strip()}".strip()
        if self._link:
            self.links[-1] = (self._link, f"{self.links[-1][1]} {data.strip()}".strip())
        if self._area and self._open:
            self._open[-1].values[self._area] = data.removeprefix("\n")

    def _begin_title(self, _given: dict[str, str]) -> None:
        self._in_title = not self.title

    def _begin_a(self, given: dict[str, str]) -> None:
        self._link = given.get("href", "")
        self.links.append((self._link, given.get("aria-label", "")))

    def _begin_form(self, given: dict[str, str]) -> None:
        form = Form(given.get("method", "get").lower(), given.get("action", ""), given.get("id", ""))
        self.forms.append(form)
        self._open.append(form)

    def _form_of(self, given: dict[str, str]) -> Form | None:
        if "form" in given:
            return next((form for form in self.forms if form.id == given["form"]), None)
        return self._open[-1] if self._open else None

    def _begin_input(self, given: dict[str, str]) -> None:
        form, name, kind = self._form_of(given), given.get("name", ""), given.get("type", "text")
        if form is None or not name or kind in _NOT_SENT or "disabled" in given:
            return
        if "required" in given:
            form.required.add(name)
        if kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" not in given:
                return
        form.values[name] = given.get("value", "on" if kind == "checkbox" else "")

    def _begin_textarea(self, given: dict[str, str]) -> None:
        form = self._form_of(given)
        if form is not None and given.get("name"):
            self._area = given["name"]
            form.values[self._area] = ""

    def _begin_select(self, given: dict[str, str]) -> None:
        form, self._select = self._form_of(given), given.get("name", "")
        if form is not None and "required" in given:
            form.required.add(self._select)

    def _begin_option(self, given: dict[str, str]) -> None:
        if not self._open or not self._select:
            return
        form, value = self._open[-1], given.get("value", "")
        form.choices.setdefault(self._select, []).append(value)
        if "selected" in given or self._select not in form.values:
            form.values[self._select] = value

    def _begin_button(self, given: dict[str, str]) -> None:
        form = self._form_of(given)
        if given.get("type", "submit") != "submit" or form is None:
            return
        self._button = Button(
            given.get("aria-label", ""),
            given.get("name", ""),
            given.get("value", ""),
            given.get("formaction", ""),
            "disabled" in given,
        )
        form.buttons.append(self._button)


class Page:
    """An answer as a person sees it."""

    def __init__(self, browser: "ShopBrowser", path: str, answer: TestResponse) -> None:
        self.browser = browser
        self.path = path
        self.status = answer.status_code
        self.headers = answer.headers
        self.body = answer.get_data()
        self.html = self.body.decode("utf-8", "replace")
        self._reader: _Reader | None = None

    def _read(self) -> _Reader:
        if self._reader is None:
            self._reader = _Reader()
            self._reader.feed(self.html)
        return self._reader

    @property
    def text(self) -> str:
        """All words of the page."""
        return " ".join(self._read().words)

    @property
    def title(self) -> str:
        """What the tab says."""
        return self._read().title.strip()

    @property
    def forms(self) -> list[Form]:
        """Its forms."""
        return self._read().forms

    @property
    def links(self) -> list[tuple[str, str]]:
        """(address, words) of its links."""
        return self._read().links

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("Location", "")

    def form(self, action: str) -> Form:
        """The form that is sent to `action` (the beginning is enough)."""
        return next(form for form in self.forms if form.action.startswith(action))

    def send(self, action: str, *, button: str = "", follow: bool = True, **values: str) -> "Page":
        """Fill in the form that goes to `action` and press a button (by its words, name or value; the first by default)."""
        form = self.form(action)
        pressed = next((one for one in form.buttons if button in (one.label, one.name, one.value)), None)
        pressed = pressed or next((one for one in form.buttons if button and button in one.label), None)
        if button and pressed is None:
            raise AssertionError(f"no button {button!r} among {[one.label for one in form.buttons]}")
        chosen = pressed or (form.buttons[0] if form.buttons else None)
        if chosen is not None and chosen.disabled:
            raise AssertionError(f"the button {chosen.label!r} cannot be pressed")
        data = {**form.values, **values}
        if chosen is not None and chosen.name:
            data[chosen.name] = chosen.value
        target = urljoin(self.path, (chosen.action if chosen else "") or form.action)
        if form.method == "post":
            return self.browser.post(target, data, follow=follow)
        return self.browser.get(target, query=data, follow=follow)

    def follow_link(self, words: str) -> "Page":
        """Click the link with these words."""
        return self.browser.get(next(href for href, said in self.links if words in said))


class ShopBrowser:
    """One person's browser at one shop's host."""

    def __init__(self, application: "WSGIApplication", host: str, *, scheme: str = "http") -> None:
        self.client = Client(application)
        self.host = host
        self.root = f"{scheme}://{host}"
        self.language = ""

    def get(
        self, path: str, *, query: dict[str, str] | None = None, follow: bool = True, **headers: str
    ) -> Page:
        """Open an address of this shop."""
        return self._finish(
            path,
            self.client.get(path, base_url=self.root, query_string=query, headers=_named(headers)),
            follow,
        )

    def post(self, path: str, data: Any = None, *, follow: bool = True, **headers: str) -> Page:
        """Send a form as a page of this shop would; headers with underscores for dashes may say otherwise."""
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": self.root, **_named(headers)}
        sent = {name: value for name, value in sent.items() if value}
        return self._finish(path, self.client.post(path, base_url=self.root, data=data, headers=sent), follow)

    def _finish(self, path: str, answer: TestResponse, follow: bool) -> Page:
        page = Page(self, path, answer)
        if follow and page.status in (301, 302, 303, 307, 308):
            target = urlsplit(page.location)
            if not target.netloc or target.netloc == self.host:
                return self.get(target.path + (f"?{target.query}" if target.query else ""))
        return page

    def cookie(self, name: str) -> str:
        """The value of one of this browser's cookies; "" for none."""
        found = self.client.get_cookie(name, domain=self.host)
        return found.value if found else ""


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def host_of(shop: "ShopScope") -> str:
    """The host that tests give a shop; from now on it answers there."""
    host = f"{shop.handle}.localhost"
    answers.hosts[host] = shop
    return host


class StaffBrowser:
    """A staff member's browser at the console of one shop; forms carry the token of the page that it opened last."""

    def __init__(
        self,
        application: "WSGIApplication",
        shop: "ShopScope",
        permissions: Collection[str],
        *,
        language: str = "en",
    ) -> None:
        token = new_code(24)
        place = StaffShop(shop_id=shop.shop_id, handle=shop.handle, name=shop.name, role="staff")
        staff = StaffMember(
            id=new_id(), name="沈青", email=f"{token}@example.com", language=language, shops=(place,)
        )
        answers.staff_by_token[token] = staff
        answers.permissions[staff.id] = set(permissions)
        self.client = Client(application)
        self.client.set_cookie(STAFF_COOKIE, token, domain="localhost")
        self.home = f"/console/{shop.handle}"
        self._csrf = ""

    def get(self, path: str, *, query: dict[str, str] | None = None) -> TestResponse:
        """Open a page of the shop's console, or any address that begins with /console/."""
        return self._kept(self.client.get(self._full(path), base_url="http://localhost", query_string=query))

    def post(self, path: str, data: Mapping[str, str] | None = None) -> TestResponse:
        """Send a form, with the token that its page carries."""
        if not self._csrf:
            self.get("/")
        fields = {**(data or {}), "csrf_token": self._csrf}
        return self._kept(self.client.post(self._full(path), data=fields, base_url="http://localhost"))

    def _full(self, path: str) -> str:
        return path if path.startswith("/console/") else f"{self.home}{path}"

    def _kept(self, answer: TestResponse) -> TestResponse:
        found = _CSRF.search(answer.text) if answer.mimetype == "text/html" else None
        if found:
            self._csrf = found[1]
        return answer
