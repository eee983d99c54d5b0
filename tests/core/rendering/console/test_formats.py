"""Amounts, numbers and times as the console writes them."""

from datetime import UTC, datetime, timedelta

import pytest

from core.kernel import clock
from core.kernel.i18n import speaking
from core.kernel.money import Money
from core.kernel.tenancy import ShopScope, shop_bound
from core.rendering.console import formats

TEA = ShopScope(1, "tea", "CNY", "zh-CN", "Asia/Shanghai")
NOW = datetime(2026, 8, 6, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _here():
    clock.install(lambda: NOW)
    with shop_bound(TEA):
        yield
    clock.install_system_clock()


def in_both(call):
    found = []
    for language in ("en", "zh-CN"):
        with speaking(language):
            found.append(call())
    return found


def test_money_of_the_shop_has_its_bare_sign_in_both_languages():
    assert in_both(lambda: formats.money(Money(123_456, "CNY"))) == ["¥1,234.56", "¥1,234.56"]
    assert in_both(lambda: formats.money(Money(-2_593, "CNY"))) == ["−¥25.93", "−¥25.93"]
    assert formats.money(Money(100, "CNY"), sign=True) == "+¥1.00"
    assert formats.money(None) == "–"


def test_foreign_money_names_its_country():
    with speaking("zh-CN"):
        assert formats.money(Money(500, "USD")) == "US$5.00"


def test_moment_is_in_the_shop_zone_and_near_days_have_names():
    assert in_both(lambda: formats.moment(NOW)) == ["Today 14:30", "今天 14:30"]
    assert in_both(lambda: formats.moment(NOW - timedelta(hours=15))) == ["Yesterday 23:30", "昨天 23:30"]
    assert in_both(lambda: formats.moment(NOW - timedelta(days=5))) == ["Aug 1 14:30", "8月1日 14:30"]
    assert in_both(lambda: formats.day(NOW - timedelta(days=400))) == ["Jul 2, 2025", "2025年7月2日"]


def test_ago_and_from_now():
    assert in_both(lambda: formats.ago(NOW - timedelta(minutes=3))) == ["3 minutes ago", "3分钟前"]
    assert in_both(lambda: formats.ago(NOW + timedelta(hours=2))) == ["in 2 hours", "2小时后"]
    assert in_both(lambda: formats.ago(NOW - timedelta(seconds=5))) == ["just now", "刚刚"]


def test_numbers_have_separators_and_a_real_minus():
    assert formats.number(-1_234_567) == "−1,234,567"
    assert formats.number(1.5, 2) == "1.50"
    assert in_both(lambda: formats.compact(12_840)) == ["12.8K", "1.3万"]


@pytest.mark.parametrize(("points", "said"), [(825, "8.3%"), (850, "8.5%"), (0, "0.0%"), (10_000, "100.0%")])
def test_percent_rounds_half_up(points, said):
    assert formats.percent(points) == said


def test_instant_is_iso_in_utc():
    assert formats.instant(NOW) == "2026-08-06T06:30:00Z"


@pytest.mark.parametrize(
    ("name", "sign"),
    [("林知夏", "林"), ("Elena Rossi", "ER"), ("tom", "T"), ("", "?"), ("Anna Maria Luisa", "AL")],
)
def test_initial_of_a_name(name, sign):
    assert formats.initial(name) == sign
