"""What tenants and plugins add to the web: pages, panels, places in the console's menu, permissions, settings, commands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Blueprints of one part.

    `storefront` is mounted at /x/<plugin>/ of every shop's host, `console` at /console/<shop>/x/<plugin>/; both answer
    404 in shops where the plugin is off. `platform` is for tenants only: mounted at / of the console's host, no shop.
    """

    storefront: Blueprint | None = None
    console: Blueprint | None = None
    platform: Blueprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """A place in the console's menu: `endpoint` of the part's own console blueprint, `label` a message id."""

    key: str
    label: str
    icon: str
    endpoint: str
    section: Literal["main", "plugins", "settings"] = "plugins"
    permission: str = ""
    # Called with the shop bound; the number shown beside the label (None: no number).
    count: Callable[[], int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPanel:
    """A card of a plugin on the console's page of an order.

    `template` is one that the plugin made known with `add_templates`, and draws the whole card with the kit; `context`
    holds plain values and frozen dataclasses. Panels stand in `order`, beside what holds the order.
    """

    order_id: UUID
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPanel:
    """A card of a plugin on the console's page of a customer; otherwise as OrderPanel."""

    customer_id: UUID
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePanel:
    """A card on the console's home page, above the numbers; `template` and `context` are as those of an OrderPanel."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTask:
    """A line of the to-do queue on the console's home page: something that waits for a person.

    `label` and `detail` are in the reader's language; `url` opens exactly `count` rows; `icon` is one of the console's.
    `due`, if there is a deadline, is the soonest of them (UTC) and decides the place in the queue.
    """

    label: str
    count: int
    url: str
    icon: str
    detail: str = ""
    tone: Literal["", "accent", "ok", "warn", "bad"] = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOffer:
    """A button in the empty lists of the console: `label` is in the reader's language, a press posts to `url`."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPlay:
    """Something a merchant can begin with one press to sell more: a ready campaign for one product.

    `label` and `text` are message ids; `icon` is one of the console's. `start(product_id)` runs inside the request, with
    the plugin on, makes the campaign with real actions and returns the address of its page in the console; `permission`
    is what it needs.
    """

    key: str
    label: str
    text: str
    icon: str
    permission: str
    start: Callable[[UUID], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Something a staff member may or may not do; `label` is a message id. Owners hold every permission."""

    name: str
    label: str
    # Whether the role "staff" holds it without being asked.
    staff: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffShop:
    """A shop in which a staff member works."""

    shop_id: int
    handle: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Who is logged in to the console, and where they work."""

    id: UUID
    name: str
    email: str
    language: str
    shops: tuple[StaffShop, ...]

    def shop(self, handle: str) -> StaffShop | None:
        """The shop with this handle, if the person works there."""
        return next((shop for shop in self.shops if shop.handle == handle), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Something to open in a browser once the demo runs: `note` may tell a login; a `storefront` also on a phone."""

    title: str
    address: str
    note: str = ""
    storefront: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSeed:
    """Demo data of one part: `run(settings, say)` writes it once (running again changes nothing).

    `say` is told what is being done; what `run` returns is printed as "what to open", new data or not.
    """

    name: str
    order: int
    run: Callable[[Any, Callable[[str], None]], Sequence[Opening]]
