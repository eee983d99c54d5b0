"""Buyers in several processes who all want the same last thing at the same instant."""

import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.commerce.checkout.actions import place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.reservations import actions as reservations
from core.commerce.reservations.models import Pool
from core.commerce.reservations.values import Want
from core.kernel.db import session
from core.kernel.errors import PinpuError
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing import goods
from core.testing.buying import ADDRESS, CONTACT
from plugins.group_buy.actions.buying import join_group
from tests.processes.installation import Installation
from tests.processes.people import Environment, Place, booted

# What happened to one attempt: an error's code or name ("" for success), and when (seconds of the machine's clock).
Outcome = tuple[str, float, float]


def place_last_unit(
    environment: Environment, pipe: Connection, place: Place, buyers: int, naive: bool = False
) -> None:
    """Everybody has the same checkout page open and presses the button."""
    booted(environment, pool_size=buyers)
    if naive:
        reservations._take = take_after_looking
    with shop_bound(place.scope, SYSTEM):
        ready = [_ready_to_place(place) for _ in range(buyers)]
    _all_at_once(pipe, place, ready)


def _ready_to_place(place: Place) -> Callable[[], object]:
    customer = goods.make_customer()
    delivery = {"kind": "method", "id": place.delivery}
    line = BasketLine(str(new_id()), UUID(place.variant), 1, {})
    code = start_checkout(lines=[line], token=new_code(20), customer_id=customer)
    quote = quote_checkout(code=code, delivery=delivery).token

    def press() -> object:
        with acting_as(Actor("customer", customer, "林知夏")):
            return place_order(code=code, quote=quote, contact=CONTACT, address=ADDRESS, delivery=delivery)

    return press


def join_last_seat(environment: Environment, pipe: Connection, place: Place, buyers: int, group: str) -> None:
    """Everybody has the same group open and presses "join"."""
    booted(environment, pool_size=buyers)
    with shop_bound(place.scope, SYSTEM):
        customers = [goods.make_customer() for _ in range(buyers)]

    def joining(customer: UUID) -> Callable[[], object]:
        def press() -> object:
            with acting_as(Actor("customer", customer, "林知夏")):
                return join_group(code=group, quantity=1)

        return press

    _all_at_once(pipe, place, [joining(customer) for customer in customers])


def _all_at_once(pipe: Connection, place: Place, attempts: Sequence[Callable[[], object]]) -> None:
    pipe.send("ready")
    start = pipe.recv()
    outcomes: list[Outcome] = []

    def run(attempt: Callable[[], object]) -> None:
        with shop_bound(place.scope, SYSTEM):
            time.sleep(max(0.0, start - time.monotonic()))
            began, said = time.monotonic(), ""
            try:
                attempt()
            except PinpuError as refusal:
                said = refusal.code
            except Exception as error:  # noqa: BLE001 - every outcome is reported
                said = type(error).__name__
            outcomes.append((said, began, time.monotonic()))

    racing = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()
    pipe.send(outcomes)


def take_after_looking(wants: Sequence[Want]) -> set[UUID]:
    """What the single conditional UPDATE replaces: look whether there is enough, then take it."""
    refused = set()
    for want in wants:
        pool = session().scalars(select(Pool).where(Pool.id == want.pool_id)).one()
        if pool.capacity is not None and pool.reserved + pool.confirmed + want.quantity > pool.capacity:
            refused.add(want.pool_id)
            continue
        time.sleep(0.02)
        pool.reserved = Pool.reserved + want.quantity
        session().flush()
    return refused


def race_in_processes(
    installation: Installation, target: Callable[..., None], *arguments: Any, processes: int = 2
) -> list[list[Outcome]]:
    """Run `target` in several processes, start all buyers at one instant; each process's outcomes."""
    ends = []
    for _ in range(processes):
        ours, theirs = installation.pipe()
        installation.fork(target, theirs, *arguments)
        theirs.close()
        ends.append(ours)
    for end in ends:
        assert end.poll(60), installation.logs()
        assert end.recv() == "ready"
    start = time.monotonic() + 0.2
    for end in ends:
        end.send(start)
    return [end.recv() if end.poll(60) else [] for end in ends]


def overlaps(one: list[Outcome], other: list[Outcome]) -> int:
    """How many attempts of one process ran at the same time as one of the other's."""
    return sum(a[1] < b[2] and b[1] < a[2] for a in one for b in other)
