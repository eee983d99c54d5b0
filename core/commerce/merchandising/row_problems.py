"""What is said about one place of a product file: line, column, reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.kernel.i18n import N_, gettext

# error: the product is skipped. picture: only a picture is. note: nothing is, but one should know.
Level = Literal["error", "picture", "note"]
MOST_KEPT = 1000
_MORE = N_("%(count)s more are not listed.")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One problem: `line` from 1 (0: the whole file), `column` as the file calls it, the reason in English."""

    line: int
    column: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)
    level: Level = "error"

    @property
    def text(self) -> str:
        """The reason in the current language."""
        return gettext(self.message, **self.params)

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        return {
            "line": self.line, "column": self.column, "message": self.message, "params": self.params, "level": self.level,
        }  # fmt: skip


def problem_from_json(stored: dict[str, Any]) -> RowProblem:
    """The problem that `stored` holds."""
    return RowProblem(**stored)


def with_more(stored: Sequence[dict[str, Any]], found: Iterable[RowProblem]) -> list[dict[str, Any]]:
    """`stored` and what was found since; beyond MOST_KEPT they are only counted."""
    kept = [one for one in stored if one["message"] != _MORE]
    unlisted = sum(one["params"]["count"] for one in stored if one["message"] == _MORE)
    kept += [one.as_json() for one in found]
    unlisted += max(0, len(kept) - MOST_KEPT)
    more = [RowProblem(0, "", _MORE, {"count": unlisted}, "note").as_json()] if unlisted else []
    return kept[:MOST_KEPT] + more
