"""Coupons: the best combination of twelve, and 500 buyers who race for a campaign that 100 orders may use."""

import queue
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from bench.stage import Stage, median, stage, table
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.errors import PinpuError
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing import answers, goods
from core.testing.buying import ADDRESS, CONTACT, Buyer
from plugins.coupon.actions.campaigns import publish_campaign, save_campaign
from plugins.coupon.actions.claiming import claim_coupon
from plugins.coupon.combining import Candidate, Freight, best_combination
from plugins.coupon.plans import Plan
from plugins.coupon.queries.numbers import numbers
from plugins.coupon.terms import Kind, Terms

BUYERS, USES, THREADS = 500, 100, 8
BASKETS = 200
# Name → coupons in how many groups, and which part of its goods each takes off.
SHAPES = {
    "three groups, 12%": (3, 8),
    "a group each, 5%": (12, 20),
    "a group each, 33%: in each other's way": (12, 3),
}


def _basket(dice: random.Random, groups: int, part: int) -> tuple[list[Candidate], dict[str, int]]:
    nets = {f"l{number}": dice.randint(500, 20_000) for number in range(20)}
    found = []
    for number in range(12):
        few = tuple(sorted(dice.sample(list(nets), dice.randint(1, 12))))
        keys = tuple(nets) if dice.random() < 0.4 else few
        amount = sum(nets[key] for key in keys) // part + dice.randint(0, 50)
        found.append(Candidate(f"{dice.random()}", f"g{number % groups}", False, amount, keys))
    return found, nets


def _search() -> list[list[str]]:
    rows = []
    for name, (groups, part) in SHAPES.items():
        dice, taken = random.Random(20_261_122), []
        for _ in range(BASKETS):
            found, nets = _basket(dice, groups, part)
            begun = time.process_time()
            best_combination(found, nets, ceiling=sum(nets.values()), freight=Freight(800, 9_900))
            taken.append((time.process_time() - begun) * 1_000)
        taken.sort()
        worst = f"{taken[int(BASKETS * 0.99)]:.2f}"
        rows.append([f"12 coupons on 20 lines, {name}", f"{median(taken):.2f} ms", f"{worst} ms", "≤ 5 ms"])
    return rows


def _campaign() -> UUID:
    terms = Terms(title="100", kind=Kind.AMOUNT, value=10_00, ends_at=now() + timedelta(days=1))
    campaign = save_campaign(plan=Plan(name="100", terms=terms, budget_uses=USES))
    publish_campaign(campaign_id=campaign)
    return campaign


def _crowd(place: Stage, claim: Callable[[], object] | None) -> queue.SimpleQueue[tuple[Buyer, object]]:
    waiting: queue.SimpleQueue[tuple[Buyer, object]] = queue.SimpleQueue()
    for _ in range(BUYERS):
        who = Buyer(goods.make_customer(), {"kind": "method", "id": str(place.method)})
        with acting_as(Actor("customer", who.customer_id, "")):
            if claim is not None:
                claim()
            waiting.put((who, who.quote(who.checkout([(place.variants[0], 1)]))))
    return waiting


def _race(place: Stage, waiting: queue.SimpleQueue[tuple[Buyer, object]]) -> tuple[int, float]:
    """Orders that were placed at the price that was seen, and seconds."""
    placed: list[int] = []

    def work() -> None:
        with shop_bound(place.shop, SYSTEM):
            while True:
                try:
                    who, quoted = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    _place(who, quoted)
                    placed.append(1)
                except PinpuError:
                    pass

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(placed), time.perf_counter() - begun


def _place(who: Buyer, quoted: object) -> None:
    from core.sdk.demo import place_order  # noqa: PLC0415 - after the platform is up

    with acting_as(Actor("customer", who.customer_id, "")):
        place_order(
            code=quoted.code,  # type: ignore[attr-defined]
            quote=quoted.token,  # type: ignore[attr-defined]
            contact={**CONTACT, "phone": f"139{who.customer_id.int % 100_000_000:08}"},  # type: ignore[union-attr]
            address=ADDRESS,
            delivery=who.delivery,
        )


def _rivals() -> list[list[str]]:
    rows = []
    with stage(products=1) as place:
        with shop_bound(place.shop, SYSTEM):
            plain, seconds = _race(place, _crowd(place, None))
            rows.append(
                [f"{BUYERS} buyers, no coupon", f"{plain} orders", f"{plain / seconds:.0f} a second", ""]
            )
            answers.switches.setdefault(place.shop.shop_id, {})["coupon"] = "on"
            campaign = _campaign()
            placed, seconds = _race(place, _crowd(place, lambda: claim_coupon(campaign_id=campaign)))
            with reading():
                used = numbers(campaign).locked
        assert used == placed == USES, f"{used} coupons in {placed} orders instead of {USES}"
        rows.append(
            [
                f"{BUYERS} buyers, one coupon for {USES} orders",
                f"{used} with the coupon, the others told",
                f"{BUYERS / seconds:.0f} decided a second",
                f"exactly {USES}",
            ]
        )
    return rows


def run() -> str:
    """Both tables."""
    searched = table(("best combination", "median", "99 of 100", "goal"), [tuple(row) for row in _search()])
    raced = table(("race", "outcome", "speed", "goal"), [tuple(row) for row in _rivals()])
    return f"{searched}\n\n{raced}"
