"""Routes about cases: the list, the page of each, and every answer; the work is in the room's actions."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, Response, g, request
from werkzeug.datastructures import MultiDict

from core.commerce.aftersale import answers
from core.commerce.aftersale.listing import CaseList, cases_page
from core.commerce.aftersale.pictures import picture_file
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext, ngettext, sentences
from core.kernel.ids import as_id, new_id
from core.kernel.money import Money
from core.kernel.tenancy import require
from core.rendering.console.forms import Form
from core.rendering.console.parts import Toast
from core.rendering.console.tables import IndexPage, IndexState
from core.web.console.aftersale import forms
from core.web.console.aftersale.detail import CaseDetail, case_detail, picture_address
from core.web.console.aftersale.listing import cases_spec, listed
from core.web.console.aftersale.words import is_urgent, left_words, state_badge
from core.web.console.answers import first_ones, go, go_to, show
from core.web.console.shell import CASES_WAITING

blueprint = Blueprint("console_aftersale", __name__)
_MOST_AT_ONCE = 100


@blueprint.get("/")
def index() -> Response:
    """The list of cases."""
    spec = cases_spec()
    state = IndexState.from_args(request.args, spec)
    found = _cases(state, limit=state.size, offset=state.offset)
    setattr(g, CASES_WAITING, found.counts["ours"])
    if not found.rows and found.total and state.page > 1:
        return go_to(f"{request.path}{state.query(page=-(-found.total // state.size))}")
    page = IndexPage(spec, state, listed(found.rows), found.total, found.counts)
    return show("aftersale/index", page=page)


def _cases(state: IndexState, *, limit: int, offset: int = 0) -> CaseList:
    return cases_page(
        view=state.view,
        search=state.q,
        kind=str(state.filters.get("kind", "")),
        sort=state.sort,
        limit=limit,
        offset=offset,
    )


@blueprint.get("/<ref>")
def case(ref: str) -> Response:
    """One case."""
    return _page(case_detail(ref))


def _page(
    detail: CaseDetail,
    *,
    status: int = 200,
    problem: PinpuError | None = None,
    sent: Mapping[str, Form] | None = None,
) -> Response:
    """The page with every form that fits how the case stands; `sent` are those that came back with mistakes."""
    found = detail.case
    shown: dict[str, Any] = {
        "accept": forms.accept_form(found, detail.rules),
        "decline": forms.decline_form(detail.rules),
        "receive": forms.receive_form(found),
        "replacement": forms.replacement_form(),
        "note": Form(forms.CaseNoteSchema()),
        **(sent or {}),
    }
    return show(
        "aftersale/case",
        status=status,
        detail=detail,
        case=found,
        order=detail.order,
        forms=shown,
        badge=state_badge(found.stands),
        left=left_words(found.due_at),
        urgent=is_urgent(found.due_at),
        picture_address=picture_address,
        request_id=str(new_id()),
        problem=problem,
    )


def _answered(
    ref: str, name: str, form: Form, permission: str, do: Callable[[UUID, dict[str, Any]], object], said: str
) -> Response:
    """Take a form, act, and show the case as it is then; what is refused stands on top of it."""
    detail = case_detail(ref)
    require(permission)
    data = form.submit(request.form)
    if data is None:
        return _page(detail, status=422, sent={name: form})
    try:
        do(detail.case.id, data)
    except InputRefused as error:
        form.refuse(error.fields)
        return _page(case_detail(ref), status=422, sent={name: form})
    except NotFound:
        raise
    except PinpuError as error:
        return _page(case_detail(ref), status=error.status, problem=error, sent={name: form})
    return go("console_aftersale.case", ref=detail.case.id, said=gettext(said))


@blueprint.post("/<ref>/accept")
def accept(ref: str) -> Response:
    """Yes."""
    detail = case_detail(ref)

    def do(case_id: UUID, data: dict[str, Any]) -> None:
        amount = data.get("amount")
        answers.accept_case(
            case_id=case_id,
            answer=forms.answer_words(data),
            amount=amount.minor if isinstance(amount, Money) else None,
            as_return="as_return" in request.form,
            return_to=data.get("return_to", ""),
        )

    form = forms.accept_form(detail.case, detail.rules)
    return _answered(ref, "accept", form, "orders.refund", do, N_("The buyer has your answer."))


@blueprint.post("/<ref>/decline")
def decline(ref: str) -> Response:
    """No."""
    detail = case_detail(ref)

    def do(case_id: UUID, data: dict[str, Any]) -> None:
        answers.decline_case(case_id=case_id, answer=forms.answer_words(data))

    form = forms.decline_form(detail.rules)
    return _answered(ref, "decline", form, "orders.refund", do, N_("The buyer has your answer."))


@blueprint.post("/<ref>/receive")
def receive(ref: str) -> Response:
    """The goods are back."""
    detail = case_detail(ref)

    def do(case_id: UUID, data: dict[str, Any]) -> None:
        amount = data.get("amount")
        answers.receive_goods(
            case_id=case_id,
            restock=data["restock"] == "yes",
            amount=amount.minor if isinstance(amount, Money) and detail.case.kind == "return" else None,
            answer=forms.answer_words(data),
        )

    form = forms.receive_form(detail.case)
    return _answered(ref, "receive", form, "orders.refund", do, N_("The goods are booked as back."))


@blueprint.post("/<ref>/replacement")
def replacement(ref: str) -> Response:
    """Another one leaves."""

    def do(case_id: UUID, data: dict[str, Any]) -> None:
        answers.send_replacement(case_id=case_id, **data, shipment_id=as_id(request.form.get("_request", "")))

    form = forms.replacement_form()
    return _answered(ref, "replacement", form, "orders.ship", do, N_("The replacement is on its way."))


@blueprint.post("/<ref>/refund")
def refund(ref: str) -> Response:
    """Money instead of a replacement."""
    detail = case_detail(ref)

    def do(case_id: UUID, data: dict[str, Any]) -> None:
        answers.refund_instead(case_id=case_id, answer=forms.answer_words(data))

    form = forms.decline_form(detail.rules)
    return _answered(ref, "decline", form, "orders.refund", do, N_("The refund is on its way."))


@blueprint.post("/<ref>/notes")
def add_note(ref: str) -> Response:
    """Put a note on the case, seen by staff only."""

    def do(case_id: UUID, data: dict[str, Any]) -> None:
        answers.note_on_case(case_id=case_id, text=data["text"])

    return _answered(
        ref, "note", Form(forms.CaseNoteSchema()), "orders.note", do, N_("The note is on the timeline.")
    )


@blueprint.post("/accept")
def accept_many() -> Response:
    """Agree to all chosen cases as they were asked for; those that cannot be accepted stay open."""
    require("orders.refund")
    ids, matching = _chosen_cases()
    said = answers.accept_cases(case_ids=ids)
    done = sum(1 for error in said.values() if error is None)
    words = ngettext("%(n)s case accepted.", "%(n)s cases accepted.", done)
    if done < len(said):
        first = next(error for error in said.values() if error is not None)
        left = ngettext(
            "%(n)s stays open: %(why)s", "%(n)s stay open: %(why)s", len(said) - done, why=first.text
        )
        words = sentences(words, left)
    if matching > len(ids):
        words = sentences(words, first_ones(len(ids), matching))
    tone = "bad" if done < len(said) else ""
    return go("console_aftersale.index", toast=Toast(words, seconds=10, tone=tone))  # type: ignore[arg-type]


def _chosen_cases() -> tuple[list[UUID], int]:
    """The cases that were ticked, or the first ones of everything that the list shows; and how many were meant."""
    if not request.form.get("everything"):
        ticked = [one for text in request.form.getlist("ids") if (one := as_id(text))]
        return ticked[:_MOST_AT_ONCE], len(ticked)
    asked = MultiDict(parse_qsl(request.form.get("query", "").removeprefix("?"), max_num_fields=50))
    state = IndexState.from_args(asked, cases_spec())
    found = _cases(state, limit=_MOST_AT_ONCE)
    return [row.id for row in found.rows], found.total


@blueprint.get("/pictures/<picture_ref>")
def picture(picture_ref: str) -> Response:
    """A picture that a buyer showed."""
    found = picture_file(picture_ref, small="small" in request.args) if len(picture_ref) <= 40 else None
    if found is None:
        raise NotFound
    answer = Response(found.content, mimetype=found.mime)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
