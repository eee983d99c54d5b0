"""Money never loses a cent: arithmetic, splits, and amounts as people write and type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.i18n import speaking
from core.kernel.money import (
    Money,
    MoneyError,
    MoneyInputError,
    allocate,
    dealt,
    exponent,
    format_money,
    parse_amount,
    plain_amount,
    unit_shares,
)
from core.kernel.tenancy import ShopScope, shop_bound

minor = st.integers(-(10**12), 10**12)
positive = st.integers(0, 10**12)
currency = st.sampled_from(["CNY", "USD", "JPY", "KWD", "CLF"])


@given(minor, minor, currency)
def test_sum_and_difference_are_exact(left, right, code):
    assert (Money(left, code) + Money(right, code)).minor == left + right
    assert Money(left, code) - Money(right, code) == -(Money(right, code) - Money(left, code))
    assert (Money(left, code) < Money(right, code)) == (left < right)


@pytest.mark.parametrize(
    "mix",
    [
        lambda cny, usd: cny + usd,
        lambda cny, usd: cny - usd,
        lambda cny, usd: cny < usd,
        lambda cny, usd: cny >= usd,
        lambda cny, _: cny + 1,
        lambda cny, _: cny * 1.5,
        lambda cny, _: cny * True,
        lambda cny, _: cny.ratio(1, 0),
        lambda cny, _: cny.ratio(0.5, 1),
        lambda _, __: Money(1.0, "CNY"),
        lambda _, __: Money(True, "CNY"),
        lambda _, __: Money(1, "cny"),
        lambda _, __: Money(1, "ZZZ"),
        lambda _, __: Money(1, None),
    ],
)
def test_mixing_currencies_or_floats_is_refused(mix):
    with pytest.raises(MoneyError):
        mix(Money(100, "CNY"), Money(100, "USD"))


def test_division_does_not_exist():
    with pytest.raises(TypeError):
        Money(100, "CNY") / 2


def test_money_of_two_currencies_is_never_equal():
    assert Money.zero("CNY") != Money.zero("USD")


@pytest.mark.parametrize(
    ("amount", "num", "den", "expected"),
    [(5, 1, 2, 3), (-5, 1, 2, -3), (5, -1, 2, -3), (4, 1, 3, 1), (5, 1, 3, 2), (0, 7, 9, 0), (1, 1, 2, 1)],
)
def test_ratio_rounds_half_away_from_zero_once(amount, num, den, expected):
    assert Money(amount, "CNY").ratio(num, den).minor == expected


def test_basis_points_of_a_price():
    assert Money(9990, "CNY").basis_points(1250).minor == 1249
    assert Money(9990, "CNY").basis_points(10_000).minor == 9990


# --- splits -------------------------------------------------------------------------------------------------

weighted = st.lists(st.integers(0, 30_000), min_size=1, max_size=12)


@given(weighted, st.data())
def test_allocation_is_exact_and_never_above_a_cap(weights, data):
    caps = data.draw(st.lists(st.integers(0, 30_000), min_size=len(weights), max_size=len(weights)))
    amount = data.draw(st.integers(0, sum(caps)))
    shares = allocate(amount, weights, caps)
    assert sum(shares) == amount
    assert all(0 <= share <= cap for share, cap in zip(shares, caps, strict=True))


@given(weighted.filter(any), st.data())
def test_allocation_within_the_weights_is_never_a_cent_off_its_share(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))
    for share, weight in zip(allocate(amount, weights, weights), weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)
        assert share <= weight


@given(weighted, st.data())
def test_a_full_share_passes_the_rest_on_by_weight(weights, data):
    caps = [weight // 2 for weight in weights]
    amount = data.draw(st.integers(0, sum(caps)))
    shares = allocate(amount, weights, caps)
    room = [index for index, share in enumerate(shares) if share < caps[index]]
    for index in room:
        for other in room:
            if weights[index] > weights[other]:
                assert shares[index] >= shares[other]


@pytest.mark.parametrize(
    ("amount", "weights", "caps", "expected"),
    [
        (3000, [10000, 6000, 4000], None, [1500, 900, 600]),
        (99, [1] * 100, [1] * 100, [1] * 99 + [0]),
        (100, [0, 1, 1, 1], [100] * 4, [0, 34, 33, 33]),
        (10, [0, 0, 0], None, [4, 3, 3]),
        (10, [9, 1], [2, 20], [2, 8]),
        (10, [9, 0], [2, 20], [2, 8]),
        (1, [1, 1], None, [1, 0]),
        (1, [1, 2, 2], None, [0, 1, 0]),
        (0, [], None, []),
        (7, [5], [7], [7]),
    ],
)
def test_allocation_examples(amount, weights, caps, expected):
    assert allocate(amount, weights, caps) == expected


@pytest.mark.parametrize(
    ("amount", "weights", "caps"),
    [
        (1, [], None),
        (5, [1, 1], [2, 2]),
        (-1, [1], None),
        (1, [-1, 3], None),
        (1, [1], [1, 1]),
        (1.0, [1], None),
        (1, [1], [-1]),
    ],
)
def test_an_allocation_that_cannot_be_made_is_refused(amount, weights, caps):
    with pytest.raises(MoneyError):
        allocate(amount, weights, caps)


@given(positive, st.integers(1, 500))
def test_unit_shares_are_exact_and_differ_by_one_at_most(total, quantity):
    shares = unit_shares(total, quantity)
    assert sum(shares) == total
    assert len(shares) == quantity
    assert max(shares) - min(shares) <= 1
    assert [dealt(total, quantity, units) for units in range(quantity + 1)] == [
        sum(shares[:units]) for units in range(quantity + 1)
    ]


@given(positive, st.integers(0, 10_000), st.integers(1, 200))
def test_a_larger_total_never_gives_a_unit_less(total, more, quantity):
    pairs = zip(unit_shares(total, quantity), unit_shares(total + more, quantity), strict=True)
    assert all(smaller <= larger for smaller, larger in pairs)


@pytest.mark.parametrize(
    ("total", "quantity", "units"), [(1, 0, 0), (1, 2, 3), (-1, 2, 1), (1, -2, 0), (1, 2, -1)]
)
def test_dealing_to_units_that_are_not_there_is_refused(total, quantity, units):
    with pytest.raises(MoneyError):
        dealt(total, quantity, units)


def test_nothing_is_dealt_to_nobody():
    assert unit_shares(0, 0) == []


# --- writing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "code", "locale", "expected"),
    [
        (123450, "CNY", "zh-CN", "¥1,234.50"),
        (-123450, "CNY", "zh-CN", "−¥1,234.50"),
        (123450, "USD", "en", "$1,234.50"),
        (-5, "USD", "en", "−$0.05"),
        (1234, "JPY", "en", "¥1,234"),
        (1234567, "KWD", "en", "KWD1,234.567"),
        (0, "CNY", "zh_Hans", "¥0.00"),
        (10**15, "CNY", "zh-CN", "¥10,000,000,000,000.00"),
    ],
)
def test_money_is_written_as_people_write_it(amount, code, locale, expected):
    assert format_money(Money(amount, code), locale) == expected


@pytest.mark.parametrize(("shops", "expected"), [("CNY", "¥5.00"), ("JPY", "CN¥5.00")])
def test_the_shops_own_currency_needs_no_country_letters(shops, expected):
    with shop_bound(ShopScope(1, "tea", shops, "en", "UTC")), speaking("en"):
        assert format_money(Money(500, "CNY")) == expected


def test_without_a_locale_money_is_written_in_the_current_language():
    with speaking("zh-CN"):
        assert format_money(Money(500, "CNY")) == "¥5.00"
    with speaking("en"):
        assert format_money(Money(500, "CNY")) == "CN¥5.00"


def test_exponents_follow_iso_4217():
    assert [exponent(code) for code in ("CNY", "JPY", "KWD", "CLF", "AFN", "ISK")] == [2, 0, 3, 4, 2, 0]
    with pytest.raises(MoneyError):
        exponent("¥")


# --- typing -------------------------------------------------------------------------------------------------


@given(positive, currency)
def test_a_plain_amount_is_read_back(amount, code):
    assert parse_amount(plain_amount(Money(amount, code)), code) == amount


@given(positive, currency, st.sampled_from(["zh-CN", "en"]))
def test_a_written_amount_is_read_back(amount, code, locale):
    assert parse_amount(format_money(Money(amount, code), locale), code) == amount


WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


@given(positive)
def test_a_full_width_amount_is_read_back(amount):
    assert parse_amount(format_money(Money(amount, "CNY"), "zh-CN").translate(WIDE), "CNY") == amount


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 1200),
        (" 12.5 ", 1250),
        ("１２。５", 1250),
        ("￥12.50", 1250),
        ("CNY 12.50", 1250),
        ("1 234.50", 123450),
        ("1\u202f234.50", 123450),
        (".5", 50),
        ("5.", 500),
        ("0012.500", 1250),
        ("0", 0),
        ("10,000,000,000.00", 10**12),
    ],
)
def test_amounts_people_type_are_understood(text, expected):
    assert parse_amount(text, "CNY") == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \u3000 ", "empty"),
        ("¥", "empty"),
        ("-5", "negative"),
        ("−5", "negative"),
        ("－５", "negative"),
        ("¥-5", "negative"),
        ("-¥5", "negative"),
        ("(5.00)", "negative"),
        ("-0", "negative"),
        ("12.345", "too_many_decimals"),
        ("0.001", "too_many_decimals"),
        ("10000000000.01", "too_large"),
        ("9" * 100_000, "too_large"),
        ("1,000" * 200_000, "not_a_number"),
        ("NaN", "not_a_number"),
        ("-NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("1e5", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1,23", "not_a_number"),
        ("1,234 567", "not_a_number"),
        ("1.2.3", "not_a_number"),
        (".", "not_a_number"),
        ("-", "not_a_number"),
        ("()", "not_a_number"),
        ("$5", "not_a_number"),
        ("½", "not_a_number"),
        ("1²", "not_a_number"),
        ("١٢", "not_a_number"),
        ("\u202e12", "not_a_number"),
        ("12\x00", "not_a_number"),
        ("🍵", "not_a_number"),
        ("5 fen", "not_a_number"),
    ],
)
def test_amounts_we_cannot_take_say_why(text, reason):
    with pytest.raises(MoneyInputError) as refused:
        parse_amount(text, "CNY")
    assert refused.value.reason == reason
    assert refused.value.code == f"money.{reason}"
    assert "%(" not in refused.value.text


def test_the_minor_unit_decides_which_decimals_are_too_many():
    assert parse_amount("12.00", "JPY") == 12
    assert parse_amount("1.234", "KWD") == 1234
    with pytest.raises(MoneyInputError, match="too_many_decimals"):
        parse_amount("12.5", "JPY")


def test_a_callers_own_maximum_is_kept_and_named():
    assert parse_amount("99.99", "CNY", maximum=9999) == 9999
    with pytest.raises(MoneyInputError) as refused:
        parse_amount("100", "CNY", maximum=9999)
    with speaking("en"):
        assert refused.value.text == "This amount is too large; the most is 99.99."


def reading(text):
    try:
        return parse_amount(text, "CNY")
    except MoneyInputError as refused:
        return refused.reason


@given(st.text(max_size=30))
def test_no_text_whatever_breaks_the_reader(text):
    answer = reading(text)
    reasons = {"empty", "not_a_number", "negative", "too_many_decimals", "too_large"}
    assert answer in reasons or 0 <= int(answer) <= 10**12


def test_every_amount_error_has_a_code_of_money():
    kinds = [MoneyInputError, *MoneyInputError.__subclasses__()]
    assert [kind.code for kind in kinds if not kind.code.startswith("money.")] == []
