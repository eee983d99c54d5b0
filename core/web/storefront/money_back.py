"""The public money-back record: a page of figures that core counts and nobody can edit."""

from flask import Blueprint, Response

from core.commerce.promotions.money_back import money_back_record
from core.commerce.promotions.record_words import record_words
from core.kernel.i18n import _
from core.rendering.contexts import FactView, MoneyBackPage
from core.web.storefront.answers import page_answer, slots_for
from core.web.storefront.frame import preview
from core.web.storefront.parts import parts

money_back = Blueprint("money_back", __name__)
PATH = "/money-back"


@money_back.get(PATH)
def record() -> Response:
    """How fast money went back, and what was promised and kept."""
    found = money_back_record()
    words = record_words(found)
    facts = []
    if words.settled:
        facts.append(FactView(icon="refund", label=_("Refunds that arrived"), text=words.settled))
    if words.median:
        facts.append(FactView(icon="clock", label=_("Half of them within"), text=words.median))
    facts += [FactView(icon="group", label=one.label, text=one.words) for one in words.promises]
    if not facts:
        facts.append(FactView(icon="refund", label=_("Refunds"), text=_("No refund yet")))
    title = _("Money-back record")
    said = _(
        "Counted from the refunds of the last %(days)s days and their settlement. The shop cannot edit it.",
        days=found.days,
    )
    page = MoneyBackPage(
        title=title,
        preview=preview(parts().frames.frame(), title, PATH, index=False),
        text=said,
        facts=tuple(facts),
    )
    return page_answer(page, slots=slots_for(page))
