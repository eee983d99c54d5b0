"""Places: what people type for a province finds it, in Chinese and English."""

import pytest

from core.kernel.i18n import speaking
from core.kernel.regions import PROVINCES_OF_CHINA, is_place, place_name, place_of, wider


@pytest.mark.parametrize(
    ("country", "region", "city", "place"),
    [
        *((("CN", typed, "", "CN-GD")) for typed in ("广东", "广东省", "Guangdong", "guang dong province", "CN-GD", "广东省广州市")),
        ("CN", "", "四川成都", "CN-SC"),
        ("CN", "内蒙古自治区", "", "CN-NM"),
        ("CN", "Shaanxi", "", "CN-SN"),
        ("CN", "Shanxi Province", "", "CN-SX"),
        ("CN", "Macau SAR", "", "CN-MO"),
        ("HK", "", "", "CN-HK"),
        ("CN", "Atlantis", "", "CN"),
        ("US", "california", "", "US-CA"),
        ("US", "NM", "", "US-NM"),
        ("US", "Ile", "", "US"),
        ("FR", "Île-de-France", "", "FR"),
        ("", "广东", "", ""),
    ],
)  # fmt: skip
def test_typed_words_find_their_place(country, region, city, place):
    assert place_of(country, region, city) == place


def test_china_has_its_34_province_level_units_and_each_finds_itself():
    assert len(PROVINCES_OF_CHINA) == 34
    for place, names in PROVINCES_OF_CHINA.items():
        assert {place_of("CN", name) for name in names} == {place}
        assert is_place(place)
        assert wider(place) == (place, "CN")


def test_names_are_in_the_readers_language():
    with speaking("zh-CN"):
        assert (place_name("CN-SC"), place_name("FR")) == ("四川省", "法国")
    with speaking("en"):
        assert (place_name("CN-SC"), place_name("US-NY"), place_name("FR")) == (
            "Sichuan",
            "New York",
            "France",
        )


@pytest.mark.parametrize("code", ["", "CN-QQ", "XX", "cn", "CN-", "US-ZZ"])
def test_codes_of_nothing_are_no_places(code):
    assert not is_place(code)
