"""What runs inside the processes that get killed: a shop is opened, customers buy by the real actions, a worker works.

A customer keeps a diary outside the database, as a browser keeps its page: whatever was answered is written down, and
after a crash the same customer goes on from the last answer, repeating the step that never came back.
"""

import json
import os
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from core.app import boot
from core.commerce.checkout.actions import place_order, quote_checkout, start_checkout
from core.commerce.checkout.basket import BasketLine
from core.commerce.payments.actions.pay import check_payment, keep_notice, start_payment
from core.commerce.payments.gateways.interface import GatewayUnavailable, Notification
from core.jobs.worker import CONNECTIONS, run_worker
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.errors import PinpuError
from core.kernel.ids import new_code, new_id
from core.kernel.tenancy import SYSTEM, Actor, ShopScope, acting_as, shop_bound
from core.platform import Platform
from core.settings import Settings
from core.testing import goods
from core.testing.buying import ADDRESS, CONTACT
from plugins.group_buy.actions.activities import publish_activity, save_activity
from plugins.group_buy.actions.buying import join_group, start_group
from plugins.group_buy.domain import Plan, Standing
from plugins.group_buy.queries.groups import group_of_order
from tenants.actions.plugins import switch_plugin_on
from tenants.actions.shops import NewShop, make_merchant, open_shop

PRICE, GROUP_PRICE, STOCK = 12_800, 8_900, 100_000
# What happens to a payer: comes back, only the gateway tells, never pays, pays after the order has closed.
BUYERS = ("returns", "silent", "returns", "idle", "silent", "late", "leads", "alone")
Environment = Mapping[str, str]


def booted(environment: Environment, **more: Any) -> Platform:
    """Make this process one of the installation's."""
    os.environ.update(environment)
    if folder := environment.get("PINPU_PLUGIN_FOLDER"):
        sys.path.insert(0, str(Path(folder).parent))
    return boot(Settings.from_environment(), **more)


@dataclass(frozen=True)
class Place:
    """Where customers buy."""

    scope: ShopScope
    delivery: str
    variant: str
    product: str
    activity: str
    gateway_key: str


def open_tea_shop(
    environment: Environment, *, handle: str, plugins: tuple[str, ...] = ("group_buy",), stock: int = STOCK
) -> Place:
    """A shop with one product and, where group-buy is on, an activity for two people within twenty minutes."""
    platform = booted(environment)
    new = NewShop(
        merchant_id=make_merchant(name="青山茶业"),
        handle=handle,
        name="青山茶事",
        currency="CNY",
        language="zh-CN",
        timezone="Asia/Shanghai",
        hosts=(f"{handle}.localhost",),
        order_prefix="T",
    )
    scope = open_shop(new)
    with shop_bound(scope, SYSTEM):
        tea = goods.make_product(prices=[PRICE], stock=stock)
        delivery = goods.make_shipping()
        activity = ""
        for plugin in plugins:
            switch_plugin_on(plugin=plugin)
        if "group_buy" in plugins:
            activity = str(save_activity(product_id=tea.id, plan=_plan(tea.variant_id)))
            publish_activity(activity_id=UUID(activity))
    key = platform.secret(f"test gateway of shop {scope.shop_id}").hex()[:32]
    return Place(scope, str(delivery), str(tea.variant_id), str(tea.id), activity, f"test_{key}")


def _plan(variant_id: UUID) -> Plan:
    return Plan(
        title="两人同行", size=2, window=timedelta(minutes=20),
        starts_at=now() - timedelta(days=1), ends_at=now() + timedelta(days=9),
        hard_end_at=now() + timedelta(days=10), limit_per_customer=None, stock_cap=None,
        prices={variant_id: GROUP_PRICE},
    )  # fmt: skip


def work(environment: Environment) -> None:
    """Be a worker until killed."""
    run_worker(booted(environment, pool_size=CONNECTIONS))


class Diary:
    """What customers were answered: one line each, on the disk before the customer goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def write(self, who: str, step: str, **answer: Any) -> None:
        """Keep an answer."""
        line = json.dumps({"who": who, "step": step, **answer}) + "\n"
        with self._lock, self.path.open("a") as file:
            file.write(line)

    def entries(self) -> list[dict[str, Any]]:
        """Everything kept so far; a line that a kill cut off is nothing."""
        found = []
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def lines(self) -> int:
        """How much was kept so far."""
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0

    def by_customer(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Customer → step → what was answered last."""
        known: dict[str, dict[str, dict[str, Any]]] = {}
        for entry in self.entries():
            known.setdefault(entry["who"], {})[entry["step"]] = entry
        return known


def sell(
    environment: Environment,
    place: Place,
    diary_path: str,
    threads: int,
    finish_only: bool,
    most: int = 10_000,
    kinds: tuple[str, ...] = BUYERS,
) -> None:
    """Let customers buy, several at once: first those whom a crash interrupted, then new ones, until killed or done."""
    booted(environment, pool_size=threads)
    diary = Diary(Path(diary_path))
    known = diary.by_customer()
    open_ones = [who for who, steps in known.items() if "end" not in steps]
    waiting = _queue(open_ones, range(len(known), 0 if finish_only else most), kinds)
    guard = threading.Lock()

    def serve() -> None:
        while True:
            with guard:
                who = next(waiting, None)
            if who is None:
                return
            try:
                with shop_bound(place.scope, SYSTEM):
                    Customer(who, place, diary, dict(known.get(who, {}))).buy()
            except Exception as error:  # noqa: BLE001 - kept for the test, which allows none
                diary.write(who, "error", error=f"{type(error).__name__}: {error}")

    serving = [threading.Thread(target=serve) for _ in range(threads)]
    for thread in serving:
        thread.start()
    for thread in serving:
        thread.join()


def _queue(interrupted: list[str], numbers: range, kinds: tuple[str, ...]) -> Iterator[str]:
    yield from interrupted
    for number in numbers:
        yield f"{kinds[number % len(kinds)]}-{number}"


class Customer:
    """A customer who buys one thing, and knows from the diary how far that went."""

    def __init__(self, who: str, place: Place, diary: Diary, known: dict[str, dict[str, Any]]) -> None:
        self.who, self.place, self.diary, self.known = who, place, diary, known
        self.kind = who.split("-")[0]
        self.delivery = {"kind": "method", "id": place.delivery}

    def step(self, name: str, act: Any) -> dict[str, Any]:
        """Do a step unless its answer is known; the diary tells which steps were begun and never answered."""
        if name not in self.known:
            self.diary.write(self.who, f"begin {name}")
            answer = act()
            self.diary.write(self.who, name, **answer)
            self.known[name] = answer
        return self.known[name]

    def buy(self) -> None:
        """From the product to the payment, each step once answered."""
        account = self.step("account", lambda: {"id": str(goods.make_customer())})
        with self._acting(account["id"]):
            checkout = self.step("checkout", lambda: self._checkout(account["id"]))
            if not self._order(checkout["code"], ""):
                return
            self._pay("")
        if self.kind == "leads":
            self._follow()
        self.step("end", dict)

    @contextmanager
    def _acting(self, customer_id: str) -> Iterator[None]:
        with acting_as(Actor("customer", UUID(customer_id), "林知夏")):
            yield

    def _checkout(self, customer_id: str) -> dict[str, Any]:
        variant = UUID(self.place.variant)
        if self.kind in ("leads", "alone", "founds"):
            code = start_group(activity_id=UUID(self.place.activity), variant_id=variant, quantity=1)
        else:
            line = BasketLine(str(new_id()), variant, 1, {})
            code = start_checkout(lines=[line], token=new_code(20), customer_id=UUID(customer_id))
        return {"code": code}

    def _order(self, code: str, tag: str) -> bool:
        """Place the order; False when the clock has run past the quote or the seat, which ends this purchase."""
        quote = self.step(
            f"quote{tag}", lambda: {"token": quote_checkout(code=code, delivery=self.delivery).token}
        )
        try:
            self.step(f"order{tag}", lambda: self._placed(code, quote["token"]))
        except PinpuError as error:
            self.step("end", lambda code=error.code: {"refused": code})
            return False
        return True

    def _placed(self, code: str, quote: str) -> dict[str, Any]:
        placed = place_order(
            code=code,
            quote=quote,
            contact=CONTACT,
            address=ADDRESS,
            delivery=self.delivery,
            choices={"group_buy.if_full": "refund"},
        )
        return {"order": str(placed.order_id)}

    def _pay(self, tag: str) -> None:
        if self.kind == "idle":
            return
        order_id = UUID(self.known[f"order{tag}"]["order"])
        try:
            start = self.step(f"pay{tag}", lambda: self._sent_to_gateway(order_id))
        except PinpuError as error:
            if error.code != "payments.nothing_to_pay":
                raise
            return
        # Who pays late has begun to pay in time: from then on nobody can cancel the payment.
        choice = {"choice": "late", "delay": ""} if self.kind == "late" else {"choice": "succeed"}
        self.step(f"chosen{tag}", lambda: decide(start["url"], choice))
        if self.kind == "late":
            return
        self.step(f"told{tag}", lambda: self._told(start["payment"]))

    def _sent_to_gateway(self, order_id: UUID) -> dict[str, Any]:
        for _ in range(20):
            try:
                attempt = start_payment(order_id=order_id, return_url=f"http://127.0.0.1:9/{self.who}")
            except GatewayUnavailable:
                time.sleep(0.1)
                continue
            return {"payment": str(attempt.payment_id), "url": attempt.redirect_url}
        raise AssertionError("the gateway never answered")

    def _told(self, payment: str) -> dict[str, Any]:
        """The browser comes back, or the gateway's notification comes: twice, as notifications do."""
        if self.kind in ("silent", "alone"):
            notice = Notification(f"evt-{payment}", "payment.captured", "", payment, now())
            for _ in range(2):
                with acting_as(SYSTEM):
                    keep_notice(gateway="test", notice=notice, payment_id=UUID(payment), refund_id=None)
            return {}
        return {"state": check_payment(UUID(payment))}

    def _follow(self) -> None:
        """A friend joins the group that this customer has started and paid for."""
        with reading():
            group = group_of_order(UUID(self.known["order"]["order"]))
        if group is None or group.standing is not Standing.FORMING:
            return
        friend = self.step("friend", lambda: {"id": str(goods.make_customer())})
        with self._acting(friend["id"]):
            try:
                seat = self.step("seat", lambda: {"code": join_group(code=group.code, quantity=1)})
            except PinpuError as error:
                self.step("end", lambda code=error.code: {"refused": code})
                return
            if self._order(seat["code"], " of friend"):
                self._pay(" of friend")


def found_group(environment: Environment, *, place: Place, diary_path: str) -> str:
    """The code of a group whose leader has paid."""
    booted(environment)
    leader = Customer("founds-0", place, Diary(Path(diary_path)), {})
    with shop_bound(place.scope, SYSTEM), reading():
        leader.buy()
        group = group_of_order(UUID(leader.known["order"]["order"]))
    assert group is not None
    return group.code


def decide(pay_url: str, choice: Mapping[str, str]) -> dict[str, Any]:
    """Press a button on the gateway's page, as a browser would."""
    request = urllib.request.Request(pay_url, urllib.parse.urlencode(choice).encode())
    opener = urllib.request.build_opener(_Stay)
    with opener.open(request, timeout=30) as answer:
        return {"status": answer.status}


class _Stay(urllib.request.HTTPRedirectHandler):
    """Does not go where the gateway sends the browser: there is no web in these tests."""

    def http_error_303(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp

    http_error_302 = http_error_303


def pay_late(environment: Environment, *, place: Place, diary_path: str) -> list[str]:
    """Those who pay late pay now; returns their payments, reported by notification."""
    booted(environment)
    paid = []
    for who, steps in Diary(Path(diary_path)).by_customer().items():
        if who.startswith("late") and "chosen" in steps:
            decide(steps["pay"]["url"], {"choice": "pay_now"})
            paid.append(steps["pay"]["payment"])
    with shop_bound(place.scope, SYSTEM):
        for payment in paid:
            notice = Notification(f"evt-{payment}", "payment.captured", "", payment, now())
            keep_notice(gateway="test", notice=notice, payment_id=UUID(payment), refund_id=None)
    return paid
