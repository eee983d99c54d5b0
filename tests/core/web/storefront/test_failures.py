"""When something breaks: words, a status, a way on, and never a traceback."""

import pytest
from sqlalchemy.exc import OperationalError

from core.kernel import db
from core.kernel.db import make_engine
from core.testing import answers
from core.testing.browsers import host_of
from core.web.storefront import browse


@pytest.fixture
def database_away(platform):
    """The engine finds nobody at the database's address."""
    working = db.app_engine()
    gone = make_engine("postgresql+psycopg://nobody:x@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    db.install_engine(gone)
    yield
    db.install_engine(working)
    gone.dispose()


def test_database_away_is_503_in_the_shops_own_frame(visitor, tea, database_away, parts):
    db.install_engine(db.app_engine())
    page = visitor.get("/")
    assert page.status == 503
    assert page.headers["Retry-After"] == "5"
    assert "连不上" in page.text
    assert "Traceback" not in page.html


def test_shop_that_was_seen_before_keeps_its_name_while_the_database_is_away(
    open_browser, tea, shop, request
):
    open_browser().get("/")
    request.getfixturevalue("database_away")
    for path in ("/cart", f"/products/{tea.handle}?group=x", "/login"):
        browser = open_browser()
        page = browser.get(path) if path != "/login" else browser.post("/login", {"contact": "a@example.com"})
        assert page.status == 503, path
        assert shop.name in page.text
        assert "127.0.0.1" not in page.html
    with_session = open_browser()
    with_session.client.set_cookie("session", "x" * 43, domain=with_session.host)
    assert with_session.get("/").status == 503


def test_host_look_up_that_fails_is_503(storefront, shop, monkeypatch):
    host = host_of(shop)

    class Broken(dict):
        def get(self, key, default=None):
            raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(answers, "hosts", Broken())
    answer = storefront.test_client().get("/", headers={"Host": host})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_defect_of_ours_is_500_with_a_reference_and_no_details(visitor, monkeypatch, tea):
    def broken(handle):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(browse, "product_page", broken)
    page = visitor.get(f"/products/{tea.handle}")
    assert page.status == 500
    assert "我们这边出了点问题" in page.text
    assert "secret detail" not in page.html
    assert "如果您写信给我们" in page.text or "编号" in page.text
    assert visitor.get("/").status == 200


def test_theme_that_cannot_even_show_the_message_gives_the_bare_page(visitor, monkeypatch, tea):
    from core.web.storefront import answers as pages

    def broken(*_arguments, **_named):
        raise RuntimeError("template broken")

    monkeypatch.setattr(pages, "render_page", broken)
    page = visitor.get("/cart")
    assert page.status == 500
    assert "我们这边出了点问题" in page.text
    assert "template broken" not in page.html


def test_failed_statement_does_not_spoil_the_message_page(visitor, monkeypatch, tea):
    from sqlalchemy import text

    from core.kernel.db import session

    def broken(handle):
        session().execute(text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(browse, "product_page", broken)
    page = visitor.get(f"/products/{tea.handle}")
    assert page.status == 500
    assert "青山茶事" in page.text
    assert "nowhere" not in page.html


def test_every_answer_carries_the_protecting_headers(visitor, open_browser):
    for path in ("/", "/nothing", "/cart", "/robots.txt"):
        headers = visitor.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "object-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers
