"""What is said about accounts, ways to pay and steps towards real payments."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from core.commerce.payments.account_queries import AccountView, Milestones
from core.commerce.payments.gateways.registry import UnknownGateway, gateway_for
from core.commerce.payments.reconciliation_queries import DisputeView
from core.kernel.i18n import N_, gettext
from core.kernel.money import format_money
from core.rendering.console import formats
from core.rendering.console.parts import Badge

METHODS = {
    "card": N_("Bank card"),
    "wechat_pay": N_("WeChat Pay"),
    "alipay": N_("Alipay"),
    "page": N_("The provider's own page"),
}
MODES = {"test": N_("Test"), "live": N_("Real payments")}
_TROUBLES = {
    "wrong_credentials": N_("The provider no longer accepts these credentials. Type them anew."),
    "wrong_mode": N_("These are credentials of the other mode: test and live are kept apart."),
}
_HISTORY = {
    "saved": N_("Credentials saved"),
    "on": N_("Switched on"),
    "off": N_("Switched off"),
    "first": N_("Put first"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step towards the first real payment."""

    label: str
    detail: str
    done: bool
    url: str = ""
    action: str = ""


def gateway_name(name: str) -> str:
    """What a gateway is called; its own name when its plugin is gone."""
    try:
        return gettext(gateway_for(name).profile.label)
    except UnknownGateway:
        return name


def methods_said(methods: tuple[str, ...]) -> str:
    """Methods in words."""
    return " · ".join(gettext(METHODS.get(one, one)) for one in methods)


def mode_badge(mode: str) -> Badge:
    """Test or real."""
    return Badge(gettext(MODES[mode]), "ok" if mode == "live" else "warn", "")


def state_badge(one: AccountView, *, live_on: bool) -> Badge:
    """Whether buyers are offered it."""
    if one.trouble:
        return Badge(gettext(N_("Not confirmed")), "bad", "dot")
    if not one.enabled:
        return Badge(gettext(N_("Off")), "", "ring")
    if one.mode == "test" and live_on:
        return Badge(gettext(N_("Rests")), "", "ring")
    return Badge(gettext(N_("On")), "ok", "dot")


def trouble_said(one: AccountView) -> str:
    """Why an account is not confirmed; "" when it is."""
    if not one.trouble:
        return ""
    known = _TROUBLES.get(one.trouble)
    if known:
        return gettext(known)
    return gettext(N_("The provider did not answer (%(why)s). Check again in a moment."), why=one.trouble)


def field_help(shown: dict[str, str], fallback: str) -> str:
    """What is known of a stored secret: never the secret."""
    if "at" not in shown:
        return gettext(fallback) if fallback else ""
    when = formats.day(datetime.fromisoformat(shown["at"]))
    said = (
        gettext(N_("Set on %(day)s, ends in %(tail)s."), day=when, tail=shown["tail"])
        if shown.get("tail")
        else gettext(N_("Set on %(day)s."), day=when)
    )
    return f"{said} {gettext(N_('It is never shown again; type a new one to replace it.'))}"


def history_said(one: AccountView) -> list[tuple[str, str, str]]:
    """(what, who, when) of the last changes."""
    return [
        (
            gettext(_HISTORY.get(str(entry["what"]), str(entry["what"]))),
            str(entry.get("by") or ""),
            formats.moment(datetime.fromisoformat(str(entry["at"]))),
        )
        for entry in one.history[:6]
    ]


def steps(found: Milestones, gateway: str) -> list[Step]:
    """From test mode to the first real payment, each ticked from facts; `gateway` is the one the merchant began with."""
    form = {
        mode: url_for("console_payments.account", gateway=gateway, mode=mode) for mode in ("test", "live")
    }
    settings = url_for("console_payments.index")
    return [
        Step(
            gettext(N_("Pay a test order")),
            gettext(N_("Buy something in your own shop, as a buyer would. No money moves.")),
            found.test_paid,
            url_for("console_storefront.visit", path="/"),
            gettext(N_("Go to the shop")),
        ),
        Step(
            gettext(N_("Connect the provider's test account")),
            gettext(N_("Optional: proves that its pages and notifications reach your shop.")),
            found.test_account,
            form["test"],
            gettext(N_("Connect")),
        ),
        Step(
            gettext(N_("Connect the real account")),
            gettext(N_("The provider proves the credentials before they are kept.")),
            found.live_account and found.live_proved,
            form["live"],
            gettext(N_("Connect")),
        ),
        Step(
            gettext(N_("Switch real payments on")),
            gettext(N_("From then on buyers pay real money, and test payments are no longer taken.")),
            found.live_on,
            form["live"] if found.live_account else settings,
            gettext(N_("Switch on")),
        ),
        Step(
            gettext(N_("Receive the first real payment")),
            gettext(N_("Buy something small yourself, then refund it in the order.")),
            found.live_paid,
            url_for("console_storefront.visit", path="/"),
            gettext(N_("Go to the shop")),
        ),
    ]


DISPUTES = {
    "needs_response": N_(
        "The buyer's bank disputes %(amount)s. Answer at the provider%(until)s, or the money is lost."
    ),
    "under_review": N_("%(amount)s is disputed; your answer is being looked at."),
    "won": N_("A dispute over %(amount)s was decided for you."),
    "lost": N_("A dispute over %(amount)s was decided for the buyer: the money is gone."),
}


def dispute_said(one: DisputeView) -> str:
    """How a dispute over a payment stands."""
    until = gettext(N_(" until %(time)s"), time=formats.moment(one.respond_by)) if one.respond_by else ""
    return gettext(DISPUTES[one.status], amount=format_money(one.amount), until=until)
