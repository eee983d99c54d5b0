"""The list of a page's revisions: who changed what, and the way back to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, request

from core.commerce.content.queries import RevisionView, revisions
from core.web.console.answers import show
from core.web.console.design.blueprint import blueprint
from core.web.console.design.change_words import change_sentences
from core.web.console.design.drafts import Desk, desk_of, shaped
from core.web.console.design.editor import title_of

# Revisions on one page; of automatic ones that followed each other only the last is shown.
PER_PAGE = 40
_ONE_SITTING = timedelta(minutes=10)
_MOST_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A revision with what changed since the one shown below it; `more` counts changes that are not told."""

    number: int
    kind: str
    label: str
    author: str
    at: datetime
    live: bool
    draft: bool
    changes: Sequence[str]
    more: int


@blueprint.get("/<ref>/history")
def history(ref: str) -> Response:
    """The revisions of one page, newest first."""
    desk = desk_of(ref)
    text = request.args.get("before", "")
    before = int(text) if text.isdecimal() and len(text) < 10 else None
    found = revisions(desk.page_ref, limit=PER_PAGE + 1, before=before)
    lines = _lines(desk, found)
    return show(
        "design/history",
        desk=desk,
        title=title_of(desk),
        lines=lines,
        base=desk.draft.number,
        older=found[PER_PAGE - 1].number if len(found) > PER_PAGE else None,
        newest=before is None,
    )


def _lines(desk: Desk, found: Sequence[RevisionView]) -> list[HistoryLine]:
    shown = _told(desk, found[:PER_PAGE])
    lines = []
    for place, one in enumerate(shown):
        below = next(iter([*shown[place + 1 :], *found[PER_PAGE:]]), None)
        old = shaped(desk.ref, below.document, desk.settings) if below else None
        new = shaped(desk.ref, one.document, desk.settings)
        changes = change_sentences(old, new, desk.types)
        lines.append(
            HistoryLine(
                one.number,
                one.kind,
                one.label,
                one.author,
                one.created_at,
                live=one.number == desk.draft.live_number,
                draft=one.number == desk.draft.number,
                changes=changes[:_MOST_SENTENCES],
                more=max(0, len(changes) - _MOST_SENTENCES),
            )
        )
    return lines


def _told(desk: Desk, found: Sequence[RevisionView]) -> list[RevisionView]:
    """All revisions but automatic ones that the same person replaced within the same sitting."""
    told: list[RevisionView] = []
    pointed = (desk.draft.number, desk.draft.live_number)
    for one in found:
        newer = told[-1] if told else None
        replaced = (
            newer is not None
            and one.kind == "auto"
            and newer.kind == "auto"
            and one.number not in pointed
            and one.author == newer.author
            and newer.created_at - one.created_at < _ONE_SITTING
        )
        if not replaced:
            told.append(one)
    return told
