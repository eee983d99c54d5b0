"""Named places of a theme that plugins fill: which there are, what is asked, what is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

from core.commerce.pricing.priced import PricedCart
from core.hooks.dispatch import ShopHooks
from core.hooks.results import PluginFailure, PluginResult

_EMPTY: Mapping[str, Any] = MappingProxyType({})

# Page → its slots, with what each is for. A theme shows all of them; a test of the theme checks that.
SLOTS: dict[str, dict[str, str]] = {
    "*": {
        "footer.links": "Links in the footer of every page.",
    },
    "home": {
        "home.top": "Above the first section.",
        "home.bottom": "Below the last section.",
    },
    "collection": {"collection.top": "Above the products."},
    "product": {
        "product.deal": "The strip over the price: name of the deal, when it ends.",
        "product.price": "The price box; a block that replaces takes the place of the shop's own.",
        "product.offers": "Between price and options: groups to join, coupons to take.",
        "product.facts": "More lines of trust, as `<div>` of the list of facts.",
        "product.buy_bar": "The buttons; a block that replaces brings its own, with form=\"buy\".",
        "product.after": "Below everything else about the product.",
    },
    "cart": {"cart.summary": "Below the sum."},
    "checkout": {
        "checkout.top": "Above everything: what is kept for the buyer.",
        "checkout.lines": "Below the lines.",
        "checkout.choices": "Questions to answer before paying; fields are sent with the order.",
    },
    "payment": {"payment.status": "Below the headline."},
    "order": {
        "order.status": "Below the headline: how the plugin's part of the order stands.",
        "order.after": "Below everything: what to do next.",
    },
    "account": {"account.links": "More entries of the buyer's own list."},
    "orders": {"orders.top": "Above the list."},
}  # fmt: skip

# Pages about orders that exist: also draining plugins are asked there.
KEPT_PAGES = frozenset({"payment", "order", "orders", "account"})


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """What a page asks plugins, once for all its slots.

    Args:
        page: name of the page: product, cart, checkout, order…
        slots: names of the slots it shows.
        subject_ids: what it is about: the product; the products of the lines of cart and checkout; the order.
        selected_id: the chosen variant on a product page.
        customer_id: who is logged in; None on pages that may be cached for everybody.
        params: query parameters of the request, such as a group's code.
        checkout_id: the checkout or cart, where there is one.
        priced: what the basket of a cart or checkout costs, as it is shown: what applied, and what did not.
    """

    page: str
    slots: tuple[str, ...]
    subject_ids: tuple[UUID, ...] = ()
    selected_id: UUID | None = None
    customer_id: UUID | None = None
    params: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    checkout_id: UUID | None = None
    priced: PricedCart | None = None


@dataclass(frozen=True, slots=True)
class SlotBlock:
    """What a plugin shows in one slot.

    Args:
        slot: one of the slots asked for.
        template: the plugin's template, such as `group_buy/blocks/offers.html`.
        context: names for the template: plain values and frozen dataclasses.
        order: blocks below 0 come before the page's own content, others after it, each in this order.
        replaces: True takes the place of the page's own content of that slot; the lowest order wins.
        max_age: seconds for which a cached page may show this block; None while nothing of the shop changes.
    """

    slot: str
    template: str
    context: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    order: int = 0
    replaces: bool = False
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class PageSlots:
    """The blocks of one page, each with its plugin, and whom to tell when one of them cannot be shown.

    Args:
        blocks: (plugin, block) in the order of the plugins.
        report: hears of a block whose template failed, as (plugin, error).
        failed: plugins whose hook failed; a merchant sees a card with their names.
    """

    blocks: tuple[tuple[str, SlotBlock], ...] = ()
    report: Callable[[str, Exception], None] | None = None
    failed: tuple[str, ...] = ()

    @property
    def max_age(self) -> int | None:
        """For how many seconds a page with these blocks may be cached; None for no limit of theirs."""
        ages = (block.max_age for _, block in self.blocks)
        return min((age for age in ages if age is not None), default=None)


NO_SLOTS = PageSlots()


def slot_names(page: str) -> tuple[str, ...]:
    """The slots that `page` shows, with those of every page."""
    return (*SLOTS.get(page, ()), *SLOTS["*"])


def page_slots(
    page: str,
    hooks: ShopHooks,
    *,
    subject_ids: tuple[UUID, ...] = (),
    selected_id: UUID | None = None,
    customer_id: UUID | None = None,
    params: Mapping[str, str] = _EMPTY,
    checkout_id: UUID | None = None,
    priced: PricedCart | None = None,
) -> PageSlots:
    """All blocks for a page, from one call of the shop's plugins; see `SlotRequest` for the arguments.

    Blocks for slots that the page does not have are dropped. Pass `core.hooks.current.shop_hooks()`.
    """
    names = slot_names(page)
    request = SlotRequest(page, names, subject_ids, selected_id, customer_id, params, checkout_id, priced)
    hook = "show_kept_slots" if page in KEPT_PAGES else "show_slots"
    said: dict[str, PluginResult] = {}
    failed: list[str] = []
    for result in hooks.call(hook, failed="collect", request=request):
        if isinstance(result, PluginFailure):
            failed.append(result.plugin)
        else:
            said[result.plugin] = result
    blocks = ((plugin, block) for plugin, result in said.items() for block in result.value)
    return PageSlots(
        tuple((plugin, block) for plugin, block in blocks if block.slot in names),
        partial(_report, hooks, hook, said),
        tuple(failed),
    )


def _report(
    hooks: ShopHooks, hook: str, said: Mapping[str, PluginResult], plugin: str, error: Exception
) -> None:
    hooks.unusable(said[plugin], hook, error)
