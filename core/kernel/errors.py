"""The one family of expected failures: a code, an HTTP status, words for the user and whether to try again."""

from typing import Any, ClassVar

from core.kernel.i18n import N_, gettext


class PinpuError(Exception):
    """An expected refusal; subclasses live in the room's `errors.py` and set the class attributes.

    Keyword arguments become `params`: they fill the placeholders of `message` and `fix` and travel in JSON answers.
    """

    code: ClassVar[str] = "kernel.error"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("Something about this request is not right.")
    fix: ClassVar[str] = ""
    retry: ClassVar[bool] = False

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"

    @property
    def text(self) -> str:
        """What is wrong, in the current language."""
        return gettext(self.message, **self.params)

    @property
    def fix_text(self) -> str:
        """How to put it right, in the current language; may be empty."""
        return gettext(self.fix, **self.params) if self.fix else ""


class NotFound(PinpuError):
    """Nothing here has that id; the answer is the same whether another shop has it or nobody."""

    code = "kernel.not_found"
    status = 404
    message = N_("We could not find what you are looking for.")
    fix = N_("Check the address, or go back to the list.")


class PermissionRefused(PinpuError):
    """The actor may not do this."""

    code = "kernel.permission_refused"
    status = 403
    message = N_("You are not allowed to do this.")
    fix = N_("Ask the shop's owner to give you the permission.")


class InputRefused(PinpuError):
    """Input that failed validation; `fields` maps field names to lists of messages already in words."""

    code = "kernel.input_refused"
    status = 422
    message = N_("Some fields need another look.")

    def __init__(self, fields: dict[str, Any], **params: Any) -> None:
        super().__init__(**params)
        self.fields = fields


class EditConflict(PinpuError):
    """Somebody saved a newer version in the meantime."""

    code = "kernel.edit_conflict"
    status = 409
    message = N_("Somebody else saved this while you were editing.")
    fix = N_("Reload, look at the new values and save again.")


class TemporarilyUnavailable(PinpuError):
    """Trying again will probably work."""

    code = "kernel.unavailable"
    status = 503
    message = N_("This is taking longer than it should.")
    fix = N_("Please try again in a moment; nothing was lost.")
    retry = True


class OutcomeUnknown(PinpuError):
    """The database's answer to the last word of a transaction was lost: it is done or it is not."""

    code = "kernel.outcome_unknown"
    status = 503
    message = N_("The connection was lost at the last moment, so we cannot say whether this was done.")
    fix = N_("Look whether it was done before you try again.")
