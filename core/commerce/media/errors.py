"""What can be wrong with a picture that somebody hands in."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class PictureRefused(PinpuError):
    """Base of all refusals of a file as a picture."""

    code = "media.refused"
    status = 422
    message = N_("This picture cannot be used.")


class NotAPicture(PictureRefused):
    """The bytes are none of the kinds that we take, whatever the file is called."""

    code = "media.not_a_picture"
    message = N_("This file is not a picture that browsers can show.")
    fix = N_("Use a PNG, JPEG, WebP or GIF file.")


class PictureBroken(PictureRefused):
    """The file begins like a picture but cannot be read to its end."""

    code = "media.broken"
    message = N_("This picture is damaged.")
    fix = N_("Open it in a picture program, save it again and try once more.")


class PictureTooHeavy(PictureRefused):
    """More bytes than we take; `limit` in megabytes."""

    code = "media.too_heavy"
    status = 413
    message = N_("This picture is larger than %(limit)s MB.")
    fix = N_("Save it smaller and try again.")


class PictureTooLarge(PictureRefused):
    """More pixels than we unpack; `limit` in millions."""

    code = "media.too_large"
    message = N_("This picture has more than %(limit)s million pixels.")
    fix = N_("Save it smaller and try again.")
