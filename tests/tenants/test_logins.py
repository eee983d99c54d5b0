"""Staff log in: right passwords, wrong ones, too many of them, and sessions that end everywhere at once."""

import time

import pytest
from sqlalchemy import text

from core.hooks import current
from core.kernel.errors import PermissionRefused
from core.kernel.tenancy import SYSTEM, require, shop_bound
from core.testing.races import overlapping_pairs, race
from core.testing.statements import count_statements
from tenants import passwords, staff_directory
from tenants.actions.logins import log_in, log_out, set_language, staff_of_token
from tenants.actions.shops import give_role, take_role
from tenants.errors import LoginLocked, LoginRefused
from tenants.throttle import TRIES_PER_ADDRESS, TRIES_PER_EMAIL
from tests.tenants.conftest import PASSWORD


def refused(email, password="wrong", address=""):
    with pytest.raises(LoginRefused):
        log_in(email=email, password=password, address=address)


def test_right_password_opens_a_session_that_knows_the_shops(owner, shop):
    token = log_in(email=f"  {owner.email.upper()} ", password=PASSWORD)
    member = staff_of_token(token)
    assert (member.id, member.email) == (owner.id, owner.email)
    assert [(one.handle, one.role) for one in member.shops] == [(shop.handle, "owner")]


def test_token_is_kept_nowhere(owner, owner_engine):
    token = log_in(email=owner.email, password=PASSWORD)
    with owner_engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM platform.staff_session")).all()
    assert rows
    assert token not in str(rows)


def test_full_width_letters_are_the_same_address(owner):
    assert log_in(email=owner.email.replace("person", "ｐｅｒｓｏｎ"), password=PASSWORD)


@pytest.mark.parametrize(
    "email", ["nobody@example.com", "", "\x00", "a" * 300, "x@\x00.com", "😀", "a" * 1_000_000]
)
def test_unknown_and_senseless_addresses_get_the_same_refusal(tenants, email):
    refused(email)


@pytest.mark.parametrize("password", ["", "wrong", "\x00", "p" * 1_000_000, PASSWORD.upper()])
def test_wrong_passwords_are_refused(owner, password):
    refused(owner.email, password)


def test_tenth_wrong_password_locks_even_for_the_right_one(owner, clock):
    for _ in range(TRIES_PER_EMAIL):
        refused(owner.email)
    with pytest.raises(LoginLocked):
        log_in(email=owner.email, password=PASSWORD)
    clock.advance(minutes=15, seconds=1)
    assert log_in(email=owner.email, password=PASSWORD)


def test_unknown_people_are_locked_in_just_the_same_way(tenants):
    for _ in range(TRIES_PER_EMAIL):
        refused("nobody.at.all@example.com")
    with pytest.raises(LoginLocked):
        log_in(email="nobody.at.all@example.com", password="wrong")


def test_right_password_starts_counting_anew(owner):
    for _ in range(3):
        for _ in range(TRIES_PER_EMAIL - 1):
            refused(owner.email)
        assert log_in(email=owner.email, password=PASSWORD)


def test_one_address_cannot_try_many_people(tenants, owner):
    for number in range(TRIES_PER_ADDRESS):
        refused(f"guess{number}@example.com", address="203.0.113.9")
    with pytest.raises(LoginLocked):
        log_in(email=owner.email, password=PASSWORD, address="203.0.113.9")
    assert log_in(email=owner.email, password=PASSWORD, address="203.0.113.10")


@pytest.mark.race
def test_parallel_guesses_do_not_share_a_try(owner):
    def guess():
        log_in(email=owner.email, password="wrong")

    attempts = race([guess] * 16)
    kinds = [type(attempt.error).__name__ for attempt in attempts]
    assert overlapping_pairs(attempts) > 20
    assert kinds.count("LoginRefused") == TRIES_PER_EMAIL
    assert kinds.count("LoginLocked") == 16 - TRIES_PER_EMAIL


def seconds_of(email):
    began = time.perf_counter()
    refused(email)
    return time.perf_counter() - began


def test_unknown_people_take_as_long_as_known_ones(staff):
    # Costs that can be told from noise; a shortcut for unknown people would be ten times faster.
    passwords.install_profile(time_cost=2, memory_cost=19_456)
    try:
        people = [staff().email for _ in range(7)]
        passwords.matches(None, "warm up")
        known = sorted(seconds_of(email) for email in people)[3]
        unknown = sorted(seconds_of(f"nobody{number}@example.org") for number in range(7))[3]
    finally:
        passwords.install_profile(time_cost=1, memory_cost=8)
    assert 0.5 < known / unknown < 2


def test_logging_out_ends_the_session_at_once(owner):
    token, other = (log_in(email=owner.email, password=PASSWORD) for _ in range(2))
    assert staff_of_token(token)
    log_out(token=token)
    assert staff_of_token(token) is None
    assert staff_of_token(other)


def test_session_ends_after_two_weeks(owner, clock):
    token = log_in(email=owner.email, password=PASSWORD)
    clock.advance(days=13)
    assert staff_of_token(token)
    clock.advance(days=1, minutes=1)
    assert staff_of_token(token) is None


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "a" * 100_000])
def test_senseless_tokens_belong_to_nobody(tenants, token):
    assert staff_of_token(token) is None


def test_language_is_remembered(owner):
    token = log_in(email=owner.email, password=PASSWORD)
    set_language(staff_id=owner.id, language="zh")
    assert staff_of_token(token).language == "zh-CN"
    set_language(staff_id=owner.id, language="klingon")
    assert staff_of_token(token).language == "zh-CN"


def may(member, permission, shop):
    with shop_bound(shop, member.actor):
        try:
            require(permission)
        except PermissionRefused:
            return False
        return True


def test_owners_may_everything_and_staff_only_daily_work(staff, shop, other_shop):
    owner, helper = staff((shop, "owner")), staff((shop, "staff"))
    assert may(owner, "plugins.switch", shop)
    assert may(helper, "orders.refund", shop)
    assert not may(helper, "plugins.switch", shop)
    assert not may(owner, "orders.refund", other_shop)
    assert not may(helper, "orders.refund", other_shop)
    assert not may(owner, "no.such_permission", shop)


def test_a_person_can_be_owner_here_and_staff_there(staff, shop, other_shop):
    both = staff((shop, "owner"), (other_shop, "staff"))
    assert may(both, "shop.edit", shop)
    assert not may(both, "shop.edit", other_shop)
    assert may(both, "catalog.edit", other_shop)


def test_role_taken_away_counts_within_a_second(staff, shop):
    member = staff((shop, "owner"))
    assert may(member, "shop.edit", shop)
    take_role(staff_id=member.id, shop_id=shop.shop_id)
    assert not may(member, "shop.edit", shop)
    give_role(staff_id=member.id, shop_id=shop.shop_id, role="staff")
    assert may(member, "catalog.edit", shop)


def test_role_is_read_with_the_session_and_not_again(owner, shop, monkeypatch):
    token = log_in(email=owner.email, password=PASSWORD)
    staff_directory.forget_roles()
    assert staff_of_token(token)
    monkeypatch.setattr(staff_directory, "platform_session", lambda: pytest.fail("asked again"))
    assert all(may(owner, permission, shop) for permission in ("shop.edit", "orders.ship", "catalog.edit"))


def test_answers_of_a_request_cost_no_statement_while_they_are_fresh(owner, shop):
    def ask():
        current.answer("answer_scope_for_shop", shop_id=shop.shop_id)
        current.answer("answer_enabled_plugins", shop_id=shop.shop_id)
        current.answer("answer_storefront_address", shop_id=shop.shop_id)

    with shop_bound(shop, SYSTEM):
        ask()
        with count_statements() as sent:
            ask()
    assert len(sent) == 0


def test_closed_shops_are_not_offered(staff, shop, owner_engine):
    member = staff((shop, "owner"))
    token = log_in(email=member.email, password=PASSWORD)
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE shops_directory SET status = 'closed' WHERE shop_id = :id"), {"id": shop.shop_id}
        )
    assert staff_of_token(token).shops == ()


def test_sessions_that_are_over_are_cleared_away(owner, owner_engine, clock):
    log_in(email=owner.email, password=PASSWORD)
    clock.advance(days=15)
    log_in(email=owner.email, password=PASSWORD)
    with owner_engine.connect() as connection:
        left = connection.scalar(
            text("SELECT count(*) FROM platform.staff_session WHERE staff_id = :id"), {"id": owner.id}
        )
    assert left == 1
