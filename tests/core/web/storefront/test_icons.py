"""A shop's signs: from its small sign or logo, else a character on its colour; kept by browsers, and nobody else's."""

import io
import json

import pytest
from PIL import Image

from core.commerce.media.actions import store_asset
from core.commerce.shops.actions import update_shop


def opened(page):
    return Image.open(io.BytesIO(page.body))


@pytest.fixture
def dressed(stocked, parts):
    def change(at=None, **changes):
        stocked(update_shop, changes=changes, **({"at": at} if at else {}))
        parts.frames.forget()

    return change


@pytest.fixture
def red(stocked, files):
    target = io.BytesIO()
    Image.new("RGB", (400, 200), "#ff0000").save(target, "PNG")
    return stocked(store_asset, content=target.getvalue())


def is_red(image, at):
    """Pictures are kept with a little loss."""
    red, green, blue = image.convert("RGB").getpixel(at)
    return red > 240 and green < 20 and blue < 20


def icon_of(page):
    """The addresses of the signs that a page names: for the tab, and for home screens."""
    links = [line for line in page.html.splitlines() if line.startswith("<link rel=")]
    return [line.partition('href="')[2].partition('"')[0] for line in links if "icon" in line]


def test_shop_without_a_logo_has_its_character_on_its_colour(visitor, dressed):
    dressed(theme={"accent": "plum", "seal": "青"})
    tab, touch = icon_of(visitor.get("/"))
    drawn = opened(visitor.get(touch))
    assert (drawn.size, drawn.format) == ((180, 180), "PNG")
    assert drawn.convert("RGB").getpixel((5, 5)) == (0x5B, 0x2A, 0x6B)
    assert len(drawn.convert("RGB").getcolors(100_000)) > 2  # something is written on it
    assert opened(visitor.get(tab)).size == (48, 48)


def test_logo_is_the_sign_and_keeps_its_shape(visitor, dressed, red):
    dressed(logo_asset=str(red.id))
    _, touch = icon_of(visitor.get("/"))
    drawn = opened(visitor.get(touch))
    assert is_red(drawn, (90, 90))
    assert drawn.convert("RGB").getpixel((90, 20)) == (255, 255, 255)


def test_sign_is_kept_for_ever_and_another_sign_has_another_address(visitor, dressed):
    first = icon_of(visitor.get("/"))[1]
    answer = visitor.get(first)
    assert "immutable" in answer.headers["Cache-Control"]
    assert visitor.get(first, If_None_Match=answer.headers["ETag"]).status == 304
    dressed(theme={"accent": "sea"})
    second = icon_of(visitor.get("/"))[1]
    assert second != first
    late = visitor.get(first)
    assert (late.status, "immutable" in late.headers["Cache-Control"]) == (200, False)
    assert late.body == visitor.get(second).body


def test_addresses_that_browsers_guess_answer(visitor):
    icon = visitor.get("/favicon.ico")
    assert (icon.status, icon.headers["Content-Type"]) == (200, "image/x-icon")
    assert opened(icon).info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert opened(visitor.get("/apple-touch-icon.png")).size == (180, 180)
    assert opened(visitor.get("/apple-touch-icon-precomposed.png")).size == (180, 180)
    assert visitor.get("/icons/x/17.png").status == 404
    assert visitor.get("/icons/x/99999.png").status == 404


def test_manifest_names_the_shop_and_signs_that_are_there(visitor):
    said = json.loads(visitor.get("/site.webmanifest").body)
    assert said["name"] == "青山茶事"
    assert said["start_url"] == "/"
    assert [opened(visitor.get(one["src"])).size for one in said["icons"]] == [(192, 192), (512, 512)]


def test_two_shops_never_share_a_sign(open_browser, dressed, other_shop, red):
    dressed(logo_asset=str(red.id))
    dressed(at=other_shop, logo_asset=str(red.id))  # a picture that this shop does not have
    mine, theirs = open_browser(), open_browser(other_shop)
    assert is_red(opened(mine.get("/apple-touch-icon.png")), (90, 90))
    assert not is_red(opened(theirs.get("/apple-touch-icon.png")), (90, 90))
    assert icon_of(mine.get("/"))[1] != icon_of(theirs.get("/"))[1]
    # Not even by the other's address.
    assert theirs.get(icon_of(mine.get("/"))[1]).body == theirs.get("/apple-touch-icon.png").body
