"""The ways to pay as a buyer sees them in this browser: names, icons, and which one is ticked."""

from collections.abc import Sequence

from flask import request

from core.commerce.payments.accounts import WayToPay, usable_ways
from core.commerce.payments.gateways.interface import Device
from core.commerce.payments.gateways.registry import UnknownGateway, gateway_for
from core.kernel.i18n import N_, _
from core.rendering.contexts import PaymentMethod

# What buyers call a method, whoever carries it out.
_METHODS = {
    "card": N_("Bank card"),
    "wechat_pay": N_("WeChat Pay"),
    "alipay": N_("Alipay"),
}
_ICONS = {"wechat_pay": "wechatpay", "alipay": "alipay"}
_TEST = (N_("Test payment"), N_("You choose on the next page what happens. No money moves."))
_PHONES = ("mobile", "android", "iphone")


def current_device() -> Device:
    """Where the buyer's browser runs, by what it says of itself."""
    says = request.headers.get("User-Agent", "").lower()
    if "micromessenger" in says:
        return "wechat"
    return "phone" if any(word in says for word in _PHONES) else "desktop"


def pay_options(ways: Sequence[WayToPay], *, currency: str, chosen: str = "") -> tuple[PaymentMethod, ...]:
    """Those of the shop's `ways` that work in this browser; `chosen` (an id) is ticked, else the first."""
    usable = usable_ways(ways, current_device(), currency)
    known = {way.id for way in usable}
    ticked = chosen if chosen in known else next((way.id for way in usable), "")
    return tuple(
        PaymentMethod(
            id=way.id,
            label=payment_words(way.gateway, way.method),
            detail=_detail(way),
            icon=_ICONS.get(way.method, "card"),
            selected=way.id == ticked,
        )
        for way in usable
    )


def payment_words(gateway: str, method: str) -> str:
    """What a way to pay is called: by its method where that has a name of its own, else by its gateway."""
    if method in _METHODS:
        return _(_METHODS[method])
    if gateway == "test":
        return _(_TEST[0])
    try:
        return _(gateway_for(gateway).profile.label)
    except UnknownGateway:
        return gateway


def _detail(way: WayToPay) -> str:
    if way.gateway == "test":
        return _(_TEST[1])
    return _("A test: no money moves.") if way.mode == "test" else ""
