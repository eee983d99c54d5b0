"""What goes wrong is said in words: pages, parts of pages, JSON; nothing of the inside gets out."""

import json

import pytest
from flask import abort
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.kernel.errors import EditConflict, InputRefused, TemporarilyUnavailable
from core.kernel.ids import new_id
from core.web.console.application import make_console
from core.web.console.failures import failure_of_status

HTMX = {"HX-Request": "true"}


@pytest.fixture
def failing(console, monkeypatch):
    """Lets the home page fail with an error."""

    def fail(error):
        def view():
            if isinstance(error, int):
                abort(error)
            raise error

        monkeypatch.setitem(console.view_functions, "console_home.home", view)

    return fail


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 503])
def test_each_status_has_words_and_a_way_out(failing, owner, status):
    failing(status)
    page = owner.get("/")
    assert page.status_code == status
    failure = failure_of_status(status)
    assert failure.text in page.text
    assert failure.fix.replace("'", "&#39;") in page.text


@pytest.mark.parametrize("status", [410, 418, 502])
def test_other_statuses_borrow_the_words_of_their_family(failing, owner, status):
    failing(status)
    page = owner.get("/")
    assert page.status_code == status
    assert failure_of_status(500 if status > 500 else 400).text in page.text


def test_refusal_is_shown_with_its_own_words(failing, owner):
    failing(EditConflict())
    page = owner.get("/")
    assert page.status_code == 409
    assert "Somebody else saved this while you were editing." in page.text
    assert "Reload, look at the new values and save again." in page.text


@pytest.mark.parametrize("error", [EditConflict(), InputRefused({}), TemporarilyUnavailable(), 429, 403])
def test_htmx_gets_a_toast_and_keeps_the_page(failing, owner, error):
    failing(error)
    answer = owner.get("/", headers=HTMX)
    assert answer.status_code == (error if isinstance(error, int) else error.status)
    assert answer.headers["HX-Reswap"] == "none"
    toast = json.loads(answer.headers["HX-Trigger"])["pp-toast"]
    assert toast["tone"] == "bad"
    assert toast["text"] == answer.text
    assert "<" not in answer.text


def test_crash_says_sorry_and_nothing_else(console, failing, owner, monkeypatch):
    monkeypatch.setitem(console.config, "PROPAGATE_EXCEPTIONS", False)
    failing(RuntimeError("the secret of the house"))
    page = owner.get("/")
    assert page.status_code == 500
    assert "Something went wrong on our side." in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text


@pytest.mark.parametrize("error", [OperationalError("SELECT 1", {}, Exception("gone")), PoolTimeout()])
def test_database_that_does_not_answer_is_503(failing, owner, error):
    failing(error)
    page = owner.get("/")
    assert page.status_code == 503
    assert "SELECT" not in page.text


def test_form_without_token_is_refused_and_changes_nothing(owner):
    answer = owner.client.post(
        f"{owner.home}/settings/", data={"name": "Stolen"}, base_url="http://localhost"
    )
    assert answer.status_code == 400
    assert "This form is not valid any more." in answer.text
    assert "Stolen" not in owner.get("/settings/").text


def test_token_of_another_browser_is_refused(owner, hired, shop):
    stranger = hired(shop)
    stranger.get("/settings/")
    owner.token = stranger.token
    assert owner.post("/settings/", {"name": "Stolen"}).status_code == 400


def test_htmx_sends_the_token_in_a_header(owner):
    owner.get("/settings/")
    answer = owner.client.post(
        f"{owner.home}/settings/",
        data={"name": ""},
        base_url="http://localhost",
        headers={"X-CSRFToken": owner.token},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/settings/", "/orders/{id}/notes", "/collections/new"])
def test_body_over_the_limit_is_413_in_words(owner, path):
    answer = owner.post(path.format(id=new_id()), {"name": "x" * (1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert "That is more than we take at once." in answer.text


def test_wrong_method_and_unknown_path_are_told(owner):
    assert owner.get(f"/orders/{new_id()}/cancel").status_code == 405
    assert owner.get("/nowhere/at/all").status_code == 404
    assert owner.get("/console/a/b/c/d/e").status_code == 404


def test_failure_in_a_shop_stands_in_the_shops_frame(owner):
    page = owner.get(f"/orders/{new_id()}")
    assert page.status_code == 404
    assert "青山茶事" in page.text


def test_no_debugger_is_ever_served(platform):
    app = make_console(platform)
    assert app.debug is False
    answer = Client(app, Response).get("/console?__debugger__=yes", base_url="http://localhost")
    assert "Werkzeug" not in answer.text
