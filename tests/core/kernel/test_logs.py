"""Log lines: one shape whoever writes them, with shop, actor and request, never with secrets or personal data (unit)."""

import io
import json
import logging
from uuid import UUID

import pytest
import structlog

from core.kernel.logs import configure_logging, log_context
from core.kernel.tenancy import Actor, ShopScope, shop_bound

SHOP = ShopScope(7, "tea", "CNY", "zh-CN", "Asia/Shanghai")


@pytest.fixture
def lines():
    """What was written as JSON so far; the process's own logging is put back afterwards."""
    kept, levels = structlog.get_config(), logging.getLogger().handlers[:]
    written = io.StringIO()
    configure_logging("json", stream=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.configure(**kept)
    logging.getLogger().handlers[:] = levels
    logging.captureWarnings(False)


def test_our_lines_and_the_libraries_have_one_shape(lines):
    structlog.get_logger("core.jobs").info("worker ready", slots=3)
    logging.getLogger("some.library").warning("lost %s of %d", "two", 3)
    ours, theirs = lines()
    assert (ours["event"], ours["slots"], ours["level"], ours["logger"]) == (
        "worker ready",
        3,
        "info",
        "core.jobs",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "lost two of 3",
        "warning",
        "some.library",
    )
    assert ours["timestamp"].endswith("Z")


def test_small_talk_of_libraries_is_not_heard(lines):
    logging.getLogger("procrastinate").info("Starting job")
    assert lines() == []


def test_shop_actor_and_request_are_told_where_they_are_known(lines):
    log = structlog.get_logger("core.web")
    log.info("before")
    with shop_bound(SHOP, Actor("staff", UUID(int=5), "Ada Lovelace")), log_context(request="r1"):
        log.info("inside")
        logging.getLogger("pinpu.hooks").error("inside too")
    log.info("after")
    before, inside, too, after = lines()
    assert "shop" not in before
    assert "request" not in before
    for line in (inside, too):
        assert (line["shop"], line["request"]) == ("tea", "r1")
        assert line["actor"] == f"staff {UUID(int=5)}"
    assert "Ada" not in str(lines())
    assert "request" not in after


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("mail to ada.l+shop@example.co.uk bounced", "ada.l+shop@example"),
        ("called 13812345678 twice", "13812345678"),
        ("收货人 138 1234 5678", "1234 5678"),
        ("called +86 138-1234-5678", "1234-5678"),
        ("called +1 (415) 555-2671", "555"),
        ("postgresql://app:hunter2@db.example/shop", "hunter2"),
        ("key sk_live_a1b2c3d4e5", "a1b2c3"),
        ("key test_0123456789abcdef0123456789abcdef", "0123456789ab"),
        ("Authorization: Bearer abc.def-ghi123", "abc.def"),
        ("GET /log-in?token=abcdef&next=/", "abcdef"),
        ("{'password': 'hunter2', 'next': 1}", "hunter2"),
    ],
)
def test_private_data_in_any_text_are_hidden(lines, text, private):
    log = structlog.get_logger("core.web")
    log.warning(text)
    log.warning("refused", why=text, more={"deep": [text]})
    logging.getLogger("library").warning("said %s", text)
    try:
        int(text)
    except ValueError:
        log.exception("failed")
    found = lines()
    assert len(found) == 4
    assert "Traceback" in found[3]["exception"]
    assert private not in json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize(
    "name", ["password", "secret_key", "csrf_token", "email", "phone", "Cookie", "recipient"]
)
def test_values_with_the_name_of_a_secret_are_hidden(lines, name):
    structlog.get_logger("core.web").warning("refused", form={name: "open sesame"}, **{name: "open sesame"})
    assert "open sesame" not in json.dumps(lines())


def test_what_only_looks_like_a_phone_number_stays(lines):
    harmless = [
        str(UUID("01985f3a-7d42-7bbb-8a11-138123456789")),
        "T10001",
        "2026-11-22T13:48:00.123456Z",
        "took 13812345678901 ns",
        "GET /x/group-buy/g/12345678901234",
        "¥1,380.00",
    ]
    for text in harmless:
        structlog.get_logger("core.web").warning("kept", text=text)
    assert [line["text"] for line in lines()] == harmless


def test_text_for_people_has_no_values_of_variables_in_tracebacks(lines):
    written = io.StringIO()
    configure_logging("text", stream=written)
    name = "Ada " + "Lovelace"
    try:
        int(name[:3])
    except ValueError:
        structlog.get_logger("core.web").exception("failed", path="/cart")
    said = written.getvalue()
    assert "failed" in said
    assert "path=/cart" in said
    assert "ValueError" in said
    assert "Ada Lovelace" not in said
