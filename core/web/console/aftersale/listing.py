"""The list of cases: saved views, columns, and what each row says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for

from core.commerce.aftersale.listing import MOST_COUNTED, CaseListRow
from core.commerce.media.queries import pictures_at
from core.kernel.i18n import N_, gettext, ngettext
from core.rendering.console import formats
from core.rendering.console.parts import BadgesCell, ItemCell, MoneyCell, TextCell
from core.rendering.console.tables import BulkAction, Column, Filter, IndexSpec, View
from core.rendering.console.visits import may
from core.web.console.aftersale.words import KINDS, kind_words, left_words, state_badge
from core.web.console.media import picture_url


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A row with the address of its picture."""

    row: CaseListRow
    image: str

    @property
    def url(self) -> str:
        """The case's page."""
        return url_for("console_aftersale.case", ref=self.row.id)


def listed(rows: Sequence[CaseListRow]) -> list[ListedCase]:
    """Rows with their pictures, which are asked for together."""
    pictures = pictures_at(row.image for row in rows)
    return [ListedCase(row, picture_url(pictures.get(row.image))) for row in rows]


def _goods(one: ListedCase) -> ItemCell:
    row = one.row
    count = ngettext("%(count)s unit", "%(count)s units", row.units, count=formats.number(row.units))
    title = f"{row.title} {row.variant_title}".strip()
    return ItemCell(title, f"{count} · {row.reason}", image=one.image, icon="package")


def _number(one: ListedCase) -> TextCell:
    return TextCell(kind_words(one.row.kind), one.row.number, strong=True)


def _due(one: ListedCase) -> TextCell:
    if one.row.due_at is None:
        return TextCell("–")
    return TextCell(left_words(one.row.due_at), formats.moment(one.row.due_at))


def _buyer(one: ListedCase) -> TextCell:
    return TextCell(one.row.buyer or gettext(N_("Guest")), formats.moment(one.row.opened_at))


_CASES = IndexSpec(
    key="aftersale",
    noun=(N_("%(count)s case"), N_("%(count)s cases")),
    columns=(
        Column("number", N_("Case"), _number, role="title", sort="opened_at"),
        Column("goods", N_("Goods and reason"), _goods, role="wide", width="fill"),
        Column("buyer", N_("Buyer"), _buyer, role="aside"),
        Column(
            "state",
            N_("Status"),
            lambda one: BadgesCell([state_badge(one.row.stands)]),
            role="state",
            width="xl",
        ),
        Column("due", N_("Deadline"), _due, role="fact", sort="due_at"),
        Column("amount", N_("Amount"), lambda one: MoneyCell(one.row.amount), role="total", align="end"),
    ),
    sorts={
        "due_at": N_("Most urgent first"),
        "-opened_at": N_("Newest first"),
        "opened_at": N_("Oldest first"),
    },
    views=(
        View("ours", N_("Waiting for us"), hot=True),
        View("buyer", N_("Buyer sends goods back")),
        View("done", N_("Done")),
        View("all", N_("All")),
    ),
    filters=(Filter("kind", N_("Kind"), tuple(KINDS.items())),),
    search=N_("Case, order, phone, tracking number"),
    row_id=lambda one: str(one.row.id),
    row_url=lambda one: one.url,
    row_label=lambda one: one.row.number,
    most_counted=MOST_COUNTED,
)


def cases_spec() -> IndexSpec:
    """The list with what this person may do with many at once."""
    if not may("orders.refund"):
        return _CASES
    accept = BulkAction("accept", N_("Accept"), "check", url_for("console_aftersale.accept_many"))
    return replace(_CASES, bulk=(accept,))
