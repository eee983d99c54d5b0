"""A shop's small sign for tabs and home screens: its logo on a square, or its first character on its own colour."""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from core.kernel.fonts import NoChineseFont, cjk_font
from core.rendering.palettes import ACCENTS, contrast
from core.rendering.posters import opened_picture
from core.rendering.theme import Theme

# What browsers and phones ask for, in pixels; the first three go into one .ico.
SIZES = (16, 32, 48, 180, 192, 512)
TAB_SIZES = SIZES[:3]
_PAPER, _INK = "#ffffff", "#1d1f22"
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PLAIN = "#2f3a40"


@dataclass(frozen=True, slots=True)
class IconFacts:
    """What the sign is drawn from: a picture below /media/ ("" for none), one character, and the ground "#rrggbb"."""

    picture: str
    sign: str
    ground: str

    @property
    def mark(self) -> str:
        """What names the sign as it is now, for addresses that may be kept for ever."""
        return hashlib.sha256("\n".join(astuple(self)).encode()).hexdigest()[:12]


def icon_url(facts: IconFacts, size: int) -> str:
    """Address of the sign at one of SIZES."""
    return f"/icons/{facts.mark}/{size}.png"


def ground_of(theme: Theme, chosen: Mapping[str, Any]) -> str:
    """The shop's own colour, or that of its preset, as "#rrggbb"."""
    accent = ACCENTS.get(str(chosen.get("accent") or ""))
    preset = theme.presets.get(str(chosen.get("preset"))) or theme.presets[theme.default_preset]
    ground = (accent.light if accent else preset.light).get("--brand", "")
    return ground if _COLOUR.fullmatch(ground) else _PLAIN


@lru_cache(maxsize=512)
def icon_png(facts: IconFacts, size: int) -> bytes:
    """The sign as a PNG of `size` × `size` pixels."""
    return _packed(_square(facts, size), "PNG")


@lru_cache(maxsize=128)
def icon_ico(facts: IconFacts) -> bytes:
    """The sign as one .ico file with all TAB_SIZES."""
    drawn = [_square(facts, size) for size in TAB_SIZES]
    target = io.BytesIO()
    drawn[-1].save(target, "ICO", sizes=[(size, size) for size in TAB_SIZES], append_images=drawn[:-1])
    return target.getvalue()


def _packed(image: Image.Image, kind: str) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, optimize=True)
    return target.getvalue()


def _square(facts: IconFacts, size: int) -> Image.Image:
    found = opened_picture(facts.picture) if facts.picture else None
    if found is None:
        return _letter(facts, size)
    picture = found.convert("RGBA")
    # Phones cut corners and put see-through pictures on black: the ground is paper and the picture keeps a margin.
    edge = size if size in TAB_SIZES else round(size * 0.86)
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    ground = (0, 0, 0, 0) if size in TAB_SIZES else _PAPER
    sheet = Image.new("RGBA", (size, size), ground)
    sheet.alpha_composite(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
    return sheet


def _letter(facts: IconFacts, size: int) -> Image.Image:
    sheet = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(sheet)
    # Tabs show what is drawn, so its corners are round; phones round the corners of a whole square themselves.
    draw.rounded_rectangle(
        (0, 0, size - 1, size - 1), size // 5 if size in TAB_SIZES else 0, fill=facts.ground
    )
    font = _font(round(size * 0.62))
    if font is not None and facts.sign:
        ink = max((_PAPER, _INK), key=lambda one: contrast(one, facts.ground))
        draw.text((size / 2, size / 2), facts.sign, fill=ink, font=font, anchor="mm")
    return sheet


def _font(size: int) -> ImageFont.FreeTypeFont | None:
    try:
        found = cjk_font(bold=True)
    except NoChineseFont:
        return None
    return ImageFont.truetype(found.path, size, index=found.index)
