"""The last unit and the last seat: 32 buyers on two processes, one winner; and how long everybody waited."""

import multiprocessing
import threading
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from bench.stage import Stage, median, platform_of, stage, table
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.errors import PoolExhausted
from core.commerce.reservations.values import Holder, NewPool, Want, pool_id
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.errors import PinpuError
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import goods, shops
from core.testing.buying import Buyer

PROCESSES, BUYERS, REPEATS = 2, 16, 5
# Longer than a contest: a seat whose time is over would be free for the next.
KEPT = timedelta(minutes=10)


def _unit(place: Stage, variant: UUID) -> list[Any]:
    buyers = [Buyer(None, {"kind": "method", "id": str(place.method)}) for _ in range(BUYERS)]
    codes = [buyer.checkout([(variant, 1)]) for buyer in buyers]
    return [
        lambda buyer=buyer, code=code: buyer.place(code) for buyer, code in zip(buyers, codes, strict=True)
    ]


def _seat(place: Stage, subject: UUID) -> list[Any]:
    seats = pool_id("bench", "seat", str(subject))

    @command("system")
    def take() -> None:
        reservations.reserve(
            holder=Holder("order", new_id()), wants=[Want(seats, 1)], expires_at=now() + KEPT
        )

    return [take] * BUYERS


def _process(kind: str, place: Stage, subject: UUID, begin: Any, answers: Any) -> None:
    platform_of(place.database)
    shops.remember(place.shop)
    with shop_bound(place.shop, SYSTEM):
        attempts = (_unit if kind == "unit" else _seat)(place, subject)
        begin.wait()
        results: list[tuple[bool, float]] = []

        def attempt(one: Any) -> None:
            begun = time.perf_counter()
            with shop_bound(place.shop, SYSTEM):
                try:
                    one()
                    won = True
                except (PinpuError, PoolExhausted):
                    won = False
            results.append((won, time.perf_counter() - begun))

        threads = [threading.Thread(target=attempt, args=(one,)) for one in attempts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers.put(results)


def contest(kind: str, place: Stage, subject: UUID) -> list[tuple[bool, float]]:
    """Everybody's result: whether they won, and seconds."""
    context = multiprocessing.get_context("spawn")
    begin, answers = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=_process, args=(kind, place, subject, begin, answers))
        for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    results = [result for _ in processes for result in answers.get()]
    for process in processes:
        process.join()
    return results


def run() -> str:
    """Winners and waiting times of every repeat."""
    rows = []
    with stage(products=1) as place:
        for kind in ("unit", "seat"):
            winners, slowest, middle = [], [], []
            for _ in range(REPEATS):
                with shop_bound(place.shop, SYSTEM):
                    subject = new_id()
                    if kind == "unit":
                        subject = goods.make_product(stock=1).variant_id
                    else:
                        command("system")(reservations.ensure_pools)(
                            pools=[NewPool("bench", "seat", str(subject), 1)]
                        )
                results = contest(kind, place, subject)
                winners.append(sum(won for won, _ in results))
                waits = sorted(seconds for _, seconds in results)
                middle.append(1000 * waits[len(waits) // 2])
                slowest.append(1000 * waits[-1])
            rows.append((f"last {kind}", str(winners), f"{median(middle):.0f}", f"{median(slowest):.0f}"))
    return table((f"{PROCESSES * BUYERS} buyers", "winners per repeat", "median ms", "slowest ms"), rows)
