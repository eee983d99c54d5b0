"""Fills an empty installation with two example shops and their last month; running again changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from core.commerce.payments.rehearsal import Rehearsal
from core.commerce.shops.models import Shop
from core.commerce.shops.queries import scope_of_handle
from core.kernel.clock import FileClock, now
from core.kernel.command import command
from core.kernel.db import reading, session
from core.kernel.tenancy import SYSTEM, ShopScope, acting_as, current_scope, shop_bound
from core.rendering.extensions import DemoSeed, Opening
from core.settings import Settings
from tenants.actions.audit import note_change
from tenants.actions.plugins import switch_plugin_on
from tenants.actions.shops import NewShop, open_shop
from tenants.addresses import storefront_address
from tenants.demo.aftersale import write_cases
from tenants.demo.content import ShopContent, shop_contents
from tenants.demo.delivery import write_delivery
from tenants.demo.front_pages import write_pages
from tenants.demo.labels import write_labels
from tenants.demo.month import OPENED, plan_of, stock_before
from tenants.demo.people import BOTH, PASSWORD, PEOPLE, ensure_merchants, ensure_staff, owner_of, worker_in
from tenants.demo.reviews import write_reviews
from tenants.demo.shelves import write_goods, write_shop
from tenants.demo.trade import Trade
from tenants.demo.visitors import write_visitors
from tenants.models import AuditEntry

Say = Callable[[str], None]
_DONE = "demo.filled"


def seed(settings: Settings, say: Say) -> Sequence[Opening]:
    """Write what is missing of the example shops; returns what to open.

    `settings.clock_file` moves the clock of this process and of the test gateway, which must be running.
    """
    clock_file = settings.clock_file
    if clock_file is None:
        raise ValueError("example shops have a past: the seed needs a clock that can be moved")
    clock, begun = FileClock(clock_file), now()
    contents = shop_contents()
    merchants = ensure_merchants()
    scopes = {one.handle: _opened(one, merchants, clock, begun) for one in contents}
    ensure_staff(merchants, {handle: scope.shop_id for handle, scope in scopes.items()})
    latest = begun
    for content in contents:
        with shop_bound(scopes[content.handle], SYSTEM):
            if not _is_done():
                _fill(content, Rehearsal(clock_file), say)
                # The next shop's past begins anew, and what this one ended with must not lie in its future.
                latest = max(latest, now())
    clock.move_to(max(latest, now()))
    return openings(settings, contents)


def _opened(
    content: ShopContent, merchants: Mapping[str, UUID], clock: FileClock, begun: datetime
) -> ShopScope:
    known = scope_of_handle(content.handle)
    if known is not None:
        return known
    clock.move_to(begun - OPENED)
    shop = content.shop
    scope = open_shop(
        NewShop(
            merchant_id=merchants[content.handle],
            handle=content.handle,
            name=shop["name"],
            currency=shop["currency"],
            language=shop["locale"],
            timezone=shop["timezone"],
            hosts=(f"{content.handle}.localhost",),
            order_prefix=shop["order_prefix"],
        )
    )
    clock.move_to(begun)
    return scope


def _fill(content: ShopContent, rehearsal: Rehearsal, say: Say) -> None:
    with reading():
        opened = session().scalars(select(Shop.created_at)).one()
    plan = plan_of(content, opened + OPENED)
    rehearsal.begin_at(opened + timedelta(days=1))
    say(f"{content.shop['name']}: pages")
    write_shop(content)
    write_delivery(content)
    write_goods(content, stock_before(content, plan), say)
    with acting_as(owner_of(content.handle)):
        for plugin in content.shop["plugins"]:
            switch_plugin_on(plugin=plugin)
    write_pages(content)
    Trade(
        content,
        plan,
        rehearsal=rehearsal,
        worker=worker_in(content.handle),
        address=storefront_address(current_scope().shop_id),
        say=say,
    ).play()
    write_reviews(content, rehearsal)
    write_cases(worker_in(content.handle))
    write_labels(worker_in(content.handle))
    rehearsal.reach(now())
    write_visitors()
    _note_done(orders=len(plan.orders), customers=len(plan.joins))


def _is_done() -> bool:
    with reading():
        return session().scalars(select(AuditEntry.id).where(AuditEntry.action == _DONE)).first() is not None


@command("system")
def _note_done(*, orders: int, customers: int) -> None:
    note_change(_DONE, "", {}, {"orders": orders, "customers": customers})


def openings(settings: Settings, contents: Sequence[ShopContent]) -> list[Opening]:
    """The console with its log-ins, and each storefront."""
    console = f"http://{settings.console_hosts[0]}:{settings.port}/console/"
    others = ", ".join(person.email for person in PEOPLE if person is not BOTH)
    found = [Opening(title="Console", address=console, note=f"{BOTH.email}, password {PASSWORD}")]
    for content in contents:
        scope = scope_of_handle(content.handle)
        address = storefront_address(scope.shop_id) if scope else ""
        found.append(Opening(title=content.shop["name"], address=f"{address}/", storefront=True))
    found.append(
        Opening(
            title="Mailbox", address=f"{found[1].address}mailbox", note="where log-in codes of buyers arrive"
        )
    )
    return [*found, Opening(title="More log-ins", address=console, note=f"{others}; the same password")]


def demo_seed() -> DemoSeed:
    """The seed as the demo asks for it, before those of plugins."""
    return DemoSeed(name="tenants", order=10, run=seed)
