"""An activity's form: rules from the schema of its kind, and prices for each variant, checked as they are typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from core.sdk.audiences import audiences
from core.sdk.campaigns import margin_warnings
from core.sdk.clock import now
from core.sdk.customers import shop_tags
from core.sdk.forms import Form, MoneyField
from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import _
from plugins.group_buy.domain import Objection, Plan, not_lower, saving
from plugins.group_buy.domain.kinds import KINDS, Ladder, Step
from plugins.group_buy.domain.rules import TAG, Perk, Rules
from plugins.group_buy.errors import error_for
from plugins.group_buy.queries.activities import ActivityView, SoldProduct
from plugins.group_buy.schemas import FORMS, hard_end

_PRICE = MoneyField(least=1)
_LIMITS = ("per_order", "per_day", "per_address", "per_payer", "per_product")
# How many steps a tiered activity can have in the form.
STEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCell:
    """The price of one further step of one variant, as typed."""

    name: str
    typed: str
    number: int
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One variant: the price alone, what was typed as group price, what that means or what is wrong.

    `steps` are the further steps of a tiered activity; `margin` says that the lowest price leaves the shop too little.
    """

    id: UUID
    name: str
    title: str
    sku: str
    alone: Money
    typed: str
    saved: Money | None = None
    points: int | None = None
    error: str = ""
    steps: tuple[StepCell, ...] = ()
    margin: str = ""

    @property
    def wrong(self) -> str:
        """The first thing that is wrong with its prices, or ""."""
        return self.error or next((cell.error for cell in self.steps if cell.error), "")


@dataclass(slots=True)
class ActivityDraft:
    """The form on its page, and the plan behind it when nothing is wrong."""

    product: SoldProduct
    form: Form
    kind: str = "normal"
    rows: list[PriceRow] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def shown(self) -> PriceRow | None:
        """The variant that the preview shows: the cheapest with a group price, else the first."""
        priced = [row for row in self.rows if row.saved is not None]
        return min(priced, key=lambda row: row.alone.minor, default=self.rows[0] if self.rows else None)


def field_name(variant_id: UUID, step: int = 1) -> str:
    """The name of a variant's price in the form; with "_" before it, since it is the page's and not the schema's."""
    return f"_price{step if step > 1 else ''}-{variant_id}"


def known_kind(said: str | None) -> str:
    """A kind by its name; anything else is the normal one."""
    return said if said is not None and said in KINDS else "normal"


def _form(kind: str, values: Mapping[str, Any] | None = None) -> Form:
    people = [
        ("", _("Everybody")),
        *((one.key, one.name) for one in audiences()),
        *((f"{TAG}{tag}", _("Tag: %(tag)s", tag=tag)) for tag in shop_tags()),
    ]
    return Form(FORMS[kind](), values=values, choices={"audience": people})


def empty_draft(product: SoldProduct, kind: str = "normal") -> ActivityDraft:
    """A new activity: three people, a day to fill, from now on for two weeks."""
    begin = now().replace(second=0, microsecond=0)
    values = {"title": product.title[:60], "starts_at": begin, "ends_at": begin + timedelta(days=14)}
    if KINDS[kind].draws:
        values["size"] = 10
    return ActivityDraft(product, _form(kind, values), kind, _rows(product, {}, kind))


def stored_draft(activity: ActivityView, product: SoldProduct) -> ActivityDraft:
    """A stored activity, to be changed."""
    names = (
        "title", "size", "window", "starts_at", "ends_at", "hard_end_at", "limit_per_customer", "stock_cap",
    )  # fmt: skip
    rules = activity.rules
    values = {name: getattr(activity, name) for name in names} | _rule_values(rules)
    if activity.hard_end_at == activity.ends_at + activity.window:
        values["hard_end_at"] = None
    typed = {(kind, 1): _PRICE.as_typed(price) for kind, price in activity.prices.items()}
    for kind, ladder in activity.ladders.items():
        typed |= {
            (kind, number): _PRICE.as_typed(step.price) for number, step in enumerate(ladder.steps, start=1)
        }
        sizes = [step.size for step in ladder.steps]
        values |= dict(zip(("size", "step2", "step3"), [*sizes, None, None], strict=False))
    return ActivityDraft(product, _form(rules.kind, values), rules.kind, _rows(product, typed, rules.kind))


def _rule_values(rules: Rules) -> dict[str, Any]:
    names = (*_LIMITS, "audience", "coupons", "commission", "winners")
    values = {name: getattr(rules, name) for name in names}
    perk = rules.perk
    if perk is None:
        return {**values, "perk": ""}
    values |= {"perk": perk.kind, "perk_payers": perk.payers}
    values |= {"perk_per_person": perk.per_person, "perk_in_all": perk.in_all}
    return values | {
        "perk_off": perk.value if perk.kind == "price" else None,
        "perk_share": perk.value if perk.kind == "percent" else None,
    }


def sent_draft(product: SoldProduct, sent: MultiDict[str, str], kind: str) -> ActivityDraft:
    """What was typed, checked; `plan` is there when all of it can be stored."""
    form = _form(kind)
    data = form.submit(sent)
    typed = {
        (one.id, step): sent.get(field_name(one.id, step), "")[:40].strip()
        for one in product.variants
        for step in range(1, STEPS + 1)
    }
    draft = ActivityDraft(product, form, kind, _rows(product, typed, kind))
    if data is not None and not any(row.error or any(cell.error for cell in row.steps) for row in draft.rows):
        draft.plan = _plan(data, typed, kind)
    return draft


def _plan(data: Mapping[str, Any], typed: Mapping[tuple[UUID, int], str], kind: str) -> Plan:
    names = ("title", "window", "starts_at", "ends_at", "limit_per_customer", "stock_cap")
    prices = {variant: _minor(text) for (variant, step), text in typed.items() if step == 1 and text}
    sizes = [data["size"]]
    if KINDS[kind].climbs:
        sizes += [size for size in (data["step2"], data["step3"]) if size is not None]
    return Plan(
        **{name: data[name] for name in names},
        size=sizes[-1],
        hard_end_at=hard_end(dict(data)),
        prices=prices,
        ladders={variant: _ladder(variant, sizes, typed) for variant in prices} if len(sizes) > 1 else {},
        rules=_rules(data, kind),
    )


def _ladder(variant: UUID, sizes: Sequence[int], typed: Mapping[tuple[UUID, int], str]) -> Ladder:
    """The steps with a price; one without is left out, which the plan's check then names."""
    texts = [(size, typed[variant, number]) for number, size in enumerate(sizes, start=1)]
    return Ladder(tuple(Step(size, _minor(text)) for size, text in texts if text))


def _minor(text: str) -> int:
    price: Money = _PRICE.deserialize(text)
    return price.minor


def _rules(data: Mapping[str, Any], kind: str) -> Rules:
    perk = None
    if data["perk"] and not KINDS[kind].draws:
        off, share = data["perk_off"], data["perk_share"]
        value = {"price": off.minor if off else 0, "percent": share or 0}.get(data["perk"], 0)
        perk = Perk(
            kind=data["perk"],
            value=value,
            payers=data["perk_payers"],
            per_person=data["perk_per_person"],
            in_all=data["perk_in_all"],
        )
    names = (*_LIMITS, "audience", "coupons", "commission")
    return Rules(
        kind=kind, perk=perk, winners=data.get("winners") or 1, **{name: data[name] for name in names}
    )


def _rows(product: SoldProduct, typed: Mapping[tuple[UUID, int], str], kind: str) -> list[PriceRow]:
    return _with_margins([_row(product, one.id, typed, kind) for one in product.variants])


def _row(
    product: SoldProduct, variant_id: UUID, typed: Mapping[tuple[UUID, int], str], kind: str
) -> PriceRow:
    one = next(one for one in product.variants if one.id == variant_id)
    text = typed.get((variant_id, 1), "")
    cells = tuple(_cells(variant_id, typed)) if KINDS[kind].climbs else ()
    known: dict[str, Any] = {
        "id": one.id,
        "name": field_name(one.id),
        "title": one.title,
        "sku": one.sku,
        "alone": Money(one.price_minor, current_scope().currency),
        "typed": text,
        "steps": cells,
    }
    if not text:
        return PriceRow(**known)
    try:
        price: Money = _PRICE.deserialize(text)
    except ValidationError as error:
        return PriceRow(**known, error=str(next(iter(error.messages))))
    if not_lower({one.id: price.minor}, product.alone):
        return PriceRow(**known, error=error_for(Objection("price_not_lower")).text)
    saved, points = saving(known["alone"], price)
    return PriceRow(**known, saved=saved, points=points)


def _with_margins(rows: Sequence[PriceRow]) -> list[PriceRow]:
    """The rows with what the shop's own rule says about the lowest price of each."""
    lowest = {row.id: _lowest(row) for row in rows if row.typed and not row.wrong}
    said = {one.variant_id: one.text for one in margin_warnings(lowest)}
    return [replace(row, margin=said.get(row.id, "")) for row in rows]


def _lowest(row: PriceRow) -> int:
    return min(_minor(text) for text in (row.typed, *(cell.typed for cell in row.steps)) if text)


def _cells(variant_id: UUID, typed: Mapping[tuple[UUID, int], str]) -> Sequence[StepCell]:
    cells, before = [], typed.get((variant_id, 1), "")
    for number in range(2, STEPS + 1):
        text = typed.get((variant_id, number), "")
        cells.append(
            StepCell(
                name=field_name(variant_id, number),
                typed=text,
                number=number,
                error=_step_error(text, before),
            )
        )
        before = text or before
    return cells


def _step_error(text: str, before: str) -> str:
    if not text:
        return ""
    try:
        price: Money = _PRICE.deserialize(text)
        above: Money | None = _PRICE.deserialize(before) if before else None
    except ValidationError as error:
        return str(next(iter(error.messages)))
    if above is not None and price.minor >= above.minor:
        return error_for(Objection("bad_step_prices")).text
    return ""


def refuse(draft: ActivityDraft, fields: Mapping[str, Any]) -> None:
    """Put what a deeper layer found beside the fields; prices say it in their table already."""
    shown = {name: found for name, found in fields.items() if not name.startswith("price-")}
    if "steps" in shown:
        shown["step2"] = shown.pop("steps")
    draft.form.refuse(shown)
