"""After-sale: cases that buyers opened, and what the shop answers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from core.commerce.aftersale.answers import (
    accept_case,
    accept_cases,
    decline_case,
    note_on_case,
    receive_goods,
    refund_instead,
    save_promises,
    send_replacement,
)
from core.commerce.aftersale.models import Case
from core.commerce.aftersale.queries import CaseView, case, cases_by_id, promises, steps_of
from core.kernel.i18n import N_
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send
from core.rendering.api_pages import page_of
from core.web.api.admin.orders import READ


def list_cases(
    *,
    page: PageAsked,
    kind: Literal["cancel", "refund", "return", "exchange"] | None = None,
    state: str | None = None,
    order_id: UUID | None = None,
    customer_id: UUID | None = None,
    opened_since: datetime | None = None,
) -> ApiPage[CaseView]:
    """The shop's cases, newest first.

    Args:
        kind: what is asked for.
        state: where it stands, such as "asked" or "refunded".
        order_id: only this order's.
        customer_id: only this customer's.
        opened_since: opened at this instant or later.
    """
    wanted = {"kind": kind, "state": state, "order_id": order_id, "customer_id": customer_id}
    ids = select(Case.id).filter_by(**{name: value for name, value in wanted.items() if value is not None})
    if opened_since is not None:
        ids = ids.where(Case.opened_at >= opened_since)
    return page_of(ids, Case, page, cases_by_id)


ROOM = ApiRoom(
    name="aftersale",
    title=N_("After-sale"),
    about=N_(
        "Returns, exchanges and refunds that buyers ask for, and the rules that answer when nobody does."
    ),
    routes=(
        Get("/cases", list_cases, READ),
        Get("/cases/<uuid:case_id>", case, READ, row=Case),
        Get("/cases/<uuid:case_id>/steps", steps_of, READ),
        Send("POST", "/cases/<uuid:case_id>/accept", accept_case, moves_money=True, money=("amount",)),
        Send("POST", "/cases/accept", accept_cases, moves_money=True),
        Send("POST", "/cases/<uuid:case_id>/decline", decline_case),
        Send("POST", "/cases/<uuid:case_id>/goods", receive_goods, moves_money=True, money=("amount",)),
        Send("POST", "/cases/<uuid:case_id>/refund", refund_instead, moves_money=True),
        Send("POST", "/cases/<uuid:case_id>/replacement", send_replacement),
        Send("POST", "/cases/<uuid:case_id>/notes", note_on_case),
        Get("/aftersale-rules", promises, "shop.read"),
        Send("PUT", "/aftersale-rules", save_promises, whole="rules"),
    ),
)
