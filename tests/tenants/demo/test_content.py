"""The demo shops' content: complete, consistent, honest, and made of pictures that are safe to show."""

import itertools
import re
import tomllib
import xml.etree.ElementTree as ET
from datetime import time
from pathlib import Path

import pytest

CONTENT = Path(__file__).parents[3] / "tenants" / "demo" / "content"
SHOPS = ("qingshan", "harbor")
TILES = {"apricot", "celadon", "mist", "rose", "sand"}
ICONS = {
    "qingshan": {"group", "leaf", "sprout", "teapot", "gift"},
    "harbor": {"blanket", "plate", "pot", "lamp", "basket"},
}
SVG = "{http://www.w3.org/2000/svg}"
DRAWING_TAGS = {"svg", "defs", "clipPath", "g", "path", "rect", "circle", "ellipse"}
# Superlatives and health claims that China's advertising law keeps out of shop texts.
FORBIDDEN_ZH = re.compile(
    r"最[好佳优高低新大强]|第一品牌|顶级|极品|国家级|世界级|独家|唯一|绝无仅有|王牌|特供|金奖|获奖"
    r"|降[脂压糖]|减肥|排毒|治疗|养生|抗癌"
)
FORBIDDEN_EN = re.compile(
    r"\b(best|award|#1|number one|world-class|unbeatable|guaranteed|miracle|detox)\b", re.IGNORECASE
)


def _toml(shop: str, name: str) -> dict:
    return tomllib.loads((CONTENT / shop / name).read_text(encoding="utf-8"))


def _products(shop: str) -> list[dict]:
    files = sorted((CONTENT / shop / "products").glob("*.toml"))
    return [p for f in files for p in tomllib.loads(f.read_text(encoding="utf-8"))["product"]]


def _strings(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [s for v in node.values() for s in _strings(v)]
    return [s for v in node for s in _strings(v)] if isinstance(node, list) else []


def _texts(shop: str) -> list[str]:
    parts = [_products(shop)] + [
        _toml(shop, f"{n}.toml") for n in ("shop", "collections", "home", "policies", "shipping")
    ]
    return [s for part in parts for s in _strings(part)]


def _pictures(shop: str) -> set[str]:
    return {s for s in _texts(shop) if s.startswith("illustrations/")}


def _svg_files() -> list[Path]:
    return sorted(CONTENT.glob("*/illustrations/*.svg"))


@pytest.mark.parametrize("shop", SHOPS)
def test_shop_settings_name_what_the_seed_needs(shop):
    settings = _toml(shop, "shop.toml")
    assert settings["handle"] == shop
    expected = {"qingshan": ("zh-CN", "CNY", "Asia/Shanghai"), "harbor": ("en", "GBP", "Europe/London")}[shop]
    assert (settings["locale"], settings["currency"], settings["timezone"]) == expected
    assert settings["plugins"] == (["group_buy", "bundle", "coupon"] if shop == "qingshan" else [])
    assert settings["name"]
    assert settings["logo_alt"]


@pytest.mark.parametrize("shop", SHOPS)
def test_products_are_enough_and_their_handles_and_skus_unique(shop):
    products = _products(shop)
    assert len(products) >= 24
    handles = [p["handle"] for p in products]
    assert len(set(handles)) == len(handles)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", h) for h in handles)
    skus = [v["sku"].upper() for p in products for v in p["variants"]]
    assert len(set(skus)) == len(skus)
    assert all(re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", s) for s in skus)


@pytest.mark.parametrize("shop", SHOPS)
def test_product_variants_are_the_product_of_its_options(shop):
    for product in _products(shop):
        options = product["options"]
        assert 1 <= len(options) <= 3, product["handle"]
        assert len({o["name"] for o in options}) == len(options)
        expected = [list(combo) for combo in itertools.product(*(o["values"] for o in options))]
        assert [v["values"] for v in product["variants"]] == expected, product["handle"]
        assert len({tuple(v) for v in expected}) == len(expected)


@pytest.mark.parametrize("shop", SHOPS)
def test_variant_prices_stock_and_weight_are_sane(shop):
    for product in _products(shop):
        for variant in product["variants"]:
            assert type(variant["price"]) is int
            assert variant["price"] > 0
            assert variant.get("compare_at", variant["price"] + 1) > variant["price"]
            assert ("stock" in variant) != (variant.get("untracked") is True), variant["sku"]
            assert variant.get("stock", 0) >= 0
            assert type(variant["grams"]) is int
            assert variant["grams"] > 0


@pytest.mark.parametrize("shop", SHOPS)
def test_stock_shows_every_state_a_merchant_meets(shop):
    products = _products(shop)
    variants = [v for p in products for v in p["variants"]]
    assert any(v.get("untracked") for v in variants)
    assert sum(0 < v.get("stock", 99) <= 5 for v in variants) >= 5
    assert sum(v.get("stock") == 0 for v in variants) >= 3
    sold_out = [p["handle"] for p in products if all(v.get("stock") == 0 for v in p["variants"])]
    assert len(sold_out) == 1


@pytest.mark.parametrize("shop", SHOPS)
def test_products_carry_texts_facts_and_a_weight(shop):
    for product in _products(shop):
        for field in ("title", "subtitle", "vendor", "kind"):
            assert product[field].strip(), (product["handle"], field)
        assert product["tags"]
        assert product["collections"]
        assert len(product["facts"]) >= 3
        assert all(v.strip() for v in product["facts"].values())
        assert sum(len(p) for p in product["body"]) >= 60, product["handle"]
        assert not any(c in p for p in product["body"] for c in "<>*#`"), product["handle"]
        assert 1 <= product["popularity"] <= 100


def test_every_tea_says_how_to_brew_it_in_grams_degrees_and_time():
    for product in _products("qingshan"):
        if product["kind"] != "茶叶":
            continue
        brewing = " ".join(v for k, v in product["facts"].items() if k in {"冲泡", "热泡", "冷泡"})
        assert re.search(r"\d+(\.\d+)? g|\d 饼|\d 颗|\d 包", brewing), product["handle"]
        assert re.search(r"\d+ ℃", brewing), product["handle"]
        assert re.search(r"秒|分钟|即冲即出", brewing), product["handle"]


@pytest.mark.parametrize(("shop", "forbidden"), [("qingshan", FORBIDDEN_ZH), ("harbor", FORBIDDEN_EN)])
def test_texts_avoid_superlatives_awards_and_health_claims(shop, forbidden):
    assert [s for s in _texts(shop) if forbidden.search(s)] == []


@pytest.mark.parametrize("shop", SHOPS)
def test_collections_are_filled_and_products_point_at_real_ones(shop):
    collections = _toml(shop, "collections.toml")["collection"]
    assert 5 <= len(collections) <= 6
    handles = [c["handle"] for c in collections]
    assert len(set(handles)) == len(handles)
    assert [c["position"] for c in collections] == list(range(1, len(collections) + 1))
    members = [h for p in _products(shop) for h in p["collections"]]
    assert set(members) == set(handles)
    assert all(members.count(h) >= 4 for h in handles)
    assert all(c["title"] and c["description"] and c["image_alt"] and c["tile"] in TILES for c in collections)


@pytest.mark.parametrize("shop", SHOPS)
def test_home_page_points_at_things_that_exist(shop):
    home = _toml(shop, "home.toml")
    products = {p["handle"] for p in _products(shop)}
    known = {
        "product": products,
        "collection": {c["handle"] for c in _toml(shop, "collections.toml")["collection"]},
        "policy": {p["handle"] for p in _toml(shop, "policies.toml")["policy"]},
        "plugin": {"group_buy"},
    }
    blocks = [home["announcement"], home["hero"], *home["icon_nav"], *home["section"], *home["menu"]]
    for kind, _, name in (b["target"].partition(":") for b in blocks if "target" in b):
        assert name in known[kind], (kind, name)
    for section in home["section"]:
        assert section["type"] in {"goods", "story", "feature", "group_buy", "coupon"}
        assert {*section.get("products", []), section.get("product", next(iter(products)))} <= products
        assert len(section.get("products", [])) <= section.get("limit", 99)
    assert {i["icon"] for i in home["icon_nav"]} == ICONS[shop]
    assert all(
        i.get("requires") == "group_buy" for i in home["icon_nav"] if i["target"].startswith("plugin:")
    )
    assert len(home["promise"]) == 4
    assert home["hero"]["title"]
    assert home["hero"]["alt"]
    assert home["announcement"]["text"]


@pytest.mark.parametrize("shop", SHOPS)
def test_policies_are_the_three_and_say_something(shop):
    policies = _toml(shop, "policies.toml")["policy"]
    assert [p["handle"] for p in policies] == ["shipping", "refund", "privacy"]
    for policy in policies:
        assert policy["title"]
        assert len(policy["section"]) >= 3
        assert all(s["heading"] and s["body"] for s in policy["section"])


@pytest.mark.parametrize("shop", SHOPS)
def test_shipping_has_methods_and_pickup_points_with_hours(shop):
    shipping = _toml(shop, "shipping.toml")
    assert len({m["code"] for m in shipping["method"]}) == len(shipping["method"]) >= 2
    for method in shipping["method"]:
        assert method["title"]
        assert method["note"]
        assert method["fee"] > 0
        assert method.get("free_from", method["fee"] + 1) > method["fee"]
    assert len(shipping["pickup"]) == 2
    for point in shipping["pickup"]:
        assert point["address"]["line1"]
        assert point["hours_text"]
        assert point["phone"].startswith("+")
        days = [d for h in point["hours"] for d in h["days"]]
        assert len(set(days)) == len(days)
        assert set(days) <= set(range(1, 8))
        assert all(time.fromisoformat(h["open"]) < time.fromisoformat(h["close"]) for h in point["hours"])


@pytest.mark.parametrize("shop", SHOPS)
def test_free_shipping_promises_match_the_rates(shop):
    method = _toml(shop, "shipping.toml")["method"][0]
    threshold = {
        "qingshan": f"满 {method['free_from'] // 100} 元",
        "harbor": f"£{method['free_from'] // 100}",
    }[shop]
    home = _toml(shop, "home.toml")
    assert threshold in home["announcement"]["text"]
    assert any(threshold in p["text"] for p in home["promise"])
    assert any(threshold in s for s in _strings(_toml(shop, "policies.toml")))


@pytest.mark.parametrize("shop", SHOPS)
def test_customers_are_many_distinct_and_clearly_fictional(shop):
    customers = _toml(shop, "customers.toml")["customer"]
    assert len(customers) >= 30
    for field in ("name", "email", "phone"):
        assert len({c[field] for c in customers}) == len(customers), field
    fictional = {"qingshan": r"\+8615400\d{6}", "harbor": r"\+447700900\d{3}"}[shop]
    for customer in customers:
        assert re.fullmatch(r"[a-z.]+@example\.(com|org)", customer["email"])
        assert re.fullmatch(fictional, customer["phone"])
        assert customer["city"]
        assert customer["line1"]
        assert customer["postcode"]
        assert customer["region"]
        assert 1 <= customer["weight"] <= 5
        assert customer["joined_days_ago"] > 0
    assert len({c["city"] for c in customers}) >= 15


def test_group_buy_prices_are_below_buying_alone():
    activities = _toml("qingshan", "group_buy.toml")["activity"]
    assert sorted(a["size"] for a in activities) == [2, 3, 5]
    assert len({a["product"] for a in activities}) == 3
    products = {p["handle"]: p for p in _products("qingshan")}
    for activity in activities:
        variants = {v["sku"]: v for v in products[activity["product"]]["variants"]}
        assert activity["prices"]
        assert set(activity["prices"]) <= set(variants)
        for sku, price in activity["prices"].items():
            assert 0 < price < variants[sku]["price"], sku
            assert variants[sku].get("stock", 1) > 0, sku
        assert activity["hours"] > 0
        assert activity["limit_per_customer"] > 0
        assert activity["stock_cap"] >= activity["size"]
        assert activity["lasts_days"] > activity["starts_days_ago"] >= 0


@pytest.mark.parametrize("shop", SHOPS)
def test_every_picture_is_described_and_every_drawing_used(shop):
    for product in _products(shop):
        assert product["images"]
        assert product["images"][0]["file"] == f"illustrations/{product['handle']}.svg"
        for image in product["images"]:
            assert image["tile"] in TILES
            assert len(image["alt"].strip()) >= 6, (product["handle"], image["file"])
    drawn = {f"illustrations/{f.name}" for f in _svg_files() if f.parents[1].name == shop}
    assert _pictures(shop) == drawn


def test_drawings_are_all_different():
    contents = [f.read_bytes() for f in _svg_files()]
    assert len(set(contents)) == len(contents)


@pytest.mark.parametrize("path", _svg_files(), ids=lambda p: f"{p.parents[1].name}-{p.stem}")
def test_drawing_is_plain_small_and_self_contained(path):
    raw = path.read_text(encoding="utf-8")
    assert len(raw) < 16_000
    assert "<!" not in raw
    assert "<?" not in raw
    root = ET.fromstring(raw)
    wide = path.stem.endswith(("-hero", "-story"))
    square = "0 0 400 400" if path.stem.endswith(("-seal", "-mark")) else "0 0 800 800"
    assert root.get("viewBox") == ("0 0 1200 675" if wide else square)
    ids = set()
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in DRAWING_TAGS, element.tag
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name.lower()
            assert name != "style"
            for target in re.findall(r"url\((.*?)\)", value):
                assert target.startswith(f"#{path.stem}-")
        if "id" in element.attrib:
            ids.add(element.get("id"))
    used = set(re.findall(r"url\(#(.*?)\)", raw))
    assert used == ids
