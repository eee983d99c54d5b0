"""From bytes that somebody handed in to clean pictures: read by content, re-encoded, in the widths that pages use."""

import io
import re
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from core.commerce.media.errors import NotAPicture, PictureBroken, PictureTooHeavy, PictureTooLarge

MAXIMUM_BYTES = 10 * 1024 * 1024
MAXIMUM_PIXELS = 50_000_000
# Nothing is shown larger than this, so nothing larger is kept.
LONGEST_SIDE = 2560
WIDTHS = (320, 640, 1280)
SVG = "image/svg+xml"

# What Pillow calls it → the kind that we keep. An MPO is what many phones write as JPEG.
_KINDS = {"PNG": "PNG", "JPEG": "JPEG", "MPO": "JPEG", "WEBP": "WEBP", "GIF": "PNG"}
_MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
FULL_NAMES = {"image/png": "full.png", "image/jpeg": "full.jpg", "image/webp": "full.webp", SVG: "full.svg"}
_UNREADABLE = (
    OSError, ValueError, TypeError, SyntaxError, EOFError, LookupError, OverflowError, MemoryError,
    struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
_SVG_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<svg\b([^>]*)>", re.DOTALL)
_VIEW_BOX = re.compile(rb"""viewBox=["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*["']""")


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A picture ready to be kept: pixels of the full file, and every file by its name."""

    mime: str
    width: int
    height: int
    files: dict[str, bytes]


def rendition_widths(width: int) -> tuple[int, ...]:
    """The widths in pixels that a picture `width` pixels wide is kept in besides its full file, rising."""
    return (*(step for step in WIDTHS if step < width), *((width,) if width <= WIDTHS[-1] else ()))


def prepare_picture(content: bytes, *, trusted: bool = False) -> PreparedPicture:
    """Read, clean and scale a picture; with `trusted`, an SVG drawing of our own is kept as it is.

    The kind is told by the content. EXIF and other notes are dropped, a turned photo is put upright, colours become
    sRGB, of an animation the first frame stays. Raises a PictureRefused.
    """
    if len(content) > MAXIMUM_BYTES:
        raise PictureTooHeavy(limit=MAXIMUM_BYTES // 1024 // 1024)
    if trusted and (drawing := _SVG_START.match(content)):
        return _drawing(content, drawing[1])
    try:
        image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP", "GIF"))
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(limit=MAXIMUM_PIXELS // 1_000_000) from error
    except _UNREADABLE as error:
        raise NotAPicture from error
    if image.width * image.height > MAXIMUM_PIXELS:
        raise PictureTooLarge(limit=MAXIMUM_PIXELS // 1_000_000)
    kind = _KINDS[image.format or ""]
    try:
        return _encoded(_upright(image), kind)
    except _UNREADABLE as error:
        raise PictureBroken from error


def _drawing(content: bytes, attributes: bytes) -> PreparedPicture:
    box = _VIEW_BOX.search(attributes)
    if box is None:
        raise PictureBroken
    return PreparedPicture(SVG, round(float(box[1])), round(float(box[2])), {FULL_NAMES[SVG]: content})


def _upright(image: Image.Image) -> Image.Image:
    """The first frame: scaled down where it is very large, upright, in sRGB, without anything but its pixels."""
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked no larger than needed
    profile = image.info.get("icc_profile")
    image.load()
    if image.mode.startswith("I"):  # 16 bits per channel: Pillow would clip instead of scale
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("P", "PA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    image = ImageOps.exif_transpose(image)
    image = _in_srgb(image, profile)
    clear = image.mode == "RGBA" and any(image.getchannel("A").histogram()[:255])
    plain = Image.new("RGBA" if clear else "RGB", image.size)
    plain.paste(image.convert(plain.mode))
    return plain


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image.convert(wanted)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=wanted
        )
    except (ImageCms.PyCMSError, OSError):
        return image.convert(wanted)
    return converted or image.convert(wanted)


def _encoded(image: Image.Image, kind: str) -> PreparedPicture:
    mime = _MIMES[kind]
    files = {FULL_NAMES[mime]: _bytes(image, kind)}
    for width in reversed(rendition_widths(image.width)):
        height = max(1, round(image.height * width / image.width))
        scaled = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        files[f"{width}.webp"] = _bytes(scaled, "WEBP", quality=80)
    return PreparedPicture(mime, image.width, image.height, files)


def _bytes(image: Image.Image, kind: str, quality: int = 88) -> bytes:
    target = io.BytesIO()
    if kind == "JPEG":
        image.convert("RGB").save(target, "JPEG", quality=quality, progressive=True, optimize=True)
    elif kind == "WEBP":
        image.save(target, "WEBP", quality=quality, method=4)
    else:
        image.save(target, "PNG", compress_level=7)
    return target.getvalue()
