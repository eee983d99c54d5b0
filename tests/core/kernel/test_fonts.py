"""A font with Chinese characters: found on this machine, usable by both printers, named when it is missing."""

from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader

from core.kernel import fonts
from core.kernel.fonts import NoChineseFont, cjk_font

WORDS = "拼铺 Pinpu 顺丰 ￥12"


@pytest.mark.parametrize("bold", [False, True])
def test_the_font_writes_chinese_into_a_pdf(tmp_path: Path, bold: bool) -> None:
    found, pdf = cjk_font(bold=bold), FPDF()
    pdf.add_font("cjk", fname=found.path, collection_font_number=found.index)
    pdf.add_page()
    pdf.set_font("cjk", size=12)
    pdf.cell(text=WORDS)
    pdf.output(str(tmp_path / "a.pdf"))
    said = PdfReader(tmp_path / "a.pdf").pages[0].extract_text()
    assert WORDS in said.replace("\x00", "")  # pypdf takes the two bytes of a character apart
    assert (tmp_path / "a.pdf").stat().st_size < 60_000  # only the characters that are used


def test_the_font_draws_different_characters_differently() -> None:
    found = cjk_font()
    drawn = set()
    for sign in "拼铺团\U000f0000":
        picture = Image.new("L", (48, 48))
        ImageDraw.Draw(picture).text((0, 0), sign, 255, ImageFont.truetype(found.path, 40, index=found.index))
        drawn.add(picture.tobytes())
    assert len(drawn) == 4


def test_a_machine_without_the_font_names_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    monkeypatch.setattr(fonts, "_KNOWN", (str(broken), str(tmp_path / "missing.ttc")))
    monkeypatch.setenv("PATH", str(tmp_path))
    cjk_font.cache_clear()
    try:
        with pytest.raises(NoChineseFont) as refused:
            cjk_font(bold=True)
    finally:
        cjk_font.cache_clear()
    assert "fonts-noto-cjk" in refused.value.fix_text
