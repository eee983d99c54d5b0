"""A merchant's account at Stripe: the form of its credentials, what it can do today, and where Stripe reports to."""

import re
from typing import Any

from core.commerce.payments.gateways.interface import (
    AccountFacts,
    CredentialField,
    GatewayCredentials,
    GatewayProfile,
    GatewayRefused,
    Mode,
    PaymentMethod,
)
from core.commerce.payments.gateways.stripe.money import WALLET_CURRENCIES
from core.commerce.payments.gateways.stripe.notices import EVENTS
from core.commerce.payments.gateways.stripe.sdk import API_VERSION, Json, Patience, asking, client_of, plain
from core.kernel.i18n import N_

BASE_URL = "https://api.stripe.com"
_KEY = re.compile(r"(sk|rk)_(test|live)_\w{3,250}")
_METHODS: tuple[PaymentMethod, ...] = ("card", "wechat_pay", "alipay")
_OFF = {
    "card": N_("Cards are switched off at Stripe (Settings → Payment methods)."),
    "wechat_pay": N_("WeChat Pay is switched off at Stripe (Settings → Payment methods)."),
    "alipay": N_("Alipay is switched off at Stripe (Settings → Payment methods)."),
}
_OURS = {"made_by": "pinpu"}


def profile_at(base_url: str) -> GatewayProfile:
    """What Stripe is, with its API at `base_url`."""
    return GatewayProfile(
        name="stripe",
        label=N_("Stripe"),
        methods=_METHODS,
        fields=(
            CredentialField(
                "secret_key",
                N_("Secret key"),
                help=N_(
                    "In the Stripe dashboard under Developers → API keys. It begins with sk_test_ or sk_live_; a restricted"
                    " key (rk_…) works as well."
                ),
            ),
            CredentialField(
                "webhook_secret",
                N_("Signing secret of the webhook"),
                required=False,
                help=N_(
                    "Leave this empty: we set the webhook up with your key. Only where Stripe does not allow that, paste"
                    " the whsec_… of an endpoint you made yourself."
                ),
            ),
        ),
        base_urls={"test": base_url, "live": base_url},
        # A code on the screen that is scanned with it cannot be scanned.
        devices={"wechat_pay": ("desktop", "phone")},
        method_currencies={name: tuple(sorted(WALLET_CURRENCIES[name])) for name in ("wechat_pay", "alipay")},
        manual_capture=("card",),
        summary=N_("Cards, Apple Pay and Google Pay from everywhere, WeChat Pay and Alipay."),
        guide="https://dashboard.stripe.com/apikeys",
    )


def check_key(credentials: GatewayCredentials) -> None:
    """Refuse a key of the wrong kind or mode without asking anybody; raises GatewayRefused."""
    found = _KEY.fullmatch(credentials.values.get("secret_key", "").strip())
    if found is None:
        raise GatewayRefused("wrong_credentials")
    if found[2] != credentials.mode:
        raise GatewayRefused("wrong_mode")


def facts(credentials: GatewayCredentials, patience: Patience) -> AccountFacts:
    """Who the account is, and what it can take today."""
    check_key(credentials)
    v1 = client_of(credentials, patience)
    problems: list[str] = []
    account: Json = {"charges_enabled": True, "payouts_enabled": True}
    try:
        with asking():
            account = plain(v1.accounts.retrieve_current())
    except GatewayRefused as error:
        if error.failure_code != "not_permitted":
            raise
        problems.append(
            N_("This restricted key may not read the account: allow “Connect: read” for the full check.")
        )
    ready = _ready_ways(v1, problems) if account["charges_enabled"] else ()
    problems += _missing(account, credentials)
    return AccountFacts(_mode(credentials), _name_of(account), ready, tuple(problems))


def _mode(credentials: GatewayCredentials) -> Mode:
    return "live" if "_live_" in credentials.values["secret_key"] else "test"


def _name_of(account: Json) -> str:
    """By its number: the name that the dashboard shows may change, the account stays the same."""
    return " · ".join(filter(None, (account.get("id", ""), account.get("country") or "")))


def _ready_ways(v1: Any, problems: list[str]) -> tuple[PaymentMethod, ...]:
    try:
        with asking():
            found = [plain(one) for one in v1.payment_method_configurations.list({"limit": 100}).data]
    except GatewayRefused:
        problems.append(
            N_("This restricted key may not read the payment methods; we cannot say which are switched on.")
        )
        return _METHODS
    active = [one for one in found if one.get("active")]
    chosen = next((one for one in active if one.get("is_default")), active[0] if active else {})
    ready = tuple(way for way in _METHODS if (chosen.get(way) or {}).get("available"))
    problems.extend(_OFF[way] for way in _METHODS if way not in ready)
    return ready


def _missing(account: Json, credentials: GatewayCredentials) -> list[str]:
    told = []
    if not account["charges_enabled"]:
        told.append(
            N_(
                "Stripe does not let this account take payments yet: finish its activation in the Stripe dashboard."
            )
        )
    if (account.get("requirements") or {}).get("currently_due"):
        told.append(N_("Stripe asks for more about your business; its dashboard says what is missing."))
    if not account["payouts_enabled"]:
        told.append(N_("Stripe cannot pay out to you yet: add your bank account in its dashboard."))
    if not credentials.values.get("webhook_secret"):
        told.append(
            N_(
                "Stripe does not report to this shop by itself yet; payments are found all the same, up to a minute later."
            )
        )
    return told


def register_endpoint(credentials: GatewayCredentials, notify_url: str, patience: Patience) -> dict[str, str]:
    """Tell Stripe to report to `notify_url`; returns the secret under its field's name.

    One of ours for the same address is replaced: Stripe shows its secret only once. Raises GatewayRefused
    ("not_permitted" for a restricted key, "url_invalid" for an address that Stripe cannot reach).
    """
    check_key(credentials)
    v1 = client_of(credentials, patience)
    wanted: Any = {
        "url": notify_url,
        "enabled_events": list(EVENTS),
        "api_version": API_VERSION,
        "description": "Pinpu",
        "metadata": _OURS,
    }
    with asking():
        made = plain(v1.webhook_endpoints.create(wanted))
        for one in map(plain, v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()):
            old = one["id"] != made["id"] and one["url"] == notify_url
            if old and (one.get("metadata") or {}).get("made_by") == _OURS["made_by"]:
                v1.webhook_endpoints.delete(one["id"])
    return {"webhook_secret": str(made["secret"])}
