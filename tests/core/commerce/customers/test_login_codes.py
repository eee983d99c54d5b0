"""Logging in with a code: one code, one log-in, few tries."""

import re

import pytest
from sqlalchemy import select

from core.commerce.customers.actions import log_in, send_login_code
from core.commerce.customers.errors import CodeRefused, TooManyCodes
from core.commerce.messages.models import Message
from core.kernel.db import reading, session
from core.testing.races import race

LIN = "lin@example.com"


def ask():
    """Ask for a code and read it in the mailbox."""
    send_login_code(contact=LIN)
    with reading():
        body = session().scalars(select(Message.body).order_by(Message.id.desc())).first()
    return re.search(r"\d{6}", body)[0]


def test_code_works_once(in_shop):
    code = ask()
    assert log_in(contact=LIN, code=code).first_time
    with pytest.raises(CodeRefused):
        log_in(contact=LIN, code=code)


def test_log_in_ends_every_earlier_code_of_the_same_contact(in_shop, clock):
    older = ask()
    clock.advance(seconds=1)
    newer = ask()
    log_in(contact=LIN, code=newer)
    with pytest.raises(CodeRefused):
        log_in(contact=LIN, code=older)


def test_wrong_tries_are_counted_even_though_they_are_refused(in_shop):
    code = ask()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(CodeRefused):
            log_in(contact=LIN, code=wrong)
    with pytest.raises(TooManyCodes):
        log_in(contact=LIN, code=code)


def test_code_is_too_old_after_ten_minutes(in_shop, clock):
    code = ask()
    clock.advance(minutes=10)
    with pytest.raises(CodeRefused):
        log_in(contact=LIN, code=code)


@pytest.mark.race
def test_one_code_used_by_eight_at_once_logs_in_one(in_shop):
    code = ask()
    attempts = race([lambda: log_in(contact=LIN, code=code)] * 8)
    assert sum(attempt.error is None for attempt in attempts) == 1
    assert {type(attempt.error) for attempt in attempts if attempt.error} <= {CodeRefused, TooManyCodes}
