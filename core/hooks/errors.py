"""What can go wrong between core and its plugins: at boot, in a call, and by core's own mistake."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class BootError(Exception):
    """The process must not start; `problems` says why, one sentence each, naming the hook or module."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SpecError(BootError):
    """A hook is declared in a way that nobody could implement or document."""


class HookOrderError(BootError):
    """The wishes of plugins to run before or after each other contradict; the cycle is named."""


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """One reason why a plugin was refused: where it is written, what is wrong, and what to write instead."""

    file: str
    message: str
    line: int | None = None
    fix: str = ""

    @property
    def place(self) -> str:
        """`plugins/coupon/hooks.py:12`, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}  {self.message}" + (f" {self.fix}" if self.fix else "")


class PluginRefusedError(Exception):
    """A plugin cannot be loaded; the registry quarantines it with `problems` and goes on."""

    def __init__(self, problems: Iterable[LoadProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class HookMisuseError(TypeError):
    """Core called a hook wrongly: unknown name, wrong arguments or the wrong method for its family."""


class WrongReturnError(TypeError):
    """An implementation returned something that the hook does not promise."""


class NotInstalledError(RuntimeError):
    """The process asked for hooks before `core.hooks.current.install` was called at boot."""


class HookFailure(PinpuError):
    """A plugin failed in a hook where core may not go on without it.

    `plugin` and `hook` say who, `cause` is the exception it raised (a `WrongReturnError` for a wrong value).
    The calling room decides what it closes: its own line, the whole order, the switch.
    """

    code = "hooks.plugin_failed"
    status = 503
    message = N_("A part of this shop is not working right now, so we stopped before anything was changed.")
    fix = N_("Please try again in a moment. If it happens again, tell the shop.")

    def __init__(self, plugin: str, hook: str, cause: Exception) -> None:
        super().__init__(plugin=plugin, hook=hook)
        self.plugin = plugin
        self.hook = hook
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.code}: {self.plugin} failed in {self.hook}: {type(self.cause).__name__}: {self.cause}"
