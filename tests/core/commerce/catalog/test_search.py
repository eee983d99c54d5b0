"""Search in Chinese and English, from one character upwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.catalog.actions import change_product_status, save_product
from core.commerce.catalog.drafts import Fact, Option
from core.commerce.catalog.listings import search_listing
from core.kernel.db import reading
from core.kernel.search_terms import folded, query_terms, search_query, terms
from core.kernel.tenancy import ShopScope, shop_bound
from tests.core.commerce.catalog.goods import sell, simple, tea, variant

GOODS = {
    "五常大米 5kg": {},
    "安溪铁观音 浓香型": {"subtitle": "观音韵"},
    "武夷大红袍 2026": {"kind": "岩茶"},
    "新疆和田大枣": {"tags": ("红枣", "零食")},
    "羽毛球拍 Li-Ning 碳素": {},
    "手机壳 iPhone 17 Pro": {"vendor": "小山工坊"},
    "Clay Plant Pot": {"body_html": "<p>Classic blown clay pot, dishwasher-safe</p>"},
    "Café Crème Cups": {"facts": (Fact("Material", "porcelain"),)},
    "纯棉Ｔ恤 男": {
        "options": (Option("尺码", ("XL", "加大")),),
        "variants": (variant(1, "XL", sku="TX-9"), variant(1, "加大")),
    },
    "抹茶 Matcha 拿铁粉": {},
}


@pytest.fixture
def stocked(in_shop):
    for title, more in GOODS.items():
        save_product(draft=tea(title, **more) if "variants" in more else simple(title, **more))


# What is typed → the goods that should be found, by a piece of their title.
TABLE = [
    ("大米", ["五常大米"]),
    ("米", ["五常大米"]),
    ("大", ["五常大米", "武夷大红袍", "新疆和田大枣", "纯棉Ｔ恤"]),
    ("茶", ["抹茶", "武夷大红袍"]),
    ("铁观音", ["安溪铁观音"]),
    ("铁", ["安溪铁观音", "抹茶"]),
    ("观音韵", ["安溪铁观音"]),
    ("枣", ["新疆和田大枣"]),
    ("红枣", ["新疆和田大枣"]),
    ("球拍", ["羽毛球拍"]),
    ("羽毛球", ["羽毛球拍"]),
    ("手机", ["手机壳"]),
    ("手机壳 iphone", ["手机壳"]),
    ("iPhone壳", ["手机壳"]),
    ("IPHONE", ["手机壳"]),
    ("ｉｐｈｏｎｅ１７", []),
    ("ｉｐｈｏｎｅ　１７", ["手机壳"]),
    ("小山", ["手机壳"]),
    ("t恤", ["纯棉Ｔ恤"]),
    ("Ｔ恤", ["纯棉Ｔ恤"]),
    ("加大", ["纯棉Ｔ恤"]),
    ("TX-9", ["纯棉Ｔ恤"]),
    ("2026 大红袍", ["武夷大红袍"]),
    ("2025 大红袍", []),
    ("pot", ["Clay Plant Pot"]),
    ("plan", ["Clay Plant Pot"]),
    ("dishwasher", ["Clay Plant Pot"]),
    ("cafe creme", ["Café Crème"]),
    ("CAFÉ", ["Café Crème"]),
    ("porcelain", ["Café Crème"]),
    ("matcha 拿铁", ["抹茶"]),
    ("拿铁 matcha", ["抹茶"]),
    ("li-ning", ["羽毛球拍"]),
    ("米大", []),
    ("观铁", []),
    ("汽车", []),
    ("   ", []),
    ("!?。，", []),
    ("🍵", []),
    ("\x00", []),
    ("' | 'zz' <-> !:*", []),
    ("茶 & 米", []),
    ("大" * 5000, []),
]


@pytest.mark.parametrize(("typed", "expected"), TABLE, ids=[typed[:20] for typed, _ in TABLE])
def test_search_finds_what_it_should_and_nothing_else(stocked, typed, expected):
    with reading():
        found = [card.title for card in search_listing(typed).cards]
    assert len(found) == len(expected)
    assert all(any(title.startswith(one) for title in found) for one in expected)


def test_title_counts_more_than_tags_and_tags_more_than_words(in_shop):
    sell("A", body_html="<p>龙井</p>")
    sell("B", tags=("龙井",))
    sell("龙井 C")
    with reading():
        assert [card.title for card in search_listing("龙井").cards] == ["龙井 C", "B", "A"]
        assert [card.title for card in search_listing("龙井", sort="title").cards] == ["A", "B", "龙井 C"]


def test_search_follows_edits_and_status(in_shop):
    saved = save_product(draft=simple("白茶"))
    save_product(draft=simple("红茶"), product_id=saved.id)
    with reading():
        assert search_listing("白茶").total == 0
        assert search_listing("红茶").total == 1
    change_product_status(product_ids=[saved.id], status="draft")
    with reading():
        assert search_listing("红茶").total == 0


def test_long_description_is_stored_and_found_by_its_beginning(in_shop):
    sell("A", body_html="<p>" + "铁观音 oolong " * 5000 + "</p>")
    with reading():
        assert search_listing("铁观音 oolong").total == 1


def test_terms_of_mixed_text():
    assert terms("明前龙井T恤 2026") == {"明", "前", "龙", "井", "明前", "前龙", "龙井", "t", "恤", "2026"}
    assert query_terms("龙井茶 tea") == [("龙井", False), ("井茶", False), ("tea", True)]
    assert folded("ＡＢＣ　Éß") == "abc ess"


@given(st.text(max_size=80))
def test_any_query_makes_a_harmless_tsquery_and_finds_its_own_text(text):
    with shop_bound(ShopScope(7, "x", "CNY", "en", "UTC")):
        query = search_query(text)
    found = terms(text)
    if query is None:
        assert not found
        return
    for part in query.split(" & "):
        lexeme, open_ended = part.removesuffix(":*"), part.endswith(":*")
        assert lexeme[:3] == "'7."
        assert lexeme[-1] == "'"
        assert not set(lexeme[1:-1]) & set("'\\:&|!() ")
        assert any(one.startswith(lexeme[3:-1]) if open_ended else one == lexeme[3:-1] for one in found)
