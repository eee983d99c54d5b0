"""Example coupons: six campaigns and people who have claimed some, by the real actions; again changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk.clock import now
from core.sdk.commands import Actor, acting_as, reading
from core.sdk.data import session
from core.sdk.demo import DemoSeed, Opening
from core.sdk.shop import current_scope, shops_with, storefront_url
from core.sdk.storefront import plugin_url
from core.sdk.tables import CUSTOMER
from plugins.coupon.actions.campaigns import publish_campaign, save_campaign
from plugins.coupon.actions.claiming import claim_coupon
from plugins.coupon.actions.code_batches import make_public_code
from plugins.coupon.models import Campaign
from plugins.coupon.plans import Plan
from plugins.coupon.terms import Kind, Terms

Say = Callable[[str], None]
_CLAIMERS = 8


def demo_seed() -> DemoSeed:
    """After the shops of the example and their customers exist."""
    return DemoSeed(name="coupon", order=30, run=_run)


def _run(settings: Any, say: Say) -> Sequence[Opening]:
    openings: list[Opening] = []
    for scope in shops_with("coupon"):
        with reading():
            known = session().scalars(select(Campaign.id).limit(1)).first()
        if known is None:
            say(f"{scope.name}: coupons")
            _play(now())
        openings.append(
            Opening(title=f"{scope.name}: coupon centre", address=storefront_url(plugin_url("coupon")))
        )
    return openings


def _play(today: datetime) -> None:
    made = {plan.name: _published(plan) for plan in _plans(today, chinese=current_scope().language != "en")}
    code = next(campaign for name, campaign in made.items() if "老友" in name or "friend" in name)
    make_public_code(campaign_id=code, text="TEA2026")
    with reading():
        people = session().execute(
            select(CUSTOMER.c.id, CUSTOMER.c.name)
            .where(CUSTOMER.c.shop_id == current_scope().shop_id)
            .order_by(CUSTOMER.c.created_at)
            .limit(_CLAIMERS)
        )
        rows = list(people)
    claimed = list(made.values())[:2]
    for row in rows:
        with acting_as(Actor("customer", row.id, row.name or "")):
            for campaign in claimed:
                claim_coupon(campaign_id=campaign)


def _published(plan: Plan) -> UUID:
    campaign_id = save_campaign(plan=plan)
    publish_campaign(campaign_id=campaign_id)
    return campaign_id


def _plans(today: datetime, *, chinese: bool) -> Iterator[Plan]:
    def title(zh: str, en: str) -> str:
        return zh if chinese else en

    month = today + timedelta(days=30)
    shared: dict[str, Any] = {"claim_to": month}
    yield Plan(
        name=title("满200减30", "30 off from 200"),
        terms=Terms(
            title=title("满200减30", "30 off from 200"),
            kind=Kind.AMOUNT,
            value=30_00,
            threshold=200_00,
            ends_at=month,
        ),
        total=500,
        budget_minor=10_000_00,
        **shared,
    )
    yield Plan(
        name=title("包邮券", "Free shipping"),
        terms=Terms(
            title=title("包邮券", "Free shipping"),
            kind=Kind.SHIPPING,
            threshold=50_00,
            group=title("运费", "shipping"),
            hours=7 * 24,
        ),
        total=300,
        **shared,
    )
    yield Plan(
        name=title("全店九折", "10% off"),
        terms=Terms(title=title("全店九折", "10% off"), kind=Kind.PERCENT, points=1_000, cap=50_00, hours=72),
        per_day=1,
        **shared,
    )
    yield from _random_plan(title, month)
    yield from _quiet_plans(title, month)


def _quiet_plans(title: Callable[[str, str], str], month: datetime) -> Iterator[Plan]:
    """What nobody claims in the coupon centre: given on joining, and typed in."""
    shared: dict[str, Any] = {"claim_to": month}
    yield Plan(
        name=title("新人礼", "Welcome"),
        terms=Terms(
            title=title("新人满150减15", "Welcome: 15 off from 150"),
            kind=Kind.AMOUNT,
            value=15_00,
            threshold=150_00,
            group=title("新人", "welcome"),
            hours=15 * 24,
        ),
        way="trigger",
        trigger="signup",
        budget_minor=5_000_00,
        **shared,
    )
    yield Plan(
        name=title("老友券", "For old friends"),
        terms=Terms(
            title=title("老友券满99减15", "Old friends: 15 off from 99"),
            kind=Kind.AMOUNT,
            value=15_00,
            threshold=99_00,
            ends_at=month,
        ),
        way="code",
        hourly_alarm=200,
        **shared,
    )


def _random_plan(title: Callable[[str, str], str], month: datetime) -> Iterator[Plan]:
    """An amount that is known only when it is claimed."""
    yield Plan(
        name=title("茶友随机红包", "Random amount"),
        terms=Terms(
            title=title("茶友随机红包", "Random amount"),
            kind=Kind.RANDOM,
            least=2_00,
            most=18_00,
            threshold=60_00,
            group=title("红包", "random"),
            hours=15 * 24,
        ),
        random_total=5_000_00,
        claim_to=month,
    )
