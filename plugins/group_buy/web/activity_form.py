"""An activity's form: rules from the schema, and a price for each kind of the product, checked as they are typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from core.sdk.clock import now
from core.sdk.forms import Form, MoneyField
from core.sdk.shop import current_scope
from core.sdk.values import Money
from plugins.group_buy.domain import Objection, Plan, not_lower, saving
from plugins.group_buy.errors import error_for
from plugins.group_buy.queries.activities import ActivityView, SoldProduct
from plugins.group_buy.schemas import ActivityForm, hard_end

_PRICE = MoneyField(least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One kind of the product: the price alone, what was typed as group price, what that means or what is wrong."""

    id: UUID
    name: str
    title: str
    sku: str
    alone: Money
    typed: str
    saved: Money | None = None
    points: int | None = None
    error: str = ""


@dataclass(slots=True)
class ActivityDraft:
    """The form on its page, and the plan behind it when nothing is wrong."""

    product: SoldProduct
    form: Form
    rows: list[PriceRow] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def shown(self) -> PriceRow | None:
        """The kind that the preview shows: the cheapest with a group price, else the first."""
        priced = [row for row in self.rows if row.saved is not None]
        return min(priced, key=lambda row: row.alone.minor, default=self.rows[0] if self.rows else None)


def field_name(variant_id: UUID) -> str:
    """The name of a kind's price in the form; with "_" before it, since it is the page's and not the schema's."""
    return f"_price-{variant_id}"


def empty_draft(product: SoldProduct) -> ActivityDraft:
    """A new activity: three people, a day to fill, from now on for two weeks."""
    begin = now().replace(second=0, microsecond=0)
    values = {"title": product.title[:60], "starts_at": begin, "ends_at": begin + timedelta(days=14)}
    return ActivityDraft(product, Form(ActivityForm(), values=values), _rows(product, {}))


def stored_draft(activity: ActivityView, product: SoldProduct) -> ActivityDraft:
    """A stored activity, to be changed."""
    names = (
        "title",
        "size",
        "window",
        "starts_at",
        "ends_at",
        "hard_end_at",
        "limit_per_customer",
        "stock_cap",
    )
    values = {name: getattr(activity, name) for name in names}
    if activity.hard_end_at == activity.ends_at + activity.window:
        values["hard_end_at"] = None
    typed = {kind: _PRICE.as_typed(price) for kind, price in activity.prices.items()}
    return ActivityDraft(product, Form(ActivityForm(), values=values), _rows(product, typed))


def sent_draft(product: SoldProduct, sent: MultiDict[str, str]) -> ActivityDraft:
    """What was typed, checked; `plan` is there when all of it can be stored."""
    form = Form(ActivityForm())
    data = form.submit(sent)
    typed = {kind.id: sent.get(field_name(kind.id), "")[:40].strip() for kind in product.variants}
    draft = ActivityDraft(product, form, _rows(product, typed))
    if data is not None and not any(row.error for row in draft.rows):
        draft.plan = _plan(data, _prices(typed))
    return draft


def _plan(data: Mapping[str, Any], prices: Mapping[UUID, int]) -> Plan:
    names = ("title", "size", "window", "starts_at", "ends_at", "limit_per_customer", "stock_cap")
    return Plan(**{name: data[name] for name in names}, hard_end_at=hard_end(dict(data)), prices=prices)


def _prices(typed: Mapping[UUID, str]) -> dict[UUID, int]:
    return {kind: _PRICE.deserialize(text).minor for kind, text in typed.items() if text}


def _rows(product: SoldProduct, typed: Mapping[UUID, str]) -> list[PriceRow]:
    return [_row(product, kind.id, typed.get(kind.id, "")) for kind in product.variants]


def _row(product: SoldProduct, variant_id: UUID, text: str) -> PriceRow:
    kind = next(kind for kind in product.variants if kind.id == variant_id)
    alone = Money(kind.price_minor, current_scope().currency)
    known: dict[str, Any] = {
        "id": kind.id,
        "name": field_name(kind.id),
        "title": kind.title,
        "sku": kind.sku,
        "alone": alone,
        "typed": text,
    }
    if not text:
        return PriceRow(**known)
    try:
        price: Money = _PRICE.deserialize(text)
    except ValidationError as error:
        return PriceRow(**known, error=str(next(iter(error.messages))))
    if not_lower({kind.id: price.minor}, product.alone):
        return PriceRow(**known, error=error_for(Objection("price_not_lower")).text)
    saved, points = saving(alone, price)
    return PriceRow(**known, saved=saved, points=points)


def refuse(draft: ActivityDraft, fields: Mapping[str, Any]) -> None:
    """Put what a deeper layer found beside the fields; prices say it in their table already."""
    draft.form.refuse({name: found for name, found in fields.items() if not name.startswith("price-")})
