"""Unit: amounts, times and words as storefront pages write them."""

from datetime import UTC, datetime

import pytest
from markupsafe import Markup

from core.kernel import clock
from core.kernel.i18n import speaking
from core.kernel.money import Money
from core.rendering import formats
from core.rendering.sandbox import TemplateRefused

MOMENT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.fixture
def november():
    stopped = clock.MovableClock()
    stopped.freeze(datetime(2026, 11, 22, 12, 4, tzinfo=UTC))
    clock.install(stopped)
    yield
    clock.install_system_clock()


@pytest.mark.parametrize(
    ("language", "value", "written", "with_small_sign", "digits"),
    [
        ("zh-CN", Money(8900, "CNY"), "¥89.00", "<small>¥</small>89.00", "89.00"),
        ("en", Money(8900, "CNY"), "¥89.00", "<small>¥</small>89.00", "89.00"),
        ("en", Money(-123456, "USD"), "−$1,234.56", "<small>−$</small>1,234.56", "−1,234.56"),
        ("zh-CN", Money(5, "JPY"), "¥5", "<small>¥</small>5", "5"),
        ("en", Money(0, "GBP"), "£0.00", "<small>£</small>0.00", "0.00"),
    ],
)
def test_money_is_written_three_ways(language, value, written, with_small_sign, digits):
    with speaking(language):
        assert (formats.money(value), formats.price(value), formats.amount(value)) == (
            written,
            with_small_sign,
            digits,
        )


@pytest.mark.parametrize("value", [8900, "89", None, 89.0])
def test_money_takes_money_only(value):
    with pytest.raises(TemplateRefused):
        formats.money(value)


@pytest.mark.parametrize(
    ("language", "zone", "time", "day", "moment"),
    [
        ("zh-CN", "Asia/Shanghai", "09:30", "11月23日", "11月23日 09:30"),
        ("en", "Asia/Shanghai", "09:30", "Nov 23", "Nov 23, 09:30"),
        ("en", "America/New_York", "20:30", "Nov 22", "Nov 22, 20:30"),
    ],
)
def test_times_are_in_the_zone_of_the_shop(november, language, zone, time, day, moment):
    with speaking(language), formats.in_zone(zone):
        assert (formats.time(MOMENT), formats.day(MOMENT), formats.full_moment(MOMENT)) == (time, day, moment)


def test_moment_of_today_is_the_time_alone(november):
    with speaking("en"), formats.in_zone("America/New_York"):
        assert formats.moment(MOMENT) == "20:30"
    with speaking("en"), formats.in_zone("Asia/Shanghai"):
        assert formats.moment(MOMENT) == "Nov 23, 09:30"


def test_day_of_another_year_names_it(november):
    with speaking("en"), formats.in_zone("UTC"):
        assert formats.day(datetime(2025, 3, 1, tzinfo=UTC)) == "Mar 1, 2025"


def test_a_time_without_zone_is_refused():
    with pytest.raises(TemplateRefused):
        formats.time(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_words_are_filled_and_translated(theme):
    with speaking("zh-CN"):
        assert formats.translated("Sold out") == "已售完"
        assert formats.translated("until %(time)s", time="20:08") == "到 20:08"
        assert formats.translated_number("%(n)s piece", "%(n)s pieces", 3) == "3 件"
    with speaking("en"):
        assert formats.translated_number("%(n)s piece", "%(n)s pieces", 1) == "1 piece"


def test_words_keep_html_of_params_and_escape_the_rest():
    filled = formats.translated("%(a)s < %(b)s", a=Markup("<b>1</b>"), b="<i>")
    assert (filled, type(filled)) == ("<b>1</b> &lt; &lt;i&gt;", Markup)
    plain = formats.translated("%(a)s < %(b)s", a="<b>", b="x")
    assert (plain, hasattr(plain, "__html__")) == ("<b> < x", False)


@pytest.mark.parametrize("message", ["%(n)999999999d", "%d things", "%(n)*d"])
def test_placeholders_with_a_width_are_never_filled(message):
    with pytest.raises(TemplateRefused):
        formats.translated_number(message, message, 2)
    assert formats.translated(message, n=2) == message


def test_percent_sign_of_a_message_without_params_stays():
    assert formats.translated("100% linen") == "100% linen"
    assert formats.translated("%(n)s%% off", n=5) == "5% off"
