"""Unit: links inside page data, and the paths a `next` parameter may lead to."""

import pytest
from marshmallow import ValidationError

from core.rendering.links import LinkField, link_target, own_path, product_url


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ({"kind": "home"}, "/"),
        ({"kind": "product", "ref": "铁观音"}, "/products/%E9%93%81%E8%A7%82%E9%9F%B3"),
        ({"kind": "collection", "ref": "tea"}, "/collections/tea"),
        ({"kind": "search", "ref": "乌龙 茶"}, "/search?q=%E4%B9%8C%E9%BE%99+%E8%8C%B6"),
        ({"kind": "plugin", "ref": "group_buy"}, "/x/group-buy/"),
        ({"kind": "phone", "ref": "+86 154"}, "tel:+86%20154"),
        ({"kind": "url", "ref": "https://example.com/a"}, "https://example.com/a"),
        ({"kind": "path", "ref": "/x/group-buy/mine"}, "/x/group-buy/mine"),
        ({"kind": "none"}, ""),
        (None, ""),
    ],
)
def test_link_leads_to_its_address(link, target):
    assert link_target(LinkField(allow_none=True).deserialize(link)) == target


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        {"kind": "elsewhere", "ref": "/"},
        {"kind": "product"},
        {"kind": "product", "ref": "  "},
        {"kind": "url", "ref": "javascript:alert(1)"},
        {"kind": "url", "ref": "http://example.com"},
        {"kind": "url", "ref": "https://"},
        {"kind": "url", "ref": "https://[::1"},
        {"kind": "path", "ref": "//example.com"},
        {"kind": "path", "ref": "/a\\b"},
        {"kind": "product", "ref": "a\0b"},
        {"kind": "product", "ref": "x" * 501},
    ],
)
def test_link_that_leads_nowhere_good_is_refused(link):
    with pytest.raises(ValidationError):
        LinkField().deserialize(link)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/checkout?a=1", "/checkout?a=1"),
        ("", "/"),
        (None, "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/" + "a" * 2_000, "/"),
    ],
)
def test_own_path_stays_in_the_shop(given, path):
    assert own_path(given) == path


def test_product_url_names_the_variant():
    assert product_url("tea", "v1") == "/products/tea?variant=v1"
