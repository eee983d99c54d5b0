"""Where a page is put together: its sections, the form of one of them, and the draft as shoppers would see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request, url_for

from core.commerce.content.documents import META, meta_of
from core.commerce.content.errors import DraftMoved
from core.hooks.current import shop_hooks
from core.kernel.i18n import N_, gettext
from core.rendering.blocks import BlockType
from core.rendering.console.forms import Form
from core.rendering.console.parts import Toast
from core.web.console.answers import go, show
from core.web.console.design.change_words import change_sentences
from core.web.console.design.drafts import Desk, desk_of, preview_address, seen_document
from core.web.console.design.section_forms import section_form
from core.web.console.design.section_types import icon_of, label_of, offered, section_names, summary_of

STEPS = ("list", "form", "preview")


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section in the list on the left."""

    id: str
    name: str
    summary: str
    icon: str
    hidden: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What somebody else did to the draft meanwhile."""

    name: str
    changes: Sequence[str]


def title_of(desk: Desk) -> str:
    """What the page is called in the console."""
    names = {"home": N_("Home page"), "frame": N_("Logo, menu, contact")}
    return gettext(names[desk.ref]) if desk.ref in names else desk.draft.title or desk.draft.slug


def editor(
    desk: Desk, *, chosen: str = "", form: Form | None = None, moved: Moved | None = None, status: int = 200
) -> Response:
    """The editor with the section `chosen` open; `form` is one that was refused."""
    chosen = chosen or _chosen(desk)
    section = desk.document["sections"].get(chosen)
    block_type = desk.types.get(section.get("type", "")) if section else None
    if form is None and section is not None and block_type is not None:
        form = opened_form(desk, block_type, section)
    return show(
        "design/editor",
        status=status,
        desk=desk,
        title=title_of(desk),
        lines=_lines(desk),
        chosen=chosen,
        about=gettext(block_type.about) if block_type and block_type.about else "",
        form=form,
        moved=moved,
        base=desk.draft.number,
        types=_catalogue(desk),
        step=_step(chosen),
        steps=STEPS,
        preview=preview_address(desk),
        unpublished=change_sentences(desk.before(), desk.document, desk.types) if desk.draft.changed else [],
    )


def opened_form(desk: Desk, block_type: BlockType, section: dict[str, Any]) -> Form:
    """The form of a section as it is stored."""
    key = str(desk.settings.theme.get("key", ""))
    form = section_form(block_type, section, theme_key=key, wanted=request.form.get("_find", ""))
    if block_type.name == "goods":
        form.offer_choices("collection", form.offered("collection"))
    return form


def _chosen(desk: Desk) -> str:
    asked = request.args.get("section", "")
    if asked in desk.document["sections"]:
        return asked
    return str(desk.document["order"][0]) if desk.document["order"] else ""


def _step(chosen: str) -> str:
    asked = request.args.get("step", "")
    if asked in STEPS:
        return asked
    return "form" if request.method == "POST" or ("section" in request.args and chosen) else "list"


def _lines(desk: Desk) -> list[SectionLine]:
    names, on = section_names(desk.document, desk.types), shop_hooks().sets.offer
    lines = []
    for one in map(str, desk.document["order"]):
        section = desk.document["sections"][one]
        block_type = desk.types.get(section.get("type", ""))
        note = ""
        if block_type is None:
            note = gettext(N_("No installed plugin knows this section; shoppers do not see it."))
        elif block_type.plugin and block_type.plugin not in on:
            note = gettext(N_("Its plugin is switched off; shoppers do not see it."))
        line = SectionLine(
            one, names[one], summary_of(section), icon_of(block_type), bool(section.get("hidden")), note
        )
        lines.append(line)
    return lines


def _catalogue(desk: Desk) -> list[tuple[str, str, str, str]]:
    """(type, icon, name, description) of what can be added."""
    if desk.is_frame:
        return []
    return [
        (one.name, icon_of(one), label_of(one.name, desk.types), gettext(one.about) if one.about else "")
        for one in offered(desk.types)
    ]


def answer_moved(error: DraftMoved, ref: str, *, chosen: str = "", form: Form | None = None) -> Response:
    """409: what the other person changed, with this person's input still in the form."""
    desk = desk_of(ref)
    seen = seen_document(desk)
    changes = change_sentences(seen, desk.document, desk.types) if seen is not None else []
    moved = Moved(str(error.params.get("name", "")), changes)
    return editor(desk, chosen=chosen, form=form, moved=moved, status=409)


def kept(desk: Desk, number: int, said: str, *, chosen: str = "") -> Response:
    """Back to the editor after a change, with the way back in the toast."""
    toast = Toast(said, seconds=6)
    if number != desk.draft.number and desk.draft.number:
        undo = url_for("console_design.restore", ref=desk.ref)
        fields = {"number": str(desk.draft.number), "_base": str(number), "section": chosen}
        toast = replace(toast, undo_url=undo, fields=fields, seconds=10)
    more = {"section": chosen, "_anchor": f"s-{chosen}"} if chosen else {}
    return go("console_design.page", ref=desk.ref, toast=toast, step=request.form.get("_step", ""), **more)


def meta_values(desk: Desk) -> dict[str, str]:
    """What the page's own words are now."""
    return {**{name: meta_of(desk.document, name) for name in META}, "slug": desk.draft.slug}
