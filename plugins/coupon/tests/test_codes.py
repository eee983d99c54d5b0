"""Codes: hard to guess, kept as hashes, good once, stopped when somebody tries many."""

import random

import pytest
from sqlalchemy import select

from core.sdk.commands import reading
from core.sdk.data import session
from core.sdk.errors import InputRefused
from core.testing.races import overlapping_pairs, race
from plugins.coupon.actions.campaigns import pause_campaign
from plugins.coupon.actions.code_batches import disable_codes, import_codes, make_codes, make_public_code
from plugins.coupon.actions.redeeming import redeem_code
from plugins.coupon.codes import (
    ALPHABET,
    LENGTH,
    code_hash,
    is_mistyped,
    new_unique_code,
    normalised,
)
from plugins.coupon.errors import CouponError
from plugins.coupon.models import Code
from plugins.coupon.queries.listings import batches_of
from plugins.coupon.tests.people import make_campaign


def redeem(who, code, *, seen_as=("address:1", "device:1")):
    with who.acting:
        return redeem_code(code=code, seen_as=seen_as)


def refusal(act):
    with pytest.raises(CouponError) as error:
        act()
    return error.value.code


def test_a_unique_code_has_60_bits_and_survives_typing():
    made = {normalised(new_unique_code()) for _ in range(2_000)}
    assert len(made) == 2_000
    assert len(ALPHABET) ** LENGTH >= 2**50
    code = new_unique_code()
    sloppy = code.lower().replace("-", " ").replace("0", "O").replace("1", "l")
    assert code_hash(sloppy) == code_hash(code)


def test_check_character_finds_every_wrong_sign_and_every_swap():
    dice = random.Random(5)
    for _ in range(200):
        plain = normalised(new_unique_code())
        assert not is_mistyped(plain)
        place = dice.randrange(LENGTH)
        for other in ALPHABET:
            if other != plain[place]:
                assert is_mistyped(plain[:place] + other + plain[place + 1 :])
        if place + 1 < LENGTH and plain[place] != plain[place + 1]:
            swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
            assert is_mistyped(swapped)


def test_unique_codes_are_kept_as_hashes_and_are_good_once(person, coupon_shop):
    campaign = make_campaign(way="code", per_customer=None)
    batch, codes = make_codes(campaign_id=campaign, name="传单", count=3)
    with reading():
        rows = session().scalars(select(Code)).all()
        said = repr([(row.code_hash, row.hint) for row in rows])
    assert len(rows) == 3
    assert not any(normalised(code) in said for code in codes)
    one, two = person(), person()
    assert redeem(one, codes[0]).terms.title == "满200减30"
    assert refusal(lambda: redeem(two, codes[0])) == "coupon.code_refused"
    assert disable_codes(batch_id=batch) == 3
    assert refusal(lambda: redeem(two, codes[1])) == "coupon.code_refused"
    with reading():
        assert [(row.used, row.off, row.count) for row in batches_of(campaign)] == [(1, 3, 3)]


def test_unknown_disabled_used_up_and_closed_codes_are_refused_in_the_same_words(person, coupon_shop):
    open_, shut = make_campaign(way="code"), make_campaign(way="code")
    make_public_code(campaign_id=open_, text="USEDUP", max_uses=1)
    make_public_code(campaign_id=shut, text="PAUSED")
    redeem(person(), "USEDUP")
    pause_campaign(campaign_id=shut)
    words = set()
    for number, code in enumerate(("NOTHING", "USEDUP", "PAUSED", "", "x" * 90)):
        with pytest.raises(CouponError) as error:
            redeem(person(), code, seen_as=(f"address:{number}",))
        words.add((error.value.code, error.value.text, error.value.fix_text))
    assert len(words) == 1


def test_five_wrong_codes_and_then_even_the_right_one_has_to_wait(person, coupon_shop, clock):
    make_public_code(campaign_id=make_campaign(way="code"), text="OLDFRIEND")
    who = person()
    for number in range(5):
        assert refusal(lambda n=number: redeem(who, f"WRONG{n}XX")) == "coupon.code_refused"
    assert refusal(lambda: redeem(who, "OLDFRIEND")) == "coupon.too_many_tries"
    # Another address and device do not help the same customer.
    other = ("address:2", "device:2")
    assert refusal(lambda: redeem(who, "OLDFRIEND", seen_as=other)) == "coupon.too_many_tries"
    # Neither does another customer on the same device, nor one from the same address.
    assert refusal(lambda: redeem(person(), "OLDFRIEND", seen_as=("device:1",))) == "coupon.too_many_tries"
    assert refusal(lambda: redeem(person(), "OLDFRIEND", seen_as=("address:1",))) == "coupon.too_many_tries"
    assert redeem(person(), "OLDFRIEND", seen_as=other)
    clock.advance(minutes=10)
    assert redeem(who, "OLDFRIEND")


def test_right_codes_never_count_as_guesses(person, coupon_shop):
    campaign = make_campaign(way="code", per_customer=None)
    _batch, codes = make_codes(campaign_id=campaign, name="a", count=8)
    who = person()
    for code in codes:
        redeem(who, code)
    assert len(who.wallet()) == 8


@pytest.mark.race
def test_guessing_in_parallel_gets_no_more_than_five_tries(person, coupon_shop):
    """As many threads as a guesser likes: each try is counted before the code is looked at."""
    who = person()
    attempts = race([lambda n=n: redeem(who, f"GUESS{n:02d}XX") for n in range(24)])
    assert overlapping_pairs(attempts) > 30
    codes = sorted(one.error.code for one in attempts)
    assert codes.count("coupon.code_refused") == 5
    assert codes.count("coupon.too_many_tries") == 19


@pytest.mark.race
def test_one_unique_code_typed_by_16_people_gives_one_coupon(person, coupon_shop):
    _batch, codes = make_codes(campaign_id=make_campaign(way="code"), name="a", count=1)
    people = [person() for _ in range(16)]
    attempts = race(
        [lambda who=who, n=n: redeem(who, codes[0], seen_as=(f"a:{n}",)) for n, who in enumerate(people)]
    )
    assert overlapping_pairs(attempts) > 10
    assert sum(one.error is None for one in attempts) == 1


def test_imported_codes_are_taken_over_whole_or_not_at_all(person, coupon_shop):
    campaign = make_campaign(way="code")
    assert refusal(
        lambda: import_codes(campaign_id=campaign, name="x", codes=["GOODCODE1", "short", "GOOD-CODE1"])
    ) == ("coupon.bad_codes")
    import_codes(campaign_id=campaign, name="x", codes=["GOODCODE1", "GOODCODE2"])
    assert refusal(lambda: import_codes(campaign_id=campaign, name="y", codes=["goodcode2"])) == (
        "coupon.bad_codes"
    )
    assert redeem(person(), "goodcode-1")
    with pytest.raises(InputRefused):
        make_public_code(campaign_id=campaign, text="TEA")
