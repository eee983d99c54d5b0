"""A campaign's form: from what was typed to a plan, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from core.sdk.audiences import audiences
from core.sdk.catalog import collection_choices, product_titles, products_index
from core.sdk.data import as_id
from core.sdk.forms import Choice, Form, MoneyField
from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import _
from plugins.coupon.actions.campaigns import plan_problems
from plugins.coupon.campaign_schema import CampaignForm
from plugins.coupon.errors import refused
from plugins.coupon.plans import TRIGGERS, Plan
from plugins.coupon.queries.campaigns import open_campaigns
from plugins.coupon.terms import Basis, Kind, Scope, Terms

_AMOUNT = MoneyField(least=1)
_SAME = (
    "way", "audience", "claim_from", "claim_to", "total", "per_customer", "per_day", "budget_uses", "holdout_points",
    "hourly_alarm", "per_device", "announced", "fission_hours",
)  # fmt: skip
_MONEY = ("random_total", "budget_minor", "budget_day_minor")
_OF_TERMS = (
    "with_activity",
    "group",
    "exclusive",
    "next_day",
    "uses",
    "interval_hours",
    "returns",
    "breaks",
    "gift",
    "funder",
)
# In the form they have names of their own.
_FIELDS = {"hours": "lasts", "value": "value", "products": "products", "trigger": "event"}


@dataclass(slots=True)
class CampaignDraft:
    """The form on its page, and the plan behind it when nothing is wrong."""

    form: Form
    plan: Plan | None = None


def empty_draft() -> CampaignDraft:
    """A new campaign."""
    return CampaignDraft(Form(CampaignForm(), choices=_choices(())))


def stored_draft(plan: Plan) -> CampaignDraft:
    """A stored campaign, to be changed."""
    scope = plan.terms.scope
    values = {**_plan_values(plan), **_terms_values(plan.terms)}
    picked = (*scope.products, *scope.not_products)
    return CampaignDraft(Form(CampaignForm(), values=values, choices=_choices(picked)))


def _plan_values(plan: Plan) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(plan, name) for name in _SAME}
    values |= {name: _money(getattr(plan, name)) for name in _MONEY}
    own = bool(plan.trigger) and plan.trigger not in TRIGGERS
    return {
        **values,
        "trigger": "event" if own else plan.trigger or "signup",
        "event": plan.trigger if own else "",
        "fission_need": plan.fission_need,
        "consolation_id": str(plan.consolation_id or ""),
    }


def _terms_values(terms: Terms) -> dict[str, Any]:
    pieces = terms.basis is Basis.PIECES
    values: dict[str, Any] = {name: getattr(terms, name) for name in _OF_TERMS}
    values |= {
        "title": terms.title,
        "kind": terms.kind.value,
        "value": _money(terms.value) if terms.kind is Kind.AMOUNT else None,
        "pays": _money(terms.value) if terms.kind is Kind.EXCHANGE else None,
        "points": terms.points or None,
        "nth": terms.nth,
        "tiers": "\n".join(
            f"{_AMOUNT.as_typed(start)} - {_AMOUNT.as_typed(off)}" for start, off in terms.tiers
        ),
        "least": _money(terms.least),
        "most": _money(terms.most),
        "cap": _money(terms.cap),
        "basis": terms.basis.value,
        "threshold": None if pieces else _money(terms.threshold),
        "pieces": terms.threshold if pieces else None,
        "validity": "fixed" if terms.ends_at else "after",
        "lasts": timedelta(hours=terms.hours or 168),
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
    }
    names = ("products", "collections", "not_products", "not_collections")
    return values | {name: list(getattr(terms.scope, name)) for name in names}


def _money(minor: int | None) -> Money | None:
    return Money(minor, current_scope().currency) if minor else None


def sent_draft(sent: MultiDict[str, str]) -> CampaignDraft:
    """What was typed, checked; `plan` is there when all of it can be stored."""
    picked = (*sent.getlist("products"), *sent.getlist("not_products"))
    form = Form(CampaignForm(), choices=_choices(picked))
    data = form.submit(sent)
    draft = CampaignDraft(form)
    if data is None:
        return draft
    plan = plan_of(data)
    problems = plan_problems(plan)
    if problems:
        form.refuse({_FIELDS.get(name, name): [refused(why).text] for name, why in problems.items()})
        return draft
    draft.plan = plan
    return draft


def plan_of(data: Mapping[str, Any]) -> Plan:
    """The plan that loaded data mean."""
    plain = {name: data[name] for name in _SAME} | {name: _minor(data[name]) for name in _MONEY}
    way = data["way"]
    return Plan(
        name=data["title"],
        terms=_terms(data),
        trigger=_trigger(data) if way == "trigger" else "",
        consolation_id=as_id(data["consolation_id"]) if way == "fission" else None,
        fission_need=(data["fission_need"] or 2) if way == "fission" else None,
        **plain,
    )


def _trigger(data: Mapping[str, Any]) -> str:
    return str(data["event"].strip() if data["trigger"] == "event" else data["trigger"])


def _minor(value: Money | None) -> int | None:
    return value.minor if value is not None else None


def _terms(data: Mapping[str, Any]) -> Terms:
    kind, basis = Kind(data["kind"]), Basis(data["basis"])
    plain = {name: data[name] for name in _OF_TERMS}
    value = {Kind.AMOUNT: data["value"], Kind.EXCHANGE: data["pays"]}.get(kind)
    threshold = data["pieces"] if basis is Basis.PIECES else _minor(data["threshold"])
    names = ("products", "collections", "not_products", "not_collections")
    terms = Terms(
        title=data["title"],
        kind=kind,
        value=_minor(value) or 0,
        points=(data["points"] or 0) if kind in (Kind.PERCENT, Kind.NTH) else 0,
        cap=_minor(data["cap"]) if kind in (Kind.PERCENT, Kind.NTH, Kind.SHIPPING, Kind.EXCHANGE) else None,
        nth=data["nth"],
        tiers=_tiers(data["tiers"]) if kind is Kind.TIERS else (),
        least=(_minor(data["least"]) or 0) if kind is Kind.RANDOM else 0,
        most=(_minor(data["most"]) or 0) if kind is Kind.RANDOM else 0,
        threshold=threshold or 0,
        basis=basis,
        scope=Scope(**{name: tuple(data[name]) for name in names}),
        **plain,
    )
    if data["validity"] == "fixed":
        return replace(terms, starts_at=data["starts_at"], ends_at=data["ends_at"], next_day=False)
    return replace(terms, hours=int(data["lasts"].total_seconds() // 3_600))


def _tiers(text: str) -> tuple[tuple[int, int], ...]:
    """The steps as typed; what cannot be read becomes a step that is refused."""
    found = []
    for line in text.splitlines():
        start, dash, off = line.replace("—", "-").replace("–", "-").partition("-")
        if not line.strip():
            continue
        try:
            found.append((_AMOUNT.deserialize(start.strip()).minor, _AMOUNT.deserialize(off.strip()).minor))
        except ValidationError:
            found.append((0, 1 if dash else 0))
    return tuple(found)


def _choices(picked: Sequence[str]) -> dict[str, list[Choice]]:
    collections = [Choice(str(one.id), one.title) for one in collection_choices()]
    products = {str(row.id): row.title for row in products_index(view="active").rows}
    known = [key for text in picked if text not in products and (key := as_id(text)) is not None]
    products |= {str(key): title for key, title in product_titles(known).items()}
    goods = [Choice(key, title) for key, title in products.items()]
    people = [Choice("", _("Everybody")), *(Choice(one.key, one.name) for one in audiences())]
    rest = [
        Choice("", _("nothing")),
        *(Choice(str(one.id), one.plan.name) for one in open_campaigns(way="staff")),
    ]
    return {
        "consolation_id": rest,
        "collections": collections,
        "not_collections": collections,
        "products": goods,
        "not_products": goods,
        "audience": people,
    }
