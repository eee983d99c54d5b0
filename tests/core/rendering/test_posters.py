"""Posters and chat texts: what they say, whether the code can be read, and what long words do to them."""

import io
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from core.kernel import fonts
from core.kernel.i18n import speaking
from core.kernel.money import Money
from core.rendering import posters
from core.rendering.posters import SIZE, poster
from core.rendering.shares import ShareFacts, chat_text

ADDRESS = "https://tea.example.com/s/k7m2p4qa"
FACTS = ShareFacts(
    title="明前龙井 2026",
    price=Money(8_800, "CNY"),
    before=Money(12_800, "CNY"),
    offer="3 人拼团",
    seats_left=1,
)


def drawn(facts=FACTS, shop="青山茶事"):
    return Image.open(io.BytesIO(poster(facts, shop=shop, address=ADDRESS)))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_code_on_the_poster_leads_to_the_page(language):
    with speaking(language):
        found = zxingcpp.read_barcodes(drawn())
    assert [one.text for one in found] == [ADDRESS]


def test_faces_are_drawn_on_the_picture_and_nowhere_else():
    plain, peopled = drawn(), drawn(replace(FACTS, faces=("林", "", *"ABCDEFGHIJ")))
    changed = ImageChops.difference(plain, peopled).getbbox()
    assert changed is not None
    left, top, right, bottom = changed
    assert (left >= 40, top >= 40, right <= SIZE[0] - 40, bottom <= 710) == (True,) * 4
    assert [one.text for one in zxingcpp.read_barcodes(peopled)] == [ADDRESS]
    ended = replace(FACTS, ended="Over", faces=("林",))
    assert ImageChops.difference(drawn(ended), drawn(replace(ended, faces=()))).getbbox() is None


def test_poster_with_the_longest_words_keeps_its_parts_apart():
    facts = ShareFacts(
        title="长" * 300,
        price=Money(10**12, "CNY"),
        before=Money(10**12 + 1, "CNY"),
        offer="offer" * 50,
        ended="",
    )
    sheet = drawn(facts, shop="Donaudampfschifffahrtsgesellschaft" * 4)
    assert sheet.size == SIZE
    assert [one.text for one in zxingcpp.read_barcodes(sheet)] == [ADDRESS]
    # The margins stay white.
    assert sheet.crop((0, 0, 39, SIZE[1])).getextrema() == ((255, 255),) * 3
    assert sheet.crop((SIZE[0] - 38, 0, SIZE[0], SIZE[1])).getextrema() == ((255, 255),) * 3


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=120))
def test_lines_fit_whatever_the_words(text):
    draw, font = ImageDraw.Draw(Image.new("RGB", (10, 10))), posters._font(28)
    for line in posters._lines(draw, text, font, 300, most=2):
        assert draw.textlength(line, font=font) <= 300 or len(line) <= 1


def test_machine_without_the_font_says_which_package(monkeypatch):
    fonts.cjk_font.cache_clear()
    posters._font.cache_clear()
    monkeypatch.setattr(fonts, "_candidates", lambda style: iter(()))
    try:
        with pytest.raises(fonts.NoChineseFont) as caught:
            poster(ShareFacts(title="new words, never drawn"), shop="x", address=ADDRESS)
        assert fonts.PACKAGE in caught.value.fix_text
    finally:
        fonts.cjk_font.cache_clear()
        posters._font.cache_clear()


def test_chat_text_says_what_for_how_much_and_how_many():
    with speaking("zh-CN"):
        assert chat_text(FACTS, shop="青山茶事", address=ADDRESS).splitlines() == [
            "【青山茶事】明前龙井 2026",
            "¥88.00（原价 ¥128.00）",
            "3 人拼团 · 还差 1 人",
            ADDRESS,
        ]
    with speaking("en"):
        said = chat_text(FACTS, shop="Tea", address=ADDRESS)
    assert "1 seat left" in said
    ended = ShareFacts(title="x", price=Money(1, "CNY"), ended="This group has ended")
    assert "¥" not in chat_text(ended, shop="Tea", address=ADDRESS)
