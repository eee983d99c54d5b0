"""Routes of the editor: sections, their forms, publishing and going back."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from core.commerce.content import documents
from core.commerce.content.actions import (
    discard_draft,
    name_revision,
    publish_draft,
    restore_draft,
    roll_back,
)
from core.commerce.content.documents import Document
from core.commerce.content.errors import DraftMoved, NothingToPublish
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.rendering.console.parts import Toast
from core.web.console.answers import go
from core.web.console.design.blueprint import blueprint
from core.web.console.design.drafts import Desk, base_number, desk_of, keep
from core.web.console.design.editor import answer_moved, editor, kept, opened_form, title_of
from core.web.console.design.section_forms import new_section, taken_content
from core.web.console.design.section_types import offered, section_names
from core.web.console.entry import takes_bodies

# Two pictures, each as large as pictures may be.
LARGEST_FORM = 25_000_000


@blueprint.get("/<ref>")
def page(ref: str) -> Response:
    """The editor of one page."""
    return editor(desk_of(ref))


@blueprint.post("/<ref>/sections")
def add(ref: str) -> Response:
    """One more section, below the one that is open."""
    desk = desk_of(ref)
    block_type = desk.types.get(request.form.get("type", ""))
    if desk.is_frame or block_type is None or block_type not in offered(desk.types):
        raise NotFound
    made = ""

    def change(document: Document) -> Document:
        nonlocal made
        after = request.form.get("after", "")
        changed, made = documents.with_section(document, new_section(block_type), after=after)
        return changed

    said = gettext(N_("“%(name)s” was added to the draft."), name=gettext(block_type.label))
    return _changed(desk, change, said, chosen=lambda: made)


@blueprint.route("/<ref>/sections/<section>", methods=["GET", "POST"])
@takes_bodies(LARGEST_FORM)
def section(ref: str, section: str) -> Response:
    """The form of one section: saved, or with its rows in another order while it is being typed."""
    desk = desk_of(ref)
    if request.method == "GET":
        desk.section(section)
        return go("console_design.page", ref=ref, section=section)
    stored = desk.document["sections"].get(section) or _gone(desk, section)
    block_type = desk.types.get(stored.get("type", ""))
    if block_type is None:
        raise NotFound
    form = opened_form(desk, block_type, stored)
    if wish := request.form.get("_do"):
        form.rearrange(request.form, wish)
        return editor(desk, chosen=section, form=form)
    content = taken_content(form, block_type, stored)
    if content is None:
        return editor(desk, chosen=section, form=form, status=422)
    try:
        number = keep(
            desk,
            lambda document: documents.with_content(_holding(document, section, stored), section, content),
        )
    except DraftMoved as error:
        return answer_moved(error, ref, chosen=section, form=form)
    except InputRefused as error:
        form.refuse(error.fields)
        return editor(desk, chosen=section, form=form, status=422)
    return kept(desk, number, gettext(N_("Saved in the draft.")), chosen=section)


def _gone(desk: Desk, section: str) -> dict[str, Any]:
    """A section that somebody else removed while this form was open: its type stands in the form."""
    kind = request.form.get("_type", "")
    if desk.is_frame or desk.types.get(kind) is None or not 0 < len(section) <= 40 or base_number() < 0:
        raise NotFound
    return {"type": kind, "v": 1, "settings": {}}


def _holding(document: Document, section: str, stored: dict[str, Any]) -> Document:
    """The document with the section in it, also when it had been removed."""
    if section in document["sections"]:
        return document
    sections = {**document["sections"], section: stored}
    return {**document, "sections": sections, "order": [*document["order"], section]}


@blueprint.post("/<ref>/sections/<section>/change")
def change(ref: str, section: str) -> Response:
    """Move, switch, duplicate or remove a section."""
    desk = desk_of(ref)
    if section not in desk.document["sections"]:
        raise NotFound
    wish = request.form.get("do", "")
    name = section_names(desk.document, desk.types)[section]
    if wish in ("hide", "show"):
        said = N_("“%(name)s” is switched off.") if wish == "hide" else N_("“%(name)s” is switched on.")
        return _changed(
            desk,
            lambda document: documents.with_hidden(document, section, wish == "hide"),
            gettext(said, name=name),
            chosen=lambda: section,
        )
    if desk.is_frame:
        raise NotFound
    if wish == "copy":
        return _copied(desk, section, name)
    if wish == "remove":
        said = gettext(N_("“%(name)s” is removed from the draft."), name=name)
        return _changed(desk, lambda document: documents.without_section(document, section), said)
    place = _place(desk, section, wish)
    said = gettext(
        N_("“%(name)s” stands at place %(place)s of %(count)s."),
        name=name, place=place + 1, count=len(desk.document["order"]),
    )  # fmt: skip
    return _changed(
        desk, lambda document: documents.with_place(document, section, place), said, chosen=lambda: section
    )


def _copied(desk: Desk, section: str, name: str) -> Response:
    twin = ""

    def change(document: Document) -> Document:
        nonlocal twin
        changed, twin = documents.with_copy(document, section)
        return changed

    return _changed(desk, change, gettext(N_("“%(name)s” is doubled."), name=name), chosen=lambda: twin)


def _place(desk: Desk, section: str, wish: str) -> int:
    """Where "up", "down" or "to:3" (counted from 1) would put the section."""
    order = [str(one) for one in desk.document["order"]]
    at, last = order.index(section), len(order) - 1
    if wish in ("up", "down"):
        return min(max(at + (-1 if wish == "up" else 1), 0), last)
    verb, _, number = wish.partition(":")
    if verb != "to" or not number.isdecimal() or len(number) > 3:
        raise NotFound
    return min(max(int(number) - 1, 0), last)


def _changed(
    desk: Desk, change: Callable[[Document], Document], said: str, *, chosen: Callable[[], str] = lambda: ""
) -> Response:
    try:
        number = keep(desk, change)
    except DraftMoved as error:
        return answer_moved(error, desk.ref)
    except InputRefused as error:
        toast = Toast(" ".join(error.fields.get("_schema", ())), tone="bad")
        return go("console_design.page", ref=desk.ref, toast=toast)
    return kept(desk, number, said, chosen=chosen())


# Publishing and going back ------------------------------------------------------------------------------------------


@blueprint.post("/<ref>/publish")
def publish(ref: str) -> Response:
    """Let shoppers see the draft."""
    desk = desk_of(ref)
    said = gettext(N_("“%(name)s” is live."), name=title_of(desk))
    return _pointed(desk, lambda: publish_draft(ref=desk.page_ref, base=base_number()), said)


@blueprint.post("/<ref>/discard")
def discard(ref: str) -> Response:
    """Back to what is live."""
    desk = desk_of(ref)
    said = gettext(N_("The draft is what shoppers see again."))
    return _pointed(desk, lambda: discard_draft(ref=desk.page_ref, base=base_number()), said)


@blueprint.post("/<ref>/restore")
def restore(ref: str) -> Response:
    """Make an old revision the draft again: undo, without touching what is live."""
    desk = desk_of(ref)
    number = _number()
    said = gettext(N_("The draft is as it was before."))
    return _pointed(
        desk, lambda: restore_draft(ref=desk.page_ref, base=base_number(), number=number), said,
        section=request.form.get("section", ""),
    )  # fmt: skip


@blueprint.post("/<ref>/roll-back")
def roll_back_to(ref: str) -> Response:
    """Let shoppers see an old revision again."""
    desk = desk_of(ref)
    number = _number()
    said = gettext(N_("Version %(number)s is live again."), number=number)
    return _pointed(desk, lambda: roll_back(ref=desk.page_ref, base=base_number(), number=number), said)


@blueprint.post("/<ref>/name")
def name(ref: str) -> Response:
    """Give a revision a name."""
    desk = desk_of(ref)
    label = request.form.get("label", "").replace("\x00", "")[:60]
    name_revision(ref=desk.page_ref, number=_number(), label=label)
    return go("console_design.history", ref=ref, said=gettext(N_("The name is kept.")))


def _number() -> int:
    text = request.form.get("number", "")
    if not text.isdecimal() or len(text) > 9:
        raise NotFound
    return int(text)


def _pointed(desk: Desk, move: Callable[[], int], said: str, *, section: str = "") -> Response:
    try:
        move()
    except DraftMoved as error:
        return answer_moved(error, desk.ref)
    except NothingToPublish as error:
        return go("console_design.page", ref=desk.ref, said=error.text)
    chosen = section if section in desk.document["sections"] else None
    return go("console_design.page", ref=desk.ref, said=said, section=chosen)
