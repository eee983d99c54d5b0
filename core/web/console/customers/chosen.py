"""Which customers somebody means: those ticked in the list, or everything that the list shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import request
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from core.commerce.audiences.queries import audiences, conditions_of
from core.commerce.customers.listing import count_of
from core.commerce.customers.models import Customer
from core.kernel.errors import PinpuError
from core.kernel.i18n import N_
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering.console.tables import IndexState
from core.web.console.customers import listing

_MOST_TICKED = 200


class NobodyChosen(PinpuError):
    """The form names no customer."""

    code = "console.nobody_chosen"
    status = 422
    message = N_("Choose customers in the list first.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Customers as conditions, how many they are, and the hidden fields that say so again."""

    conditions: Sequence[ColumnElement[bool]]
    count: int
    fields: Sequence[tuple[str, str]]
    words: str


def segment_names() -> dict[str, str]:
    """Key → name of every segment."""
    return {one.key: one.name for one in audiences()}


def list_state(query: str) -> IndexState:
    """The list's state that a query string describes. Raises ListAddressError."""
    given = MultiDict(parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=50))
    return IndexState.from_args(given, listing.shop_spec(segment_names()))


def segment_conditions(state: IndexState) -> Sequence[ColumnElement[bool]]:
    """The conditions of the segment that the list is narrowed to."""
    return conditions_of(state.filters["segment"]) if "segment" in state.filters else ()


def chosen_customers() -> Chosen:
    """Whom the request's form, or its address, means. Raises NobodyChosen, ListAddressError."""
    query = request.form.get("query", "") or f"?{request.query_string.decode('latin-1')}"
    ticked = [one for one in map(as_id, request.form.getlist("ids")[:_MOST_TICKED]) if one is not None]
    if request.method == "POST" and not ticked and not request.form.get("everything"):
        raise NobodyChosen
    if ticked and not request.form.get("everything"):
        conditions = [Customer.shop_id == current_scope().shop_id, Customer.id.in_(ticked)]
        fields = [("ids", str(one)) for one in ticked]
        return Chosen(conditions, count_of(conditions), [*fields, ("query", query)], "")
    state = list_state(query)
    conditions = listing.conditions_of(state, segment_conditions(state))
    return Chosen(
        conditions, count_of(conditions), [("everything", "1"), ("query", query)], query.removeprefix("?")
    )
