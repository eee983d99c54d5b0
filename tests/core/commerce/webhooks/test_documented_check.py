"""The check that docs/webhooks.md prints believes us, and nobody else."""

import re
import time
from pathlib import Path

import pytest

from core.commerce.webhooks.sending import WAITS
from core.commerce.webhooks.signing import new_secret, signature

DOCUMENT = (Path(__file__).resolve().parents[4] / "docs" / "webhooks.md").read_text()
SECRET = new_secret()
BODY = '{"type":"orders.order_paid","data":{"note":"青山"}}'.encode()


@pytest.fixture
def is_genuine():
    """The function as it is printed."""
    printed = {}
    exec(re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[1], printed)
    return printed["is_genuine"]


def headers(at, secret=SECRET, body=BODY):
    made = signature(secret, message_id="m1", timestamp=at, body=body)
    return {"webhook-id": "m1", "webhook-timestamp": str(at), "webhook-signature": f"v1,bm90aGluZw== {made}"}


def test_ours_is_believed(is_genuine):
    assert is_genuine(SECRET, headers(int(time.time())), BODY)


def test_nothing_else_is(is_genuine):
    at = int(time.time())
    assert not is_genuine(SECRET, headers(at), BODY.replace(b"paid", b"free"))
    assert not is_genuine(new_secret(), headers(at), BODY)
    assert not is_genuine(SECRET, headers(at - 600), BODY)
    assert not is_genuine(SECRET, headers(at) | {"webhook-id": "m2"}, BODY)


def test_waits_are_those_that_are_printed():
    said = re.search(r"Tries come after (.*?)\. What", DOCUMENT, re.DOTALL)[1]
    assert (
        " ".join(said.split()) == "10 seconds, 1 minute, 5 minutes, 30 minutes, 2, 5, 10, 14, 16 and 24 hours"
    )
    hours = [2, 5, 10, 14, 16, 24]
    assert [wait.total_seconds() for wait in WAITS] == [10, 60, 300, 1_800, *(one * 3_600 for one in hours)]
