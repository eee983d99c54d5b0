"""Refusals of the messages room."""

from collections.abc import Sequence
from typing import Any

from core.commerce.messages.templates import TemplateProblem
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext, sentences


class TemplateRefused(PinpuError):
    """A template names something that is not there; nothing was saved."""

    code = "messages.template_refused"
    status = 422
    message = N_("The words name a variable that does not exist.")
    fix = N_("Choose one of the variables below the text.")

    def __init__(
        self, *, field: str = "body", problems: Sequence[TemplateProblem] = (), **params: Any
    ) -> None:
        super().__init__(**params)
        self.field = field
        self.problems = tuple(problems)

    @property
    def said(self) -> list[str]:
        """Each problem in the reader's language, with its place and the name that was probably meant."""
        return [_said(one) for one in self.problems]


def _said(problem: TemplateProblem) -> str:
    place = {"line": problem.line, "column": problem.column, "name": problem.name}
    if problem.open:
        return gettext(N_("Line %(line)s, sign %(column)s: “{{%(name)s” is never closed with “}}”."), **place)
    return sentences(
        gettext(N_("Line %(line)s, sign %(column)s: there is no variable “%(name)s”."), **place),
        gettext(N_("Did you mean “%(near)s”?"), near=problem.near) if problem.near else "",
    )


class NotSendable(PinpuError):
    """A message that is on its way, has arrived, or was good for one moment only."""

    code = "messages.not_sendable"
    status = 409
    message = N_("This message cannot be sent again.")


class ChannelMissing(PinpuError):
    """Nothing is set up that could send this."""

    code = "messages.channel_missing"
    status = 409
    message = N_("Nothing is set up to send this.")
    fix = N_("Set the channel up first, under Settings, Messages.")
