"""The record of changes of a shop's set-up: who changed what, and what was there before."""

from flask import Response, request

from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import require
from core.rendering.console.parts import TextCell, TimeCell
from core.rendering.console.tables import Column, Filter, IndexPage, IndexSpec, IndexState
from tenants.queries import changes, count_changes
from tenants.web.answers import SWITCH, pages, show
from tenants.web.words import AuditLine, audit_words


def _what(line: AuditLine) -> TextCell:
    return TextCell(line.text, strong=True)


def _differences(line: AuditLine) -> TextCell:
    said = [
        gettext(N_("%(name)s: %(before)s → %(after)s"), name=one.name, before=one.before, after=one.after)
        for one in line.differences
    ]
    return TextCell(" · ".join(said))


LIST = IndexSpec(
    key="changes",
    noun=(N_("%(count)s entry"), N_("%(count)s entries")),
    columns=(
        Column("what", N_("What"), _what, role="title", width="fill"),
        Column("how", N_("Before → after"), _differences, role="wide", width="fill"),
        Column("who", N_("Who"), lambda line: line.who, role="state", width="l"),
        Column("at", N_("When"), lambda line: TimeCell(line.at), role="aside", width="xl"),
    ),
    filters=(
        Filter(
            "action",
            N_("Kind"),
            choices=(
                ("plugin.switch", N_("Plugins switched")),
                ("plugin.settings", N_("Settings changed")),
            ),
        ),
    ),
    sorts={"-at": N_("Newest first")},
    row_id=lambda line: line.at.isoformat(),
    sizes=(20, 50, 100),
)


@pages.get("/audit")
def audit() -> Response:
    """Who changed what in the shop's set-up, newest first."""
    require(SWITCH)
    state = IndexState.from_args(request.args, LIST)
    action = state.filters.get("action")
    found = changes(action=action, limit=state.size, offset=state.offset)
    rows = [audit_words(one) for one in found]
    return show("audit", page=IndexPage(LIST, state, rows, total=count_changes(action=action)))
