"""A poster to save and send: picture, title, price, seats, deadline, and a QR code that leads to the page."""

import io
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

import segno
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from core.commerce.media.queries import media_file
from core.kernel.fonts import cjk_font
from core.kernel.i18n import N_, gettext
from core.rendering import formats
from core.rendering.shares import ShareFacts, offer_line, until_line

# A phone's screen in portrait, in pixels; messengers show it whole.
SIZE = (750, 1334)
_MARGIN, _PICTURE = 40, 670
_PAPER, _INK, _SOFT, _LINE, _DEAL = "#ffffff", "#1d1f22", "#6b7075", "#e6e6e3", "#c8371f"
_TILE, _ON_TILE = "#eef0ea", "#4d6b55"
_CODE = 216
# Diameter of a face, and how many fit beside each other.
_FACE, _MOST_FACES = 72, 7
_MOST_PIXELS = 40_000_000


def poster(facts: ShareFacts, *, shop: str, address: str) -> bytes:
    """The poster as a PNG of 750 × 1334 pixels; the same facts give the same file.

    Args:
        facts: what it says, in the current language.
        shop: the shop's name.
        address: the short link behind the code.

    Raises NoChineseFont when this machine has no font that could write it.
    """
    struck = ""
    if facts.before is not None and facts.price is not None and facts.before.minor > facts.price.minor:
        struck = formats.money(facts.before)
    return _drawn(
        facts.title,
        formats.money(facts.price) if facts.price is not None else "",
        struck,
        facts.ended or offer_line(facts),
        "" if facts.ended else until_line(facts),
        facts.picture.full_url if facts.picture else "",
        shop,
        address,
        gettext(N_("Scan, or press and hold, to open")),
        () if facts.ended else facts.faces[:_MOST_FACES],
    )


# A group's poster is asked for again and again while the group is talked about.
@lru_cache(maxsize=32)
def _drawn(
    title: str,
    price: str,
    struck: str,
    offer: str,
    until: str,
    picture: str,
    shop: str,
    address: str,
    hint: str,
    faces: tuple[str, ...],
) -> bytes:
    sheet = Image.new("RGB", SIZE, _PAPER)
    draw = ImageDraw.Draw(sheet)
    _draw_picture(sheet, draw, picture, title)
    _draw_faces(draw, faces)
    y = _MARGIN + _PICTURE + 36
    for line in _lines(draw, title, _bold(40), SIZE[0] - 2 * _MARGIN, most=2):
        draw.text((_MARGIN, y), line, fill=_INK, font=_bold(40))
        y += 54
    _draw_price(draw, y + 10, price, struck)
    y += 96 if price else 14
    for line in filter(None, (offer, until)):
        draw.text(
            (_MARGIN, y), _fitting(draw, line, _font(28), SIZE[0] - 2 * _MARGIN), fill=_SOFT, font=_font(28)
        )
        y += 42
    _draw_foot(sheet, draw, shop, address, hint)
    target = io.BytesIO()
    sheet.save(target, "PNG", optimize=True)
    return target.getvalue()


def _draw_picture(sheet: Image.Image, draw: ImageDraw.ImageDraw, url: str, title: str) -> None:
    place = (_MARGIN, _MARGIN)
    found = opened_picture(url) if url else None
    if found is not None:
        sheet.paste(ImageOps.fit(found.convert("RGB"), (_PICTURE, _PICTURE)), place)
        return
    # A drawing (SVG) or no picture at all: the first sign of the title, large.
    draw.rectangle((*place, _MARGIN + _PICTURE, _MARGIN + _PICTURE), fill=_TILE)
    middle = _MARGIN + _PICTURE // 2
    draw.text((middle, middle), title[:1], fill=_ON_TILE, font=_bold(280), anchor="mm")


def _draw_faces(draw: ImageDraw.ImageDraw, faces: tuple[str, ...]) -> None:
    """Who takes part, in a row on the lower edge of the picture; an empty ring with a plus is a free place."""
    y = _MARGIN + _PICTURE - _FACE // 2 - 24
    for place, initial in enumerate(faces):
        x = _MARGIN + 24 + _FACE // 2 + place * (_FACE + 12)
        box = (x - _FACE // 2, y - _FACE // 2, x + _FACE // 2, y + _FACE // 2)
        draw.ellipse(box, fill=_DEAL if initial else _PAPER, outline=_PAPER if initial else _DEAL, width=4)
        ink = _PAPER if initial else _DEAL
        draw.text((x, y), initial[:1] or "+", fill=ink, font=_bold(34), anchor="mm")


def opened_picture(url: str) -> Image.Image | None:
    """The shop's picture at this address, upright; None for drawings, other addresses and files that cannot be read."""
    file = media_file(urlsplit(url).path.partition("/media/")[2])
    if file is None or file.mime == "image/svg+xml":
        return None
    try:
        found = Image.open(io.BytesIO(file.content))
        if found.width * found.height > _MOST_PIXELS:
            return None
        return ImageOps.exif_transpose(found)
    except (OSError, UnidentifiedImageError):
        return None


def _draw_price(draw: ImageDraw.ImageDraw, y: int, price: str, struck: str) -> None:
    if not price:
        return
    room, small = SIZE[0] - 2 * _MARGIN, _font(30)
    large = next(
        font for font in map(_bold, (64, 48, 36, 24, 12)) if draw.textlength(price, font=font) <= room
    )
    draw.text((_MARGIN, y), price, fill=_DEAL, font=large)
    x = _MARGIN + draw.textlength(price, font=large) + 24
    # Where both do not fit, what it costs now is what counts.
    if struck and x + draw.textlength(struck, font=small) <= SIZE[0] - _MARGIN:
        draw.text((x, y + 62), struck, fill=_SOFT, font=small, anchor="ls")
        draw.line((x, y + 51, x + draw.textlength(struck, font=small), y + 51), fill=_SOFT, width=2)


def _draw_foot(sheet: Image.Image, draw: ImageDraw.ImageDraw, shop: str, address: str, hint: str) -> None:
    top = SIZE[1] - _MARGIN - _CODE
    draw.line((_MARGIN, top - 28, SIZE[0] - _MARGIN, top - 28), fill=_LINE, width=2)
    sheet.paste(_code(address), (SIZE[0] - _MARGIN - _CODE, top))
    room = SIZE[0] - 3 * _MARGIN - _CODE
    y = top + 28
    for line in _lines(draw, shop, _bold(36), room, most=2):
        draw.text((_MARGIN, y), line, fill=_INK, font=_bold(36))
        y += 50
    for line in _lines(draw, hint, _font(26), room, most=3):
        draw.text((_MARGIN, y + 6), line, fill=_SOFT, font=_font(26))
        y += 38


def _code(address: str) -> Image.Image:
    """The code, its squares all of one size, in the middle of a white field."""
    code, target = segno.make(address, error="m", micro=False), io.BytesIO()
    code.save(target, kind="png", scale=_CODE // code.symbol_size(border=2)[0], border=2)
    target.seek(0)
    field, drawn = Image.new("RGB", (_CODE, _CODE), _PAPER), Image.open(target).convert("RGB")
    field.paste(drawn, (_CODE - drawn.width, (_CODE - drawn.height) // 2))
    return field


@lru_cache(maxsize=16)
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    found = cjk_font(bold=bold)
    return ImageFont.truetype(found.path, size, index=found.index)


def _bold(size: int) -> ImageFont.FreeTypeFont:
    return _font(size, bold=True)


def _lines(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int, *, most: int
) -> list[str]:
    """`text` in lines no wider than `room`; Chinese breaks anywhere, English between words."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and draw.textlength(f"{line}{piece}".rstrip(), font=font) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    lines.append(line.rstrip())
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]}…"]
        lines[-1] = _fitting(draw, lines[-1], font, room)
    return [_fitting(draw, one, font, room) for one in lines if one]


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for sign in " ".join(text.split()):
        # From here on signs are as wide as high, and a line may end after each.
        if sign >= "\u2e80":
            if word:
                yield word
            yield sign
            word = ""
        else:
            word += sign
            if sign == " ":
                yield word
                word = ""
    if word:
        yield word


def _fitting(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """`text`, cut with an ellipsis where it is wider than `room`."""
    if draw.textlength(text, font=font) <= room:
        return text
    cut = text.rstrip("…")
    while cut and draw.textlength(f"{cut}…", font=font) > room:
        cut = cut[:-1]
    return f"{cut}…"
