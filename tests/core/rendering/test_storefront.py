"""Unit: pages with the plugins' blocks, what a cached page may hold, and what happens when a part fails."""

import dataclasses
import re

import pytest
from jinja2.exceptions import TemplateError

from core.kernel.i18n import speaking
from core.rendering import contexts as c
from core.rendering.holes import HOLES, hole
from core.rendering.slots import PageSlots, SlotBlock
from core.rendering.storefront import fill_visitor, render_page
from tests.core.rendering.html_outline import Outline
from tests.core.rendering.sample_pages import all_samples
from tests.core.rendering.samples import PLUGIN, Samples


@pytest.fixture
def samples(theme, still):
    with speaking("en"):
        made = Samples("en", theme)
        yield {one.name: one for one in all_samples(made)}


@pytest.fixture
def show(theme, samples):
    def shown(name="product", *, slots=None, **more):
        one = samples[name]
        page = dataclasses.replace(one.page, **more.pop("page", {}))
        shop = dataclasses.replace(one.shop, **more.pop("shop", {}))
        return render_page(page, theme=theme, shop=shop, path=one.path, slots=slots or one.slots, **more)

    return shown


def blocks(*found, plugin=PLUGIN, **more):
    return PageSlots(tuple((plugin, block) for block in found), **more)


def note(slot, order=0, *, text="note", replaces=False):
    return SlotBlock(slot, "samples/words.html", {"text": text}, order=order, replaces=replaces)


def test_page_without_visitor_holds_marks_instead_of_the_visitor(show, samples):
    html = show("product")
    assert [name for name in HOLES if str(hole(name)) not in html] == []
    customer = samples["product"].visitor.customer
    assert customer.name not in html
    assert "n0nce" not in html


def test_filling_puts_the_visitor_in_and_leaves_no_mark(theme, show, samples):
    one = samples["product"]
    html = fill_visitor(show("product"), theme=theme, shop=one.shop, visitor=one.visitor, path=one.path)
    page = Outline(html)
    assert "\ue000" not in html
    assert page.all("style")[0].get("nonce") == "n0nce"
    assert page.all("html")[0].get("data-now") == "2026-11-22T12:04:00+00:00"
    counts = [element.text for element in page.elements if element.get("class") == "count"]
    assert set(counts) == {", 3 pieces3"}
    assert any(one.visitor.customer.name in element.text for element in page.all("a"))


def test_one_rendered_page_serves_two_visitors_without_mixing_them(theme, show, samples):
    one, html = samples["product"], show("product")
    other = dataclasses.replace(
        one.visitor,
        customer=None,
        cart=c.CartBadge(),
        notices=(c.NoticeView(text="Hello <you>"),),
    )
    first = fill_visitor(html, theme=theme, shop=one.shop, visitor=one.visitor, path=one.path)
    second = fill_visitor(html, theme=theme, shop=one.shop, visitor=other, path="/products/x?variant=1")
    assert one.visitor.customer.name not in second
    assert 'href="/login?next=%2Fproducts%2Fx%3Fvariant%3D1"' in second
    assert "Hello &lt;you&gt;" in second
    assert "Hello" not in first


def test_no_text_of_a_merchant_can_forge_a_mark(show):
    html = show("content", page={"title": "\ue000csrf:nonce\ue001"})
    assert "\ue000csrf:nonce\ue001" in html
    assert html.count(str(hole("nonce"))) == 1


def test_text_of_merchants_and_buyers_is_escaped(show):
    attack = "\"'><script>alert(1)</script>"
    html = show(
        "search-none", page={"query": attack, "title": attack}, shop={"name": attack, "announcement": None}
    )
    assert "<script>alert" not in html
    assert Outline(html).faults == []


def test_every_sample_page_is_in_order(rendered_samples):
    faults = {
        key: outline.faults
        for key, (_, html) in rendered_samples.items()
        if (outline := Outline(html)).faults
    }
    assert faults == {}


def test_block_that_replaces_takes_the_place_of_the_pages_own(show):
    own = Outline(show("product"))
    assert [button.text for button in own.all("button") if button.get("form") == "buy"] == [
        "Add to cart",
        "Buy now",
    ]
    replaced = Outline(show("product", slots=blocks(note("product.buy_bar", replaces=True))))
    assert [button.text for button in replaced.all("button") if button.get("form") == "buy"] == []
    assert [element.text for element in replaced.elements if element.get("class") == "sample-words"] == [
        "note"
    ]


def test_lowest_order_wins_when_two_blocks_replace(show):
    two = blocks(
        note("product.price", 5, text="late", replaces=True),
        note("product.price", 1, text="early", replaces=True),
    )
    assert re.findall(r'class="sample-words">(\w+)', show("product", slots=two)) == ["early"]


def test_blocks_stand_before_and_after_in_their_order(show):
    many = blocks(*(note("cart.summary", order, text=f"t{order}") for order in (3, -2, 1, -1)))
    assert re.findall(r'class="sample-words">([^<]+)<', show("cart", slots=many)) == [
        "t-2",
        "t-1",
        "t1",
        "t3",
    ]


def test_block_sees_shop_and_here_and_its_own_names_only(show):
    seen = SlotBlock("cart.summary", "samples/names.html", {"text": "x"})
    html = show("cart", slots=blocks(seen))
    assert re.search(r'class="names">([^<]*)<', html)[1] == "Harbor &amp; Loom cart x no page"


BROKEN = {
    "missing template": SlotBlock("product.offers", "samples/nothing.html"),
    "unknown name": SlotBlock("product.offers", "samples/words.html", {}),
    "forbidden act": SlotBlock("product.offers", "samples/endless.html", {}),
    "object instead of a value": SlotBlock("product.offers", "samples/words.html", {"text": object()}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_block_that_fails_is_empty_for_shoppers_and_reported(show, fault):
    heard = []
    two = blocks(
        BROKEN[fault],
        note("product.offers"),
        report=lambda plugin, error: heard.append((plugin, type(error))),
    )
    html = show("product", slots=two)
    assert re.findall(r'class="sample-words">(\w+)', html) == ["note"]
    assert PLUGIN not in html
    assert [plugin for plugin, _ in heard] == [PLUGIN]


def test_block_that_fails_names_its_plugin_to_the_merchant(show):
    html = show("product", slots=blocks(BROKEN["missing template"], failed=("coupon",)), for_merchant=True)
    cards = [element.text for element in Outline(html).elements if "block-failed" in element.get("class")]
    assert cards == [
        f"A part of “{name}” could not be shown. Shoppers do not see this card."
        for name in (PLUGIN, "coupon")
    ]


def test_replacing_block_that_fails_leaves_the_pages_own(show):
    broken = dataclasses.replace(BROKEN["missing template"], slot="product.buy_bar", replaces=True)
    assert "Buy now" in show("product", slots=blocks(broken))


def test_section_that_fails_is_left_out(show, samples):
    sections = samples["home"].page.sections
    broken = dataclasses.replace(sections[0], template="sections/nothing.html")
    html = show("home", page={"sections": (broken, *sections[1:])})
    assert "Linen that has" not in html
    assert "Used every day" in html


def test_plugin_page_that_fails_is_an_error_of_the_page(show):
    with pytest.raises(TemplateError):
        show("plugin-group", page={"body_template": "samples/nothing.html"})


def test_max_age_is_the_shortest_of_the_blocks():
    ages = (None, 30, 2, None)
    found = blocks(*(dataclasses.replace(note("x"), max_age=age) for age in ages))
    assert (found.max_age, blocks(note("x")).max_age) == (2, None)


def test_link_preview_card_is_complete(show):
    page = Outline(show("plugin-group"))
    found = {meta.get("property") or meta.get("name"): meta.get("content") for meta in page.all("meta")}
    assert {name: found[name] for name in found if name.startswith(("og:", "product:", "twitter:"))} == {
        "og:site_name": "Harbor & Loom",
        "og:type": "product",
        "og:title": "Lena invites you",
        "og:url": "https://shop.example/here",
        "og:description": "Linen, stoneware and light from Alder Quay",
        "og:image": "https://shop.example/og.png",
        "og:image:alt": "Lena invites you",
        "og:image:width": "1200",
        "og:image:height": "630",
        "twitter:card": "summary_large_image",
        "product:price:amount": "89.00",
        "product:price:currency": "GBP",
    }


@pytest.mark.parametrize(("name", "robots"), [("cart", "noindex"), ("product", None)])
def test_private_pages_are_kept_from_search_engines(show, name, robots):
    page = Outline(show(name))
    found = {meta.get("name"): meta.get("content") for meta in page.all("meta")}
    assert found.get("robots") == robots
    assert bool([link for link in page.all("link") if link.get("rel") == "canonical"]) is (robots is None)


def test_countdown_says_its_end_in_the_zone_of_the_shop_without_a_script(show):
    with speaking("en"):
        page = Outline(show("checkout-group"))
    (until,) = [element for element in page.all("time") if element.get("data-countdown")]
    assert (until.text, until.get("datetime"), until.get("data-left")) == (
        "until 12:13",
        "2026-11-22T12:13:36+00:00",
        "{}",
    )


def test_product_data_for_machines_cannot_leave_its_script(show):
    told = {"@type": "Product", "name": "</script><script>alert(1)</script>"}
    html = show("product", page={"structured": told})
    assert "alert(1)</script>" not in html
    assert "\\u003c/script\\u003e" in html
