"""Pictures and theme files: only the shop's own, for ever, and nothing outside their folders."""

import io

import pytest
from PIL import Image

from core.commerce.media.actions import store_asset
from core.rendering.theme import asset_url, installed_theme


def stored(colour="red"):
    target = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(target, "PNG")
    return store_asset(content=target.getvalue()).picture


@pytest.fixture
def picture(stocked, files):
    return stocked(stored)


def test_picture_of_the_shop_may_be_kept_for_ever(visitor, picture):
    page = visitor.get(picture.url)
    assert (page.status, page.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in page.headers["Cache-Control"]
    assert "sandbox" in page.headers["Content-Security-Policy"]
    again = visitor.get(picture.url, If_None_Match=page.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_picture_of_another_shop_is_missing(open_browser, other_shop, picture):
    assert open_browser(other_shop).get(picture.url).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/media/x",
        "/media/../../etc/passwd",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/media/" + "a" * 40 + "/full.exe",
        "/media/" + "0" * 40 + "/640.webp",
    ],
)
def test_odd_picture_address_is_missing(visitor, files, path):
    assert visitor.get(path).status == 404


@pytest.mark.parametrize("name", ["starter.css", "starter.js", "icons.svg"])
def test_theme_file_is_packed_and_kept_for_ever(visitor, name):
    url = asset_url(installed_theme("starter"), name)
    page = visitor.get(url, Accept_Encoding="gzip")
    assert (page.status, page.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in page.headers["Cache-Control"]
    plain = visitor.get(url)
    assert "Content-Encoding" not in plain.headers
    assert len(plain.body) > len(page.body)


def test_theme_file_with_an_old_mark_is_not_kept(visitor):
    page = visitor.get("/theme/starter/0123456789ab/starter.css")
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/theme/starter/x/../theme.toml",
        "/theme/starter/x/..%2ftheme.toml",
        "/theme/starter/x/%2e%2e/theme.toml",
        "/theme/other/x/starter.css",
        "/theme/starter/x/none.css",
        "/theme/starter/x//etc/passwd",
        "/theme/starter/x/",
    ],
)
def test_nothing_outside_the_assets_is_served(visitor, path):
    assert visitor.get(path).status == 404


def test_page_asks_for_nothing_from_elsewhere(visitor, tea):
    import re

    html = visitor.get(f"/products/{tea.handle}").html
    loaded = re.findall(r'(?:src|href|action)="([^"]+)"', html)
    assert not [
        url for url in loaded if url.startswith(("http://", "https://", "//")) and visitor.host not in url
    ]
