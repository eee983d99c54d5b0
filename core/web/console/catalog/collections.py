"""Routes about collections: their order, their words, and the products in them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from core.commerce.catalog.actions import delete_collection, reorder_collections, save_collection
from core.commerce.catalog.drafts import LONGEST_BODY, CollectionDraft
from core.commerce.catalog.listings import (
    collection_choices,
    collection_count,
    collections,
    product_titles,
    stored_collection,
)
from core.commerce.merchandising.queries import IndexRow, products_index
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.tenancy import require
from core.rendering.console.forms import Form
from core.rendering.console.rearranging import moved
from core.rendering.console.tables import IndexPage, IndexSpec, IndexState
from core.web.console.answers import go, show
from core.web.console.media import picture_url

blueprint = Blueprint("console_collections", __name__)
PERMISSION = "catalog.edit"
_MOST_PRODUCTS = 2_000
_LONGEST_LIST = 100_000
_MOST_FOUND = 8
# So many members are listed, and so many more with each press.
_LISTED = 100

COLLECTIONS = IndexSpec(
    key="collections",
    noun=(N_("%(count)s collection"), N_("%(count)s collections")),
    columns=(),
    sorts={"position": N_("Our order")},
    sizes=(20,),
)


class CollectionSchema(Schema):
    """The words of a collection."""

    title = fields.String(required=True, validate=validate.Length(1, 255), metadata={"label": N_("Title")})
    body = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_BODY),
        metadata={"label": N_("Text above its products"), "widget": "textarea", "rows": 4},
    )
    handle = fields.String(
        load_default="",
        validate=validate.Length(max=255),
        metadata={"label": N_("Address"), "help": N_("Left empty, it is made from the title.")},
    )
    visible = fields.Boolean(
        load_default=True,
        metadata={
            "label": N_("Shown in the storefront"),
            "help": N_("Hidden ones stay here with their products."),
        },
    )
    # The ids of its products as a JSON list; the page's buttons change it.
    products = fields.String(
        load_default="[]", validate=validate.Length(max=_LONGEST_LIST), metadata={"widget": "hidden"}
    )


@dataclass(frozen=True, slots=True)
class Member:
    """A product in a collection, or one that could be."""

    id: UUID
    title: str


@blueprint.before_request
def editors_only() -> None:
    """Nobody else sees these pages."""
    require(PERMISSION)


@blueprint.get("/")
def index() -> Response:
    """The collections in their order, page by page."""
    state = IndexState.from_args(request.args, COLLECTIONS)
    rows = collections(hidden_too=True, limit=state.size, offset=state.offset)
    if not rows and state.page > 1:
        return go("console_collections.index")
    page = IndexPage(COLLECTIONS, state, rows, collection_count(hidden_too=True))
    return show("catalog/collections", page=page, rows=[(one, picture_url(one.picture)) for one in rows])


@blueprint.post("/<ref>/move")
def move(ref: str) -> Response:
    """One place up or down."""
    ids = [one.id for one in collection_choices()]
    wanted = as_id(ref)
    if wanted not in ids or request.form.get("to") not in ("up", "down"):
        raise NotFound
    order = moved(ids, wanted, up=request.form["to"] == "up")
    reorder_collections(collection_ids=order)
    # It is shown where it stands now, be that the page before or after.
    page = order.index(wanted) // COLLECTIONS.sizes[0] + 1
    return go("console_collections.index", page=page if page > 1 else None)


@blueprint.route("/<ref>", methods=["GET", "POST"])
def collection(ref: str) -> Response:
    """One collection; "new" makes one. A button named "_do" changes the list of products without saving."""
    collection_id, draft = _stored(ref)
    form = Form(CollectionSchema(), values={
        "title": draft.title, "body": draft.body, "handle": draft.handle, "visible": draft.visible,
    })  # fmt: skip
    if request.method == "GET":
        return _page(ref, form, list(draft.product_ids))
    members = _typed_members()
    if wish := request.form.get("_do"):
        form.parse(request.form)
        form.errors.clear()
        return _page(ref, form, _changed(members, wish))
    data = form.submit(request.form)
    if data is None:
        return _page(ref, form, members, 422)
    return _save(ref, collection_id, form, data, members)


def _stored(ref: str) -> tuple[UUID | None, CollectionDraft]:
    if ref == "new":
        return None, CollectionDraft(title="")
    collection_id = as_id(ref)
    found = stored_collection(collection_id) if collection_id else None
    if found is None:
        raise NotFound
    return found.id, found.draft


def _save(
    ref: str, collection_id: UUID | None, form: Form, data: dict[str, Any], members: list[UUID]
) -> Response:
    said = {name: data[name] for name in ("title", "body", "handle", "visible")}
    try:
        saved = save_collection(
            draft=CollectionDraft(**said, product_ids=tuple(members)), collection_id=collection_id
        )
    except InputRefused as error:
        form.refuse(error.fields)
        return _page(ref, form, members, 422)
    return go("console_collections.collection", ref=saved, said=gettext(N_("The collection is saved.")))


def _typed_members() -> list[UUID]:
    """The products in the form, in their order; anything that is no list of ids counts as none."""
    try:
        given = json.loads(request.form.get("products", "[]"))
    except (ValueError, RecursionError):
        return []
    if not isinstance(given, list):
        return []
    ids = (as_id(one) for one in given[:_MOST_PRODUCTS] if isinstance(one, str))
    return list(dict.fromkeys(one for one in ids if one is not None))


def _changed(members: list[UUID], wish: str) -> list[UUID]:
    """The members after "add:<id>", "drop:<id>", "up:<id>" or "down:<id>"; other wishes change nothing."""
    action, _, text = wish.partition(":")
    wanted = as_id(text)
    if wanted is None:
        return members
    if action == "add":
        return list(dict.fromkeys([*members, wanted]))
    if wanted not in members:
        return members
    if action == "drop":
        return [one for one in members if one != wanted]
    return moved(members, wanted, up=action == "up") if action in ("up", "down") else members


def _page(ref: str, form: Form, members: Sequence[UUID], status: int = 200) -> Response:
    listed = _listed()
    names = product_titles(members[:listed])
    chosen = [Member(one, names[one]) for one in members[:listed] if one in names]
    rest = list(members[listed:])
    wanted = request.form.get("_find", "").strip()[:100].replace("\x00", "")
    found: Sequence[IndexRow] = products_index(view="all", search=wanted).rows if wanted else ()
    taken = {*(one.id for one in chosen), *rest}
    return show(
        "catalog/collection",
        status=status,
        ref=ref,
        form=form,
        members=chosen,
        listed=listed,
        count=len(chosen) + len(rest),
        products=json.dumps([str(one) for one in (*(one.id for one in chosen), *rest)]),
        wanted=wanted,
        found=[Member(row.id, row.title) for row in found if row.id not in taken][:_MOST_FOUND],
    )


def _listed() -> int:
    """How many members the page lists: as many as before, more after the button "more"."""
    text = request.form.get("_listed", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else _LISTED
    more = _LISTED if request.form.get("_do") == "more" else 0
    return min(max(before, _LISTED) + more, _MOST_PRODUCTS)


@blueprint.post("/<ref>/delete")
def delete(ref: str) -> Response:
    """Remove a collection; its products stay."""
    collection_id, draft = _stored(ref)
    if collection_id is None:
        raise NotFound
    delete_collection(collection_id=collection_id)
    said = gettext(N_("“%(title)s” is gone; its products stay."), title=draft.title)
    return go("console_collections.index", said=said)
