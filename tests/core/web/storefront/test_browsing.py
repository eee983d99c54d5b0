"""Looking around a shop: home, collections, search, products, policies, languages, link previews."""

import io
import re

import pytest
from PIL import Image

from core.commerce.catalog.actions import save_collection, save_product
from core.commerce.catalog.drafts import CollectionDraft, Fact, ImageDraft, Option, ProductDraft, VariantDraft
from core.commerce.content.actions import publish_page
from core.commerce.media.actions import store_asset
from core.commerce.reservations.stock import set_stock
from core.commerce.shops.actions import update_shop
from core.kernel.command import command
from core.testing.goods import make_product
from core.testing.statements import count_statements

SIZES = (Option("净含量", ("50g", "100g")), Option("香型", ("清香", "浓香")))


def sell(title, price=1000, **more):
    return save_product(
        draft=ProductDraft(title=title, status="active", variants=(VariantDraft(price_minor=price),), **more)
    ).id


def picture(colour="red"):
    target = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(target, "PNG")
    return store_asset(content=target.getvalue()).id


def four_kinds(**more):
    variants = tuple(
        VariantDraft(price_minor=price, compare_at_minor=before, option_values=values)
        for price, before, values in (
            (6800, None, ("50g", "清香")),
            (6900, None, ("50g", "浓香")),
            (12800, 15800, ("100g", "清香")),
            (12900, None, ("100g", "浓香")),
        )
    )
    return save_product(
        draft=ProductDraft(
            title="铁观音", handle="tgy", status="active", options=SIZES, variants=variants, **more
        )
    )


@command("system")
def stock_levels(levels):
    set_stock(levels)


def test_shop_without_a_home_page_shows_its_products(visitor, tea):
    page = visitor.get("/")
    assert page.status == 200
    assert "明前龙井" in page.text
    assert (f"/products/{tea.handle}") in [href for href, _ in page.links]


def test_home_page_shows_published_sections_with_their_products(visitor, stocked):
    ids = [stocked(sell, name) for name in ("甲", "乙", "丙")]
    stocked(
        save_collection, draft=CollectionDraft(title="春茶", handle="spring", product_ids=(ids[2], ids[0]))
    )
    document = {
        "sections": {
            "hero": {"type": "hero", "settings": {"title": "煮一壶\n老白茶"}},
            "goods": {"type": "goods", "settings": {"collection": "spring", "limit": 1, "more": "全部"}},
            "picked": {"type": "goods", "settings": {"title": "挑的", "products": ["乙", "没有"]}},
            "hidden": {"type": "hero", "settings": {"title": "不见"}, "hidden": True},
        },
        "order": ["hero", "goods", "picked", "hidden"],
    }
    stocked(publish_page, kind="home", slug="", title="首页", document=document)
    page = visitor.get("/")
    assert "老白茶" in page.text
    assert "丙" in page.text
    assert "甲" not in page.text
    assert "乙" in page.text
    assert "不见" not in page.text
    assert ("/collections/spring", "全部") in page.links


def test_many_collections_are_paged_in_as_few_statements_and_each_is_found(visitor, stocked):
    drink = stocked(sell, "甲")

    for n in range(60):
        draft = CollectionDraft(title=f"架{n}", handle=f"shelf-{n}", product_ids=(drink,))
        stocked(save_collection, draft=draft)

    def shown(path):
        page = visitor.get(path)
        return [href for href, _ in page.links if href.startswith("/collections/shelf-")]

    assert shown("/collections") == [f"/collections/shelf-{n}" for n in range(24)]
    assert shown("/collections?page=2") == [f"/collections/shelf-{n}" for n in range(24, 48)]
    assert shown("/collections?page=3") == [f"/collections/shelf-{n}" for n in range(48, 60)]
    assert shown("/collections?page=99") == shown("/collections?page=3")
    assert "甲" in visitor.get("/collections/shelf-59").text
    assert visitor.get("/collections/shelf-60").status == 404
    visitor.get("/collections")
    with count_statements() as sent:
        visitor.get("/collections?page=2")
    assert len(sent) <= 8


def test_collections_are_listed_with_a_picture_and_a_count(visitor, stocked, files):
    drink = stocked(sell, "甲", images=(ImageDraft(asset_id=stocked(picture), alt="罐"),))
    stocked(
        save_collection,
        draft=CollectionDraft(title="春茶", handle="spring", body="<p>新茶</p>", product_ids=(drink,)),
    )
    stocked(
        save_collection,
        draft=CollectionDraft(title="藏着", handle="secret", product_ids=(drink,), visible=False),
    )
    page = visitor.get("/collections")
    assert "春茶 新茶 1 款" in page.text
    assert "藏着" not in page.text
    assert visitor.get("/collections/secret").status == 404


def test_collection_is_sorted_and_paged(visitor, stocked):
    ids = [stocked(sell, f"茶{n:02}", price=100 * (30 - n)) for n in range(26)]
    stocked(save_collection, draft=CollectionDraft(title="全部茶", handle="all", product_ids=tuple(ids)))
    first = visitor.get("/collections/all")
    assert "茶23" in first.text
    assert "茶24" not in first.text
    second = first.follow_link("下一页")
    assert second.path == "/collections/all?page=2"
    assert "茶24" in second.text
    cheap = first.follow_link("价格从低到高")
    assert "茶25" in cheap.text
    assert [href for href, words in cheap.links if words == "下一页"] == [
        "/collections/all?sort=price_up&page=2"
    ]
    assert visitor.get("/collections/all?page=99").path == "/collections/all?page=2"
    for odd in ("0", "-1", "abc", "１", "9" * 40, ""):
        assert visitor.get("/collections/all", query={"page": odd, "sort": "'; DROP"}).status == 200


@pytest.mark.parametrize("query", ["铁", "铁观音", "观音 秋", "TIE", "１２５g"])
def test_search_finds_from_one_character_upwards(visitor, stocked, query):
    stocked(sell, "安溪铁观音", subtitle="秋茶 125g tieguanyin")
    stocked(sell, "白瓷杯")
    page = visitor.get("/search", query={"q": query})
    assert "安溪铁观音" in page.text
    assert "白瓷杯" not in page.text


def test_search_without_result_offers_collections(visitor, stocked):
    drink = stocked(sell, "甲")
    stocked(save_collection, draft=CollectionDraft(title="春茶", handle="spring", product_ids=(drink,)))
    page = visitor.get("/search?q=没有的东西")
    assert page.status == 200
    assert ("/collections/spring", "春茶") in page.links
    assert visitor.get("/search").status == 200
    assert "<script>x" not in visitor.get("/search", query={"q": "<script>x</script>"}).html


def test_product_page_chooses_the_variant_asked_for(visitor, stocked):
    made = stocked(four_kinds, facts=(Fact("产地", "安溪"),))
    page = visitor.get("/products/tgy")
    assert "68.00" in page.text
    assert "产地 安溪" in page.text
    chosen = page.follow_link("100g")
    assert "128.00" in chosen.text
    assert "158.00" in chosen.text
    assert chosen.form("/cart/add").values["variant_id"] == str(made.variant_ids[2])
    assert "129.00" in chosen.follow_link("浓香").text


def test_sold_out_variant_is_passed_over_and_marked(visitor, stocked):
    made = stocked(four_kinds)
    stocked(stock_levels, {made.variant_ids[0]: 0, made.variant_ids[1]: 3})
    page = visitor.get("/products/tgy")
    assert page.form("/cart/add").values["variant_id"] == str(made.variant_ids[1])
    assert "剩 3 件" in page.text
    gone = visitor.get(f"/products/tgy?variant={made.variant_ids[0]}")
    assert "这一款已售完" in gone.text
    assert all(button.disabled for button in gone.form("/cart/add").buttons)


@pytest.mark.parametrize("variant", ["x", "0" * 32, "𝟙" * 200, "%00"])
def test_odd_variant_shows_the_first(visitor, stocked, variant):
    made = stocked(four_kinds)
    page = visitor.get("/products/tgy", query={"variant": variant})
    assert page.form("/cart/add").values["variant_id"] == str(made.variant_ids[0])


def test_draft_and_archived_products_are_missing(visitor, stocked):
    stocked(
        save_product,
        draft=ProductDraft(
            title="草稿", handle="draft", status="draft", variants=(VariantDraft(price_minor=1),)
        ),
    )
    assert visitor.get("/products/draft").status == 404


def test_description_cannot_bring_scripts(visitor, stocked):
    stocked(sell, "甲", handle="a", body_html='<p onclick="x()">好茶<script>alert(1)</script></p>')
    page = visitor.get("/products/a")
    assert "好茶" in page.text
    assert "alert(1)" not in page.html
    assert "onclick" not in page.html


def test_policy_page_shows_the_merchants_words(visitor, stocked):
    words = {"type": "rich_text", "settings": {"title": "什么时候发", "body": [{"p": ["48 小时内。"]}]}}
    stocked(
        publish_page,
        kind="policy",
        slug="shipping",
        title="配送说明",
        document={"sections": {"a": words}, "order": ["a"]},
    )
    page = visitor.get("/").follow_link("配送说明")
    assert page.path == "/policies/shipping"
    assert "48 小时内。" in page.text
    assert visitor.get("/policies/none").status == 404


def test_language_is_the_shops_until_the_visitor_chooses(visitor, open_browser, other_shop):
    assert 'lang="zh-CN"' in visitor.get("/").html
    assert 'lang="en"' in open_browser(other_shop).get("/").html
    english = visitor.get("/collections").follow_link("English")
    assert (english.path, english.title) == ("/collections", "All collections · 青山茶事")
    assert 'lang="en"' in visitor.get("/cart").html
    assert 'lang="zh-CN"' in visitor.get("/cart?lang=zh").html
    assert 'lang="zh-CN"' in visitor.get("/cart").html
    assert 'lang="zh-CN"' in visitor.get("/cart?lang=tlh").html


def test_link_preview_names_product_picture_and_price_with_full_addresses(visitor, stocked, files):
    stocked(
        sell,
        "铁观音",
        price=12800,
        handle="tgy",
        subtitle="秋茶",
        images=(ImageDraft(asset_id=stocked(picture), alt="绿罐"),),
    )
    html = visitor.get("/products/tgy").html
    card = dict(re.findall(r'<meta property="([\w:]+)" content="([^"]*)">', html))
    root = f"http://{visitor.host}:8000"
    assert (card["og:title"], card["og:description"], card["og:type"]) == ("铁观音", "秋茶", "product")
    assert card["og:url"] == f"{root}/products/tgy"
    assert card["og:image"].startswith(f"{root}/media/")
    assert card["og:image"].endswith(("/full.png", "/full.jpg", "/full.webp"))
    assert (card["product:price:amount"], card["product:price:currency"]) == ("128.00", "CNY")
    assert f'<link rel="canonical" href="{root}/products/tgy">' in html


@pytest.mark.parametrize(
    "path", ["/", "/collections", "/search?q=x", "/cart", "/login", "/mailbox", "/nothing", "/policies/x"]
)
def test_every_page_has_a_preview_card_and_private_ones_are_not_indexed(visitor, path):
    html = visitor.get(path).html
    assert '<meta property="og:title"' in html
    is_private = path not in ("/", "/collections")
    assert ('name="robots" content="noindex"' in html) == is_private


def test_menu_announcement_and_contact_are_the_shops_own(visitor, stocked):
    theme = {
        "nav": [
            {"label": "茶器", "link": {"kind": "collection", "ref": "ware"}},
            {"label": "拼团", "link": {"kind": "plugin", "ref": "group_buy"}},
            {"label": "空", "link": {"kind": "none"}},
        ],
        "announcement_link": {"kind": "page", "ref": "shipping"},
        "legal": ["青山茶业"],
        "seal": "青山",
    }
    contact = {"email": "hello@example.com", "phone": "154 0000", "hours": "9–21"}
    stocked(
        update_shop,
        changes={"theme": theme, "announcement": "满 88 包邮", "contact": contact, "tagline": "安溪"},
    )
    page = visitor.get("/")
    assert ("/collections/ware", "茶器") in page.links
    assert not [words for _, words in page.links if words in ("拼团", "空")]
    assert ("/policies/shipping", "满 88 包邮") in page.links
    for words in ("青山茶业", "154 0000", "hello@example.com", "9–21", "安溪"):
        assert words in page.text


def test_head_request_has_no_body(visitor, storefront):
    answer = storefront.test_client().head("/", headers={"Host": visitor.host})
    assert (answer.status_code, answer.data) == (200, b"")


def test_robots_are_told_what_is_for_everybody(visitor):
    assert "Disallow: /cart" in visitor.get("/robots.txt").body.decode()


def test_few_left_and_sold_out_show_in_lists(visitor, stocked):
    stocked(make_product, title="少", stock=2)
    stocked(make_product, title="无", stock=0)
    stocked(make_product, title="多", stock=None)
    text = visitor.get("/").text
    assert "剩 2 件" in text
    assert "售" in text
