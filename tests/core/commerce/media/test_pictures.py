"""Pictures from hostile and ordinary bytes: told by content, cleaned, scaled, bounded."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from core.commerce.media.errors import NotAPicture, PictureBroken, PictureTooHeavy, PictureTooLarge
from core.commerce.media.pictures import MAXIMUM_BYTES, prepare_picture, rendition_widths

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"><rect/></svg>'


def drawn(size=(900, 600), mode="RGB", colour="red", kind="PNG", **options):
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **options)
    return target.getvalue()


def opened(prepared, name):
    return Image.open(io.BytesIO(prepared.files[name]))


@pytest.mark.parametrize(
    ("kind", "mime", "full"),
    [
        ("PNG", "image/png", "full.png"),
        ("JPEG", "image/jpeg", "full.jpg"),
        ("WEBP", "image/webp", "full.webp"),
        ("GIF", "image/png", "full.png"),
    ],
)
def test_picture_of_each_kind_is_kept_in_full_and_in_widths(kind, mime, full):
    prepared = prepare_picture(drawn(kind=kind))
    assert (prepared.mime, prepared.width, prepared.height) == (mime, 900, 600)
    assert sorted(prepared.files) == sorted([full, "320.webp", "640.webp", "900.webp"])
    assert opened(prepared, "320.webp").size == (320, 213)
    assert opened(prepared, "320.webp").format == "WEBP"


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (1, (1,)),
        (320, (320,)),
        (321, (320, 321)),
        (1280, (320, 640, 1280)),
        (1281, (320, 640, 1280)),
        (2560, (320, 640, 1280)),
    ],
)
def test_picture_is_never_scaled_up(width, widths):
    assert rendition_widths(width) == widths


def test_photo_is_put_upright_and_loses_its_notes():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Camera of somebody"
    prepared = prepare_picture(drawn(kind="JPEG", exif=exif, comment=b"where I live"))
    assert (prepared.width, prepared.height) == (600, 900)
    for content in prepared.files.values():
        assert b"Camera" not in content
        assert b"where I live" not in content
        assert not Image.open(io.BytesIO(content)).getexif()


def test_text_chunks_of_a_png_are_dropped():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "secret person")
    prepared = prepare_picture(drawn(kind="PNG", pnginfo=notes))
    assert all(b"secret" not in content for content in prepared.files.values())


def test_first_frame_of_an_animation_stays():
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "green")]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    prepared = prepare_picture(target.getvalue())
    image = opened(prepared, "full.png")
    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_transparency_survives_and_needless_alpha_goes():
    clear = prepare_picture(drawn(mode="RGBA", colour=(255, 0, 0, 0)))
    assert opened(clear, "full.png").mode == "RGBA"
    assert opened(prepare_picture(drawn(mode="RGBA", colour=(255, 0, 0, 255))), "full.png").mode == "RGB"


@pytest.mark.parametrize(
    ("mode", "kind", "colour"),
    [
        ("CMYK", "JPEG", 0),
        ("L", "PNG", 128),
        ("P", "PNG", 3),
        ("1", "PNG", 1),
        ("LA", "PNG", 90),
        ("I;16", "PNG", 40000),
    ],
)
def test_unusual_colour_modes_become_ordinary_ones(mode, kind, colour):
    prepared = prepare_picture(drawn(mode=mode, kind=kind, colour=colour))
    assert opened(prepared, "320.webp").size == (320, 213)


def test_sixteen_bit_grey_is_scaled_and_not_clipped():
    prepared = prepare_picture(drawn(mode="I;16", colour=32768))
    assert abs(opened(prepared, "full.png").convert("L").getpixel((3, 3)) - 128) <= 1


def test_colours_of_another_profile_become_srgb():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert prepare_picture(drawn(icc_profile=profile)).width == 900
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    prepared = prepare_picture(drawn(icc_profile=own))
    assert "icc_profile" not in opened(prepared, "full.png").info


def test_very_large_picture_is_kept_no_larger_than_it_is_shown():
    prepared = prepare_picture(drawn(size=(4000, 1000), kind="JPEG"))
    assert (prepared.width, prepared.height) == (2560, 640)


def test_extreme_shapes_have_at_least_one_pixel():
    assert opened(prepare_picture(drawn(size=(2000, 1))), "320.webp").size == (320, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF",
        b"%PDF-1.7 ...",
        b"PK\x03\x04 zip",
        b"<html><script>1</script></html>",
        SVG,
        b"\x00" * 4096,
        "文字".encode(),
    ],
)
def test_files_that_are_no_picture_are_refused_by_content(content):
    with pytest.raises(NotAPicture):
        prepare_picture(content)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM"])
def test_kinds_that_browsers_cannot_all_show_are_refused(kind):
    with pytest.raises(NotAPicture):
        prepare_picture(drawn(size=(64, 64), kind=kind))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_cut_off_picture_is_refused(kind):
    whole = drawn(kind=kind, size=(300, 200))
    with pytest.raises((PictureBroken, NotAPicture)):
        prepare_picture(whole[: len(whole) // 2])


def test_too_many_bytes_are_refused():
    with pytest.raises(PictureTooHeavy):
        prepare_picture(drawn() + b"\0" * MAXIMUM_BYTES)


def bomb(width, height):
    """A PNG of a few bytes that says it has width × height pixels."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(10_000, 5_001), (20_000, 20_000), (2_000_000, 1_000)])
def test_small_file_with_enormous_pixels_is_refused_before_it_is_unpacked(width, height):
    with pytest.raises(PictureTooLarge):
        prepare_picture(bomb(width, height))


def test_own_drawing_is_kept_only_when_trusted():
    prepared = prepare_picture(SVG, trusted=True)
    assert (prepared.mime, prepared.width, prepared.height) == ("image/svg+xml", 800, 600)
    assert prepared.files == {"full.svg": SVG}


def test_drawing_without_a_size_is_refused():
    with pytest.raises(PictureBroken):
        prepare_picture(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", trusted=True)
