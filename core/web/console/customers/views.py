"""Routes about customers: the list, the page of each, what is done with many at once, and taking a table home."""

import tempfile
from uuid import UUID

from flask import Blueprint, Response, request, send_file
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from core.commerce.customers import staff_actions
from core.commerce.customers.exports import FORMATS, allow_export, write_customers
from core.commerce.customers.listing import customers_page
from core.commerce.customers.queries import CustomerView
from core.commerce.customers.queries import customer as customer_by_id
from core.commerce.customers.staff_actions import (
    CustomerWords,
    add_customer_note,
    save_customer,
    tag_customers,
)
from core.kernel.clock import now
from core.kernel.errors import InputRefused, NotFound
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id
from core.kernel.sheets import CSV_TYPE, XLSX_TYPE
from core.kernel.tenancy import current_scope, require
from core.rendering.console.fields import TagsField
from core.rendering.console.forms import Form
from core.rendering.console.tables import IndexPage, IndexState
from core.web.console.answers import go, go_to, show
from core.web.console.customers import listing
from core.web.console.customers.chosen import chosen_customers, segment_conditions, segment_names
from core.web.console.customers.detail import customer_detail
from core.web.console.panels import sample_offers

blueprint = Blueprint("console_customers", __name__)
# A larger file goes through the disk.
_IN_MEMORY = 2_000_000


class CustomerSchema(Schema):
    """What staff may say about a customer."""

    name = fields.String(
        load_default="",
        validate=validate.Length(max=staff_actions.LONGEST_NAME),
        metadata={"label": N_("Name")},
    )
    phone = fields.String(
        load_default="", validate=validate.Length(max=40), metadata={"label": N_("Phone"), "widget": "tel"}
    )
    email = fields.String(
        load_default="",
        validate=validate.Length(max=254),
        metadata={"label": N_("E-mail"), "widget": "email"},
    )
    tags = TagsField(load_default=list, metadata={"label": N_("Tags")})
    marketing_consent = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("Agreed to offers by message"),
            "help": N_(
                "Only with the customer's own words: without them they get messages about their orders only."
            ),
        },
    )


class NoteSchema(Schema):
    """A staff member's own words about a customer."""

    text = fields.String(
        required=True,
        validate=validate.Length(1, staff_actions.LONGEST_NOTE),
        metadata={"label": N_("Note"), "widget": "text"},
    )


class TaggingSchema(Schema):
    """Which tags many customers get or lose."""

    add = TagsField(load_default=list, metadata={"label": N_("Add tags")})
    remove = TagsField(load_default=list, metadata={"label": N_("Take tags away")})


@blueprint.get("/")
def index() -> Response:
    """The list of customers."""
    spec = listing.shop_spec(segment_names())
    state = IndexState.from_args(request.args, spec)
    found = customers_page(
        view=state.view,
        search=state.q,
        filters=listing.filters_of(state, segment_conditions(state)),
        sort=state.sort,
        limit=state.size,
        offset=state.offset,
    )
    if not found.rows and found.total and state.page > 1:
        return go_to(f"{request.path}{state.query(page=-(-found.total // state.size))}")
    page = IndexPage(
        spec,
        state,
        listing.listed(found.rows),
        found.total,
        found.counts,
        most_counted=found.most_counted,
    )
    return show("customers/index", page=page, samples=sample_offers(found.counts))


@blueprint.get("/<ref>")
def customer(ref: str) -> Response:
    """One customer and everything that the shop knows of them."""
    return _page(_known(ref).id, Form(NoteSchema()))


def _known(ref: str) -> CustomerView:
    customer_id = as_id(ref)
    found = customer_by_id(customer_id) if customer_id else None
    if found is None:
        raise NotFound
    return found


def _page(customer_id: UUID, note: Form, status: int = 200) -> Response:
    number = request.args.get("page", "1")
    page = int(number) if number.isascii() and number.isdecimal() and len(number) <= 5 else 1
    detail = customer_detail(customer_id, page=page)
    return show("customers/customer", status=status, detail=detail, customer=detail.customer, note=note)


@blueprint.post("/<ref>/notes")
def add_note(ref: str) -> Response:
    """Keep a note about a customer."""
    found, form = _known(ref), Form(NoteSchema())
    require("customers.edit")
    data = form.submit(request.form)
    if data is None:
        return _page(found.id, form, 422)
    add_customer_note(customer_id=found.id, text=data["text"])
    return go("console_customers.customer", ref=found.id, said=gettext(N_("The note is kept.")))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """Add a customer by hand; they have no log-in until they log in themselves."""
    require("customers.edit")
    return _edit(None, Form(CustomerSchema()))


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> Response:
    """Change what the shop says about a customer."""
    found = _known(ref)
    require("customers.edit")
    values = {name: getattr(found, name) for name in ("name", "phone", "email", "marketing_consent")}
    return _edit(found, Form(CustomerSchema(), values={**values, "tags": list(found.tags)}))


def _edit(found: CustomerView | None, form: Form) -> Response:
    if request.method == "GET":
        return show("customers/edit", customer=found, form=form)
    data = form.submit(request.form)
    if data is None:
        return show("customers/edit", status=422, customer=found, form=form)
    try:
        words = CustomerWords(**{**data, "tags": tuple(data["tags"])})
        saved = save_customer(customer_id=found.id if found else None, words=words)
    except InputRefused as error:
        form.refuse(error.fields)
        return show("customers/edit", status=422, customer=found, form=form)
    return go("console_customers.customer", ref=saved, said=gettext(N_("The customer is saved.")))


@blueprint.post("/tag")
def tag() -> Response:
    """Give many customers tags, or take some away; without tags in the form, ask which."""
    require("customers.edit")
    chosen, form = chosen_customers(), Form(TaggingSchema())
    if "add" not in request.form:
        return show("customers/tag", chosen=chosen, said=listing.said_customers(chosen.count), form=form)
    data = form.submit(_only(form))
    if data is not None and not (data["add"] or data["remove"]):
        form.refuse({"add": [gettext(N_("Type at least one tag."))]})
        data = None
    if data is None:
        said = listing.said_customers(chosen.count)
        return show("customers/tag", status=422, chosen=chosen, said=said, form=form)
    count = tag_customers(conditions=chosen.conditions, add=data["add"], remove=data["remove"])
    said = gettext(N_("Tags of %(customers)s changed."), customers=listing.said_customers(count))
    query = request.form.get("query", "")
    return go_to_list(query, said)


def _only(form: Form) -> MultiDict[str, str]:
    """What belongs to the form; the rest says which customers."""
    return MultiDict(
        [(name, value) for name, value in request.form.items(multi=True) if name in form.schema.load_fields]
    )


def go_to_list(query: str, said: str) -> Response:
    """Back to the list as it was."""
    answer = go("console_customers.index", said=said)
    if query.startswith("?") and query.isprintable():
        answer.headers["Location"] += query if query != "?" else ""
    return answer


@blueprint.route("/export", methods=["GET", "POST"])
def export() -> Response:
    """How many customers would leave the shop, and as which kind of file."""
    require("customers.export")
    chosen = chosen_customers()
    return show("customers/export", chosen=chosen, said=listing.said_customers(chosen.count))


@blueprint.post("/export/file")
def export_file() -> Response:
    """The table itself."""
    file_format = request.form.get("format", "")
    if file_format not in FORMATS:
        raise NotFound
    chosen = chosen_customers()
    allow_export(conditions=chosen.conditions, file_format=file_format, words=chosen.words)
    target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the server after sending
    write_customers(target, chosen.conditions, file_format)  # type: ignore[arg-type]
    target.seek(0)
    day = now().astimezone(current_scope().zone).date().isoformat()
    return send_file(
        target,
        mimetype=CSV_TYPE if file_format == "csv" else XLSX_TYPE,
        as_attachment=True,
        download_name=f"{current_scope().handle}-customers-{day}.{file_format}",
    )
