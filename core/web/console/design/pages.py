"""Routes about the list of pages: policies and pages of the merchant's own, made, named, ordered, switched off, deleted."""

import re
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, fields, validate

from core.commerce.content.actions import (
    delete_page,
    make_page,
    move_page,
    reorder_pages,
    save_draft,
    unpublish_page,
)
from core.commerce.content.documents import META, with_meta
from core.commerce.content.errors import DraftMoved, PageLinked, TooManyPages
from core.commerce.content.queries import WRITTEN, PageRow, pages
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id, new_code
from core.rendering import links
from core.rendering.console.forms import Form
from core.rendering.console.parts import Toast
from core.rendering.console.rearranging import moved
from core.rendering.console.tables import IndexPage, IndexSpec, IndexState
from core.web.console.answers import go, show
from core.web.console.design.blueprint import blueprint
from core.web.console.design.drafts import Desk, base_number, desk_of
from core.web.console.design.editor import answer_moved, meta_values, title_of
from core.web.console.design.first_words import TEMPLATES, first_document
from core.web.console.shell import storefront_link

_FOR_ENGINES = ("seo_title", "seo_description")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

PAGES = IndexSpec(
    key="pages",
    noun=(N_("%(count)s page"), N_("%(count)s pages")),
    columns=(),
    sorts={"position": N_("Our order")},
    sizes=(20,),
)


class AboutSchema(Schema):
    """The words of a page that stand outside of its sections."""

    title = fields.String(
        required=True, validate=validate.Length(1, 80), metadata={"label": N_("Title of the page")}
    )
    slug = fields.String(
        load_default="",
        validate=[
            validate.Length(max=80),
            validate.Regexp(
                r"^$|^[a-z0-9]+(-[a-z0-9]+)*$", error=N_("Small letters, digits and hyphens, like our-story.")
            ),
        ],
        metadata={
            "label": N_("Address"), "prefix": "/policies/",
            "help": N_("Left empty, it is made from the title. It changes at once, without publishing."),
        },
    )  # fmt: skip
    seo_title = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={
            "label": N_("Title for search engines"),
            "help": N_("Left empty, the title of the page is used."),
        },
    )
    seo_description = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "label": N_("Words for search engines"), "widget": "textarea", "rows": 2,
            "help": N_("One or two sentences that stand below the title in a list of results."),
        },
    )  # fmt: skip


class NewSchema(Schema):
    """A new page."""

    title = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={"label": N_("Title of the page"), "help": N_("Left empty, the template names it.")},
    )
    template = fields.String(
        load_default="blank", validate=validate.OneOf(list(TEMPLATES)), metadata={"label": N_("Begin with")}
    )


@blueprint.get("/")
def index() -> Response:
    """Everything that makes the storefront look as it does."""
    state, rows = IndexState.from_args(request.args, PAGES), pages()
    written = [one for one in rows if one.kind in WRITTEN]
    shown = written[state.offset : state.offset + state.size]
    if not shown and state.page > 1:
        return go("console_design.index")
    known = {one.kind: one for one in rows if one.kind not in WRITTEN}
    return show(
        "design/index",
        home=known.get("home"),
        frame=known.get("frame"),
        page=IndexPage(PAGES, state, shown, len(written)),
        policies=[one for one in shown if one.kind == "policy"],
        own=[one for one in shown if one.kind == "page"],
        has={kind: any(one.kind == kind for one in written) for kind in WRITTEN},
        # Nothing moves beyond the first and the last of its kind.
        ends={kind: _ends(written, kind) for kind in WRITTEN},
        content_url=links.content_url,
        storefront=storefront_link,
    )


def _ends(written: list[PageRow], kind: str) -> tuple[UUID | None, UUID | None]:
    """The first and the last page of a kind."""
    ids = [one.id for one in written if one.kind == kind]
    return (ids[0], ids[-1]) if ids else (None, None)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """Begin a page, empty or from a template whose words have to be checked."""
    chosen = request.args.get("template", "blank")
    values = {"template": chosen if chosen in TEMPLATES else "blank"}
    choices = {"template": [(key, gettext(one.label)) for key, one in TEMPLATES.items()]}
    form = Form(NewSchema(), values=values, choices=choices)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None and (made := _made(form, data)) is not None:
            said = gettext(N_("The page is a draft. Check its words, then publish it."))
            return go("console_design.page", ref=made, said=said)
    title = gettext(N_("New page"))
    return show(
        "design/about",
        status=422 if request.method == "POST" else 200,
        form=form,
        title=title,
        desk=None,
        base=0,
    )


def _made(form: Form, data: dict[str, Any]) -> UUID | None:
    template = TEMPLATES[data["template"]]
    document = first_document(template, data["title"])
    title = document["meta"]["title"]
    if not title:
        form.refuse({"title": [gettext(N_("Fill this in."))]})
        return None
    slug = template.slug or slug_of(title)
    taken = {one.slug for one in pages()}
    number = 2
    while slug in taken and number < 100:
        slug, number = f"{slug.removesuffix(f'-{number - 1}')}-{number}", number + 1
    try:
        return make_page(kind=template.kind, slug=slug, document=document)
    except InputRefused as error:
        form.refuse(error.fields)
    except TooManyPages as error:
        form.refuse(f"{error.text} {error.fix_text}")
    return None


def slug_of(title: str) -> str:
    """An address made from a title; titles without Latin letters get a short code."""
    found = "-".join(_SLUG.findall(title.lower()))[:60].strip("-")
    return found if len(found) > 2 else f"page-{new_code(6).lower()}"


@blueprint.route("/<ref>/about", methods=["GET", "POST"])
def about(ref: str) -> Response:
    """Title, address, and what search engines are told."""
    desk = desk_of(ref)
    if desk.is_frame:
        raise NotFound
    schema = AboutSchema(only=_FOR_ENGINES) if ref == "home" else AboutSchema()
    form = Form(schema, values={**meta_values(desk), "title": desk.draft.title})
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            answer = _save_about(desk, form, data)
            if answer is not None:
                return answer
    status = 422 if request.method == "POST" else 200
    return show(
        "design/about", status=status, form=form, title=title_of(desk), desk=desk, base=desk.draft.number
    )


def _save_about(desk: Desk, form: Form, data: dict[str, Any]) -> Response | None:
    said = {name: data[name] for name in META if name in data}
    try:
        if "slug" in data and desk.draft.id is not None:
            move_page(page_id=desk.draft.id, slug=data["slug"] or slug_of(data["title"]))
        save_draft(ref=desk.page_ref, base=base_number(), document=with_meta(desk.document, **said))
    except DraftMoved as error:
        return answer_moved(error, desk.ref)
    except InputRefused as error:
        form.refuse(error.fields)
        return None
    except PageLinked as error:
        words = gettext(N_("The address cannot change: %(places)s leads to it."), **error.params)
        form.refuse({"slug": [words]})
        return None
    return go("console_design.page", ref=desk.ref, said=gettext(N_("Saved in the draft.")))


@blueprint.post("/<ref>/move")
def move(ref: str) -> Response:
    """One place up or down among pages of its kind."""
    row = _written(ref)
    if request.form.get("to") not in ("up", "down"):
        raise NotFound
    written = [one for one in pages() if one.kind in WRITTEN]
    same = [one.id for one in written if one.kind == row.kind]
    order = moved(same, row.id, up=request.form["to"] == "up")
    reorder_pages(page_ids=order)
    # It is shown where it stands now, be that the page before or after.
    before = next(place for place, one in enumerate(written) if one.kind == row.kind)
    page = (before + order.index(row.id)) // PAGES.sizes[0] + 1
    return go("console_design.index", page=page if page > 1 else None)


@blueprint.post("/<ref>/unpublish")
def unpublish(ref: str) -> Response:
    """Off the storefront; the draft stays."""
    row = _written(ref)
    unpublish_page(page_id=row.id)
    return go(
        "console_design.index", said=gettext(N_("Shoppers do not see “%(name)s” any more."), name=row.title)
    )


@blueprint.post("/<ref>/delete")
def delete(ref: str) -> Response:
    """Gone with all its versions, unless something leads to it."""
    row = _written(ref)
    try:
        delete_page(page_id=row.id)
    except PageLinked as error:
        toast = Toast(f"{error.text} {error.fix_text}", tone="bad", seconds=10)
        return go("console_design.page", ref=ref, toast=toast)
    return go("console_design.index", said=gettext(N_("“%(name)s” is deleted."), name=row.title or row.slug))


def _written(ref: str) -> PageRow:
    wanted = as_id(ref)
    found = next((one for one in pages() if one.id == wanted and one.kind in WRITTEN), None)
    if found is None:
        raise NotFound
    return found
