"""A quote is ours, unchanged, for this checkout and in time, or it is refused; differences are told in words."""

import base64
import json
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.pricing.errors import QuoteExpired, QuoteForged
from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import ShippingOption
from core.commerce.pricing.quotes import quote_difference, read_quote, sign_quote
from core.commerce.pricing.stages import Stage
from core.kernel.i18n import speaking
from core.kernel.money import Money
from tests.core.commerce.pricing.baskets import (
    MOMENT,
    activity,
    answering,
    answers,
    basket,
    line,
    off,
    price_inputs,
)

SECRET = b"a secret of at least 16 bytes"
CHECKOUT = UUID(int=77)
UNTIL = MOMENT + timedelta(minutes=15)


def priced(*adjustments, lines=None, **more):
    return price(basket(*(lines or (line("a", 1000, 2), line("b", 300))), **more), answering(*adjustments))


def signed(cart=None, **more):
    return sign_quote(cart or priced(), SECRET, UNTIL, **{"shop_id": 1, "checkout_id": CHECKOUT, **more})


def read(token, secret=SECRET, now=MOMENT, shop_id=1, checkout_id=CHECKOUT):
    return read_quote(token, secret, now, shop_id=shop_id, checkout_id=checkout_id)


@given(price_inputs(), st.data())
def test_a_quote_is_read_back_and_promises_its_price(price_input, data):
    cart = price(price_input, answering(*data.draw(answers(price_input))))
    quote = read(signed(cart))
    assert (quote.total, quote.expires_at) == (cart.total_money, UNTIL)
    assert quote.promises(cart)


def test_a_quote_promises_no_other_price():
    quote = read(signed())
    assert not quote.promises(priced(off(Stage.COUPONS, 1)))
    assert quote.total == Money(2300, "CNY")


def test_the_same_total_in_another_spread_is_not_what_was_promised():
    quote = read(signed(priced(off(Stage.COUPONS, 100, ("a",)))))
    assert not quote.promises(priced(off(Stage.COUPONS, 100, ("b",))))


def test_a_quote_holds_until_its_expiry_and_not_at_it():
    assert read(signed(), now=UNTIL - timedelta(microseconds=1))
    for late in (UNTIL, UNTIL + timedelta(days=1)):
        with pytest.raises(QuoteExpired):
            read(signed(), now=late)


def changed_total(token):
    body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    said["total"] = 1
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=") + "." + signature


@pytest.mark.parametrize(
    "forge",
    [
        changed_total,
        lambda token: token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        lambda token: token.split(".")[0],
        lambda token: token.split(".")[0] + ".",
        lambda token: "." + token.split(".")[1],
        lambda token: token + "." + token,
        lambda token: token * 10,
        lambda _: "",
        lambda _: "x.y",
        lambda _: "茶.\0",
        lambda _: "a" * 1_000_000,
    ],
)
def test_a_changed_quote_is_refused(forge):
    with pytest.raises(QuoteForged):
        read(forge(signed()))


@pytest.mark.parametrize(
    "elsewhere", [{"secret": b"another secret of 16 bytes"}, {"shop_id": 2}, {"checkout_id": UUID(int=78)}]
)
def test_a_quote_of_another_secret_shop_or_checkout_is_refused(elsewhere):
    with pytest.raises(QuoteForged):
        read(signed(), **elsewhere)


@given(st.text(max_size=80))
def test_no_text_whatever_is_a_quote(text):
    with pytest.raises(QuoteForged):
        read(text)


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        sign_quote(priced(), b"short", UNTIL, shop_id=1, checkout_id=CHECKOUT)


def told(old, new, language="en"):
    with speaking(language):
        return [difference.text() for difference in quote_difference(old, new)]


def test_equal_prices_have_no_differences():
    assert quote_difference(priced(off(Stage.COUPONS, 5)), priced(off(Stage.COUPONS, 5))) == []


def test_a_raised_price_is_told_line_by_line():
    dearer = priced(lines=(line("a", 1100, 2), line("b", 300)))
    assert told(priced(), dearer) == [
        "Tea a: CN¥20.00 before, CN¥22.00 now.",
        "Total: CN¥23.00 before, CN¥25.00 now.",
    ]
    assert told(priced(), dearer, "zh-CN") == [
        "“Tea a”：原为 ¥20.00，现为 ¥22.00。",
        "合计：原为 ¥23.00，现为 ¥25.00。",
    ]


def test_a_vanished_offer_and_new_shipping_are_told():
    post = ShippingOption(key="s", title="Post", fee=500)
    old, new = priced(activity(900, "a")), priced(shipping=post)
    assert [difference.code for difference in quote_difference(old, new)] == [
        "line_price", "offer_gone", "shipping", "total",
    ]  # fmt: skip
    assert "No longer applies: An offer." in told(old, new)


def test_a_price_that_only_comes_about_differently_is_told_as_that():
    old = priced(off(Stage.COUPONS, 100, ("a",)), off(Stage.POINTS, 50, ("a",), rule="r2"))
    new = priced(off(Stage.COUPONS, 50, ("a",)), off(Stage.POINTS, 100, ("a",), rule="r2"))
    assert told(old, new) == ["The offers changed; what you pay did not."]


def test_lines_and_quantities_that_changed_are_told():
    new = priced(lines=(line("a", 1000, 3), line("c", 50)))
    differences = quote_difference(priced(), new)
    assert [(one.code, one.line) for one in differences] == [
        ("quantity", "a"), ("line_price", "a"), ("line_gone", "b"), ("line_added", "c"), ("total", ""),
    ]  # fmt: skip
    assert differences[0].as_json("en") == {
        "code": "quantity", "line": "a", "message": "Tea a: 2 pieces before, 3 now.",
    }  # fmt: skip


@given(price_inputs(), st.data())
def test_a_changed_total_is_always_told(price_input, data):
    offered = data.draw(answers(price_input))
    old, new = price(price_input, answering()), price(price_input, answering(*offered))
    codes = [difference.code for difference in quote_difference(old, new)]
    assert ("total" in codes) == (old.total != new.total)
    assert bool(codes) == (old.fingerprint() != new.fingerprint())
