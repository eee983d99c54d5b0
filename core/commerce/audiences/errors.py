"""Refusals of the audiences room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class RuleRefused(PinpuError):
    """A segment's rule asks for something that cannot be asked; `problems` says what, by group and place."""

    code = "audiences.rule_refused"
    status = 422
    message = N_("A condition of this segment needs another look.")

    def __init__(self, problems: dict[tuple[int, int], str]) -> None:
        super().__init__()
        self.problems = problems


class SegmentNameTaken(PinpuError):
    """Another segment has this name."""

    code = "audiences.name_taken"
    status = 422
    message = N_("Another segment has this name.")


class UnknownAudience(PinpuError):
    """There is no audience with this key in the shop (any more)."""

    code = "audiences.unknown"
    status = 404
    message = N_("This segment does not exist any more.")
