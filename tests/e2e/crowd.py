"""Two hundred buyers at once: a process of its own that logs in, orders and pays by the real actions at the real gateway.

Run as `python -m tests.e2e.crowd` beside a running demo; the wish comes on stdin and what happened goes to stdout, as JSON.
"""

import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.app import boot
from core.cli.database import connected
from core.cli.output import Progress
from core.cli.start import settings_from_environment
from core.commerce.checkout.actions import place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.customers.actions import log_in, send_login_code
from core.commerce.messages.models import Message, Occasion
from core.commerce.orders.models import Order
from core.commerce.payments.rehearsal import pay_at_test_gateway
from core.commerce.shipping.queries import shipping_methods
from core.commerce.shops.queries import scope_of_handle
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.i18n import speaking
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import Actor, ShopScope, acting_as, shop_bound
from plugins.group_buy.actions.buying import join_group, start_group
from plugins.group_buy.models import Activity, ActivityPrice
from plugins.group_buy.queries.groups import group_of_order
from tests.e2e.running import ROOT, Program

THREADS = 4
_PLACES = (
    ("浙江省", "杭州市"),
    ("江苏省", "苏州市"),
    ("四川省", "成都市"),
    ("广东省", "广州市"),
    ("北京市", "北京市"),
)
_NAMES = ("林知夏", "周子昂", "陈佳宁", "吴越", "许晚晴", "赵一鸣", "沈青禾", "何雨桐")


@dataclass(frozen=True)
class Bought:
    """An order that was placed and paid."""

    number: str
    email: str


@dataclass(frozen=True)
class Crowd:
    """What a crowd did: plain orders, those of a group that was completed, and of one that nobody joined."""

    plain: list[Bought]
    group: list[Bought]
    alone: list[Bought]
    seconds: float


def send_crowd(program: Program, *, shop: str, customers: int, each: int) -> Crowd:
    """Let a crowd of customers buy `each` times in a shop of the running program, and three buy together."""
    wish = {"shop": shop, "customers": customers, "each": each}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.crowd"], cwd=ROOT, env=program.environment, input=json.dumps(wish),
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    lists = {name: [Bought(**one) for one in told[name]] for name in ("plain", "group", "alone")}
    return Crowd(**lists, seconds=told["seconds"])


class Customer:
    """Somebody with an e-mail address in one shop; `number` tells them apart."""

    def __init__(self, scope: ShopScope, number: int, method: UUID) -> None:
        self.scope, self.number = scope, number
        self.email, self.name = f"guke{number:03}@example.com", _NAMES[number % len(_NAMES)]
        self.delivery = {"kind": "method", "id": str(method)}
        with acting_as(Actor("guest")), speaking(scope.language):
            self.id = _account(email=self.email)
        self.actor = Actor("customer", self.id, self.name)

    def buys(self, variant: UUID) -> Bought:
        """One piece, for themselves."""
        with acting_as(self.actor), speaking(self.scope.language):
            line = BasketLine(str(new_id()), variant, 1, {})
            return self.pays(start_checkout(lines=[line], token=new_code(20), customer_id=self.id))

    def starts(self, activity: UUID, variant: UUID) -> Bought:
        """The first seat of a new group."""
        with acting_as(self.actor), speaking(self.scope.language):
            return self.pays(start_group(activity_id=activity, variant_id=variant, quantity=1))

    def joins(self, group: str) -> Bought:
        """Another seat of it."""
        with acting_as(self.actor), speaking(self.scope.language):
            return self.pays(join_group(code=group, quantity=1))

    def pays(self, checkout: str) -> Bought:
        """From the checkout to money that has arrived."""
        region, city = _PLACES[self.number % len(_PLACES)]
        address = {"region": region, "city": city, "line1": f"人民路 {self.number + 1} 号"}
        contact = {"name": self.name, "phone": f"1380000{self.number:04}", "email": self.email}
        quoted = quote_checkout(code=checkout, delivery=self.delivery, address=address)
        placed = place_order(
            code=checkout, quote=quoted.token, contact=contact, address=address, delivery=self.delivery
        )
        state = pay_at_test_gateway(placed.order_id, return_url="http://127.0.0.1:9/back")
        assert state == "captured", state
        with reading():
            number = session().scalars(select(Order.number).where(Order.id == placed.order_id)).one()
        return Bought(number, self.email)


@command("buyer")
def _account(*, email: str) -> UUID:
    """Log in with the code of the message, which is read before it is sent: afterwards nobody can."""
    send_login_code(contact=email)
    body = session().scalars(
        select(Message.body).where(Message.recipient == email, Message.topic == "customers.login_code")
    )
    found = re.search(r"\d{6}", body.one())
    assert found is not None
    return log_in(contact=email, code=found[0]).customer_id


def main(wish: dict[str, Any]) -> dict[str, Any]:
    """Let everybody buy, several at once."""
    with connected(settings_from_environment(demo=True), Progress(silent=True)) as settings:
        boot(settings, pool_size=THREADS * 2)
        scope = scope_of_handle(wish["shop"])
        assert scope is not None, wish
        begun = time.monotonic()
        with shop_bound(scope, Actor("guest")), reading():
            method = shipping_methods()[0].id
            activity, variant = session().execute(
                select(Activity.id, ActivityPrice.variant_id).join(
                    ActivityPrice, ActivityPrice.activity_id == Activity.id
                )
            ).one()  # fmt: skip

        def shops(number: int) -> list[Bought]:
            with shop_bound(scope, Actor("guest")):
                customer = Customer(scope, number, method)
                return [customer.buys(variant) for _ in range(wish["each"])]

        with ThreadPoolExecutor(THREADS) as threads:
            plain = [one for part in threads.map(shops, range(wish["customers"])) for one in part]
        seconds = time.monotonic() - begun
        with shop_bound(scope, Actor("guest")):
            group = _group(scope, wish["customers"], method, activity, variant)
            alone = [Customer(scope, wish["customers"] + 3, method).starts(activity, variant)]
    told = {"plain": plain, "group": group, "alone": alone}
    return {name: [asdict(one) for one in some] for name, some in told.items()} | {"seconds": seconds}


def _group(scope: ShopScope, first: int, method: UUID, activity: UUID, variant: UUID) -> list[Bought]:
    """Three people, one after the other, so that the second leaves one seat."""
    leader, *others = (Customer(scope, first + place, method) for place in range(3))
    orders = [leader.starts(activity, variant)]
    with reading():
        order_id = session().scalars(select(Order.id).where(Order.number == orders[0].number)).one()
        found = group_of_order(order_id)
    assert found is not None
    # People take longer than a worker with two hundred orders behind it: nobody comes before the last news is out.
    for friend, topic, people in zip(others, ("started", "one_seat_left"), (1, 2), strict=True):
        _wait_for_news(f"group_buy.{topic}", people)
        orders.append(friend.joins(found.code))
    return orders


def _wait_for_news(topic: str, people: int) -> None:
    until = time.monotonic() + 180
    while True:
        with reading():
            told = session().scalars(select(func.count()).where(Occasion.topic == topic)).one()
        if told >= people:
            return
        assert time.monotonic() < until, f"nobody heard of {topic}"
        time.sleep(0.2)


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
