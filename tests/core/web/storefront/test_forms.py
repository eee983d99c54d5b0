"""Reading what people typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.tenancy import SYSTEM, ShopScope, shop_bound
from core.web.storefront.address_forms import address_line, read_address
from core.web.storefront.forms import page_number, typed, whole_number

TEA = ShopScope(1, "tea", "CNY", "zh-CN", "Asia/Shanghai")
HOME = ShopScope(2, "home", "GBP", "en", "Europe/London")


@given(st.text())
def test_typed_text_can_always_be_stored(text):
    found = typed({"x": text}, "x", most=50)
    assert len(found.text) <= 50
    assert found.text == found.text.strip()
    assert not any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in found.text)
    found.text.encode()


@given(st.text())
def test_whole_number_never_raises_and_is_never_negative(text):
    number = whole_number(text)
    assert number is None or 0 <= number < 10**9
    assert page_number(text) >= 1


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("７", 7), (" 42 ", 42), ("007", 7), ("", None), ("-1", None), ("1.0", None)],
)
def test_whole_numbers_are_read_as_people_write_them(text, number):
    assert whole_number(text) == number


def test_composed_and_decomposed_letters_are_one():
    assert typed({"x": "cafe\u0301"}, "x").text == "caf\u00e9"


def test_line_breaks_stay_only_where_they_are_wanted():
    assert typed({"x": "a\r\nb\tc"}, "x").text == "abc"
    assert typed({"x": "a\nb\tc"}, "x", lines=True).text == "a\nb\tc"


def test_address_is_written_as_its_country_writes_it():
    with shop_bound(TEA, SYSTEM):
        form = {
            "name": "林",
            "phone": "13800000000",
            "region": "浙江省",
            "city": "杭州市",
            "line1": "转塘 1 号",
        }
        filled = read_address(form)
    assert not filled.problems
    assert address_line({"country": "CN", **form, "postcode": "310000"}) == "浙江省杭州市转塘 1 号 310000"
    western = {"country": "GB", "line1": "1 Quay", "city": "Truro", "postcode": "TR1 1AA", "region": ""}
    assert address_line(western) == "1 Quay, Truro, TR1 1AA, United Kingdom"


def test_each_part_of_the_world_is_asked_for_what_it_needs():
    with shop_bound(TEA, SYSTEM):
        assert set(read_address({}).problems) == {"name", "phone", "region", "city", "line1"}
    with shop_bound(HOME, SYSTEM):
        assert set(read_address({}).problems) == {"name", "email", "country", "line1", "city", "postcode"}
