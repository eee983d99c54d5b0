"""A font with Chinese characters, found among the system's packages; for posters and printed pages."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_

# Debian's packages that bring such a font, the best first; named to whoever has none.
PACKAGE = "fonts-noto-cjk"
# Where those packages, and the same fonts elsewhere, put their files; asked when fontconfig is not there.
_KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-{style}.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-{style}.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-{style}.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
)
# What a usable font has to know: simplified Chinese, the yuan sign and plain letters.
_NEEDED = "拼铺订单发货顺丰件数￥¥A1"


@dataclass(frozen=True, slots=True)
class CjkFont:
    """A font file with simplified Chinese; `index` is its place in a collection (.ttc), 0 in a single font.

    fpdf2: `pdf.add_font("cjk", fname=font.path, collection_font_number=font.index)`;
    Pillow: `ImageFont.truetype(font.path, size, index=font.index)`.
    """

    path: str
    index: int = 0


class NoChineseFont(PinpuError):
    """The machine has no font that knows Chinese characters."""

    code = "kernel.no_chinese_font"
    status = 503
    message = N_("This machine has no font with Chinese characters, so nothing can be drawn or printed.")
    fix = N_("Install the Debian package %(package)s (apt-get install %(package)s) and try again.")

    def __init__(self) -> None:
        super().__init__(package=PACKAGE)


@lru_cache
def cjk_font(*, bold: bool = False) -> CjkFont:
    """The font to write Chinese and English with; `bold` where there is one, or else the regular font.

    `PINPU_CJK_FONT` names a file of one's own. Raises NoChineseFont.
    """
    seen: set[str] = set()
    for path in _candidates("Bold" if bold else "Regular"):
        if path not in seen and Path(path).is_file():
            seen.add(path)
            index = _simplified_chinese(path)
            if index is not None:
                return CjkFont(path, index)
    if bold:
        return cjk_font()
    raise NoChineseFont


def _candidates(style: str) -> Iterator[str]:
    own = os.environ.get("PINPU_CJK_FONT")
    if own:
        yield own
    for known in _KNOWN:
        if style == "Regular" or "{style}" in known:
            yield known.format(style=style)
    if style == "Regular":
        yield from _from_fontconfig()


def _from_fontconfig() -> list[str]:
    """Files of all fonts that fontconfig knows to have Chinese; none without fontconfig."""
    asked = ["fc-list", ":lang=zh-cn", "--format=%{file}\n"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    # Sans serif before serif, which is thin in small sizes.
    return sorted(set(answer.stdout.splitlines()), key=lambda path: ("serif" in path.lower(), path))


def _simplified_chinese(path: str) -> int | None:
    """Which font of a file writes simplified Chinese; None when it cannot be read or lacks characters."""
    try:
        if not path.lower().endswith((".ttc", ".otc")):
            with TTFont(path, lazy=True) as font:
                return 0 if _knows(font) else None
        with TTCollection(path, lazy=True) as collection:
            fonts = list(collection.fonts)
            order = sorted(range(len(fonts)), key=lambda place: (not _named_sc(fonts[place]), place))
            return next((place for place in order if _knows(fonts[place])), None)
    except (OSError, TTLibError):
        return None


def _named_sc(font: TTFont) -> bool:
    name = str(font["name"].getDebugName(1) or "")
    return " SC" in name and "Mono" not in name


def _knows(font: TTFont) -> bool:
    known = font.getBestCmap() or {}
    return all(ord(sign) in known for sign in _NEEDED)
