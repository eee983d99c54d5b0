"""The money-back record in words, the same for buyers and merchants."""

from dataclasses import dataclass
from datetime import timedelta

from core.commerce.pricing.pipeline import percent
from core.commerce.promotions.money_back import MoneyBackRecord, PromiseFigures, money_back_record
from core.kernel.i18n import N_, gettext, ngettext


@dataclass(frozen=True, slots=True)
class PromiseWords:
    """What was promised, and how much of it was kept."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class RecordWords:
    """The record as it is read; texts are empty where there is nothing to tell."""

    settled: str
    median: str
    promises: tuple[PromiseWords, ...]


def record_words(record: MoneyBackRecord) -> RecordWords:
    """Words of a record in the reader's language."""
    settled = (
        gettext(N_("%(settled)s of %(promised)s"), settled=record.settled, promised=record.promised)
        if record.promised
        else ""
    )
    return RecordWords(
        settled,
        "" if record.median is None else length_words(record.median),
        tuple(PromiseWords(gettext(one.label), _promise(one)) for one in record.promises),
    )


def _promise(one: PromiseFigures) -> str:
    said = gettext(
        N_("%(share)s (%(kept)s of %(ended)s)"),
        share=percent(one.kept_basis_points), kept=one.kept, ended=one.ended,
    )  # fmt: skip
    if not one.declared:
        return said
    declared = gettext(
        N_("of these %(share)s declared by the shop"), share=percent(one.declared_basis_points)
    )
    return f"{said} · {declared}"


def length_words(length: timedelta) -> str:
    """A time span in its largest fitting unit: 40 seconds, 12 minutes, 5 hours, 3 days."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", max(seconds, 1))
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours)
    return ngettext("%(n)s day", "%(n)s days", round(hours / 24))


def record_lines() -> tuple[PromiseWords, ...]:
    """The bound shop's record as lines for a plugin's page; none where there is nothing to tell."""
    record = money_back_record()
    words = record_words(record)
    told = [*words.promises]
    if words.settled:
        told.append(PromiseWords(gettext(N_("Money is back")), words.settled))
    if words.median:
        told.append(PromiseWords(gettext(N_("Median time")), words.median))
    return tuple(told)
