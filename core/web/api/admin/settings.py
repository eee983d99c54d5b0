"""The shop itself: what it says, its taxes and hours, how it delivers, which tools hear of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.commerce.shipping.actions import (
    remove_slot,
    reorder_methods,
    reorder_pickup_points,
    save_method,
    save_pickup_point,
    save_slots,
)
from core.commerce.shipping.queries import stored_methods, stored_points
from core.commerce.shops.actions import update_shop
from core.commerce.shops.opening import Opening
from core.commerce.shops.price_rules import PriceRules
from core.commerce.shops.queries import shop_settings
from core.commerce.shops.taxes import TaxRules
from core.commerce.webhooks.actions import (
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    renew_secret,
    resume_endpoint,
    send_again,
    send_all_again,
    send_test,
)
from core.commerce.webhooks.models import Endpoint
from core.commerce.webhooks.queries import DeliveryView, deliveries_page, delivery, endpoint, endpoints
from core.kernel.command import command
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_actor, current_scope
from core.rendering.api import ApiPage, ApiRoom, Get, PageAsked, Send

READ = "shop.read"
_LONGEST, _LONGEST_WINDOW = 200, 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token this is, which shop it is for and what it may do."""

    shop: str
    name: str
    currency: str
    language: str
    timezone: str
    acts_as: str
    scopes: tuple[str, ...]


def show_caller() -> Caller:
    """What this token is: a first request to see that it works."""
    shop, actor = current_scope(), current_actor()
    return Caller(
        shop=shop.handle,
        name=shop.name,
        currency=shop.currency,
        language=shop.language,
        timezone=shop.timezone,
        acts_as=actor.name,
        scopes=tuple(sorted(actor.scopes or ())),
    )


@dataclass(frozen=True, slots=True)
class ShopShown:
    """What the shop says about itself; `payment_window` in minutes, rates in basis points."""

    name: str
    tagline: str
    currency: str
    language: str
    timezone: str
    payment_window: int
    tax: TaxRules
    prices: PriceRules
    opening: Opening


def show_shop() -> ShopShown:
    """The shop's settings."""
    stored = shop_settings()
    return ShopShown(
        name=stored.name,
        tagline=stored.tagline,
        currency=stored.currency,
        language=stored.language,
        timezone=stored.timezone,
        payment_window=stored.payment_window,
        tax=stored.tax_rules,
        prices=stored.price_rules,
        opening=stored.hours,
    )


@command("shop.edit")
def change_shop(
    *,
    name: str | None = None,
    tagline: str | None = None,
    payment_window: int | None = None,
    tax: TaxRules | None = None,
    prices: PriceRules | None = None,
    opening: Opening | None = None,
) -> None:
    """Change some of the shop's settings; what is left out stays.

    Args:
        name: how the shop is called.
        tagline: a few words below the name.
        payment_window: minutes in which an order must be paid.
        tax: all of the tax rules.
        prices: all of the price rules.
        opening: all of the store hours.
    """
    _require_fitting(name, tagline, payment_window)
    changes: dict[str, Any] = {"name": name, "tagline": tagline, "payment_window": payment_window}
    if tax is not None:
        changes |= {"tax_basis_points": tax.standard, "tax": tax.as_json()}
    if prices is not None:
        changes["pricing"] = prices.as_json()
    if opening is not None:
        changes["opening"] = opening.as_json()
    update_shop(changes={key: value for key, value in changes.items() if value is not None})


def _require_fitting(name: str | None, tagline: str | None, payment_window: int | None) -> None:
    fields: dict[str, list[str]] = {}
    if name is not None and not 0 < len(name.strip()) <= _LONGEST:
        fields["name"] = [gettext(N_("Write 1 to %(most)s characters."), most=_LONGEST)]
    if tagline is not None and len(tagline) > _LONGEST:
        fields["tagline"] = [gettext(N_("Write at most %(max)s characters."), max=_LONGEST)]
    if payment_window is not None and not 1 <= payment_window <= _LONGEST_WINDOW:
        fields["payment_window"] = [gettext(N_("Give 1 to %(most)s minutes."), most=_LONGEST_WINDOW)]
    if fields:
        raise InputRefused(fields)


def list_deliveries(
    *, page: PageAsked, endpoint_id: UUID | None = None, topic: str = "", state: str = ""
) -> ApiPage[DeliveryView]:
    """What was sent to webhooks, newest first.

    Args:
        endpoint_id: only to this endpoint.
        topic: only this event.
        state: waiting, delivered or failed.
    """
    found = deliveries_page(
        endpoint_id=endpoint_id, topic=topic, state=state, size=page.size, after=page.after
    )
    return ApiPage(found.rows, found.after)


ROOM = ApiRoom(
    name="settings",
    title=N_("Settings"),
    about=N_("The shop's own words, taxes, hours and ways to deliver; webhooks."),
    routes=(
        Get("/me", show_caller, ""),
        Get("/shop", show_shop, READ),
        Send("PATCH", "/shop", change_shop, stands_for=update_shop),
        Get("/shipping-methods", stored_methods, READ),
        Send("POST", "/shipping-methods", save_method, fixed={"method_id": None}),
        Send("PUT", "/shipping-methods/<uuid:method_id>", save_method),
        Send("PUT", "/shipping-methods/order", reorder_methods),
        Send("POST", "/shipping-methods/<uuid:method_id>/slots", save_slots, fixed={"slot_id": None}),
        Send("PUT", "/shipping-methods/<uuid:method_id>/slots/<uuid:slot_id>", save_slots),
        Send("DELETE", "/shipping-slots/<uuid:slot_id>", remove_slot),
        Get("/pick-up-points", stored_points, READ),
        Send("POST", "/pick-up-points", save_pickup_point, fixed={"point_id": None}),
        Send("PUT", "/pick-up-points/<uuid:point_id>", save_pickup_point),
        Send("PUT", "/pick-up-points/order", reorder_pickup_points),
    ),
)

WEBHOOKS = ApiRoom(
    name="webhooks",
    title=N_("Webhooks"),
    about=N_("Which addresses hear of what happens here, and what was sent to them; see docs/webhooks.md."),
    routes=(
        Get("/webhooks", endpoints, READ),
        Get("/webhooks/<uuid:endpoint_id>", endpoint, READ, row=Endpoint),
        Send("POST", "/webhooks", add_endpoint),
        Send("PUT", "/webhooks/<uuid:endpoint_id>", change_endpoint),
        Send("DELETE", "/webhooks/<uuid:endpoint_id>", remove_endpoint),
        Send("POST", "/webhooks/<uuid:endpoint_id>/pause", pause_endpoint),
        Send("POST", "/webhooks/<uuid:endpoint_id>/resume", resume_endpoint),
        Send("POST", "/webhooks/<uuid:endpoint_id>/secret", renew_secret),
        Send("POST", "/webhooks/<uuid:endpoint_id>/test", send_test),
        Send("POST", "/webhooks/<uuid:endpoint_id>/send-again", send_all_again),
        Get("/webhook-deliveries", list_deliveries, READ),
        Get("/webhook-deliveries/<uuid:delivery_id>", delivery, READ),
        Send("POST", "/webhook-deliveries/<uuid:delivery_id>/send-again", send_again),
    ),
)
