"""Stripe's SDK, imported by the first call that needs it: clients, and its errors in the interface's words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from core.commerce.payments.gateways.interface import GatewayCredentials, GatewayRefused, GatewayUnavailable

if TYPE_CHECKING:
    import stripe

# One of Stripe's objects as plain values.
Json = dict[str, Any]
log = structlog.get_logger(__name__)

# The version whose objects this code reads; an account's own default may be older or newer.
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
# One more try inside a call: enough for a connection that was closed while it rested, short enough for a buyer who waits.
# Whatever takes longer is tried again by jobs and sweeps.
RETRIES = 1
_CODES = {
    "charge_already_refunded": "refund_above_captured",
    "amount_too_large": "amount_too_large",
    "amount_too_small": "amount_too_small",
}
# More than we try in a day, after which Stripe forgets the first one.
_KEYS = 20
_first_use = Lock()


def sdk() -> Any:
    """The module `stripe`; its import takes 0.4 s and 23 MiB, which only processes of shops that use it pay for."""
    with _first_use:
        return _imported()


@cache
def _imported() -> Any:
    import stripe  # noqa: PLC0415 - see sdk()

    # What our requests took is nobody's business but ours.
    stripe.enable_telemetry = False
    return stripe


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take: seconds to connect and to read, and how often it is made again by itself."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    retries: int = RETRIES


@cache
def _http_client(patience: Patience, at_home: bool) -> Any:
    """One pool of connections per thread and kind of address; nothing of a shop stays in it."""
    client = sdk().RequestsClient(timeout=(patience.connect, patience.read))
    if not at_home:
        return client
    session = client.requests.Session()
    # A proxy of the environment does not lead to a stand-in on this machine.
    session.trust_env = False
    return sdk().RequestsClient(timeout=(patience.connect, patience.read), session=session)


def client_of(credentials: GatewayCredentials, patience: Patience) -> "stripe.V1Services":
    """Stripe's API as the account of `credentials`; `account` among them acts for an account below it."""
    at_home = urlsplit(credentials.base_url).hostname in ("127.0.0.1", "localhost", "::1")
    client = sdk().StripeClient(
        credentials.values.get("secret_key", ""),
        stripe_account=credentials.values.get("account") or None,
        stripe_version=API_VERSION,
        base_addresses={"api": credentials.base_url.rstrip("/")},
        max_network_retries=patience.retries,
        http_client=_http_client(patience, at_home),
    )
    services: stripe.V1Services = client.v1
    return services


def plain(found: "stripe.StripeObject") -> Json:
    """What Stripe answered as plain values."""
    values: Json = found.to_dict()
    return values


@contextmanager
def asking(missing: str = "payment_not_found") -> Iterator[None]:
    """Turn the SDK's errors into GatewayUnavailable or GatewayRefused; `missing` is the code for what is not there."""
    stripe = sdk()
    try:
        yield
    except stripe.APIConnectionError as error:
        raise GatewayUnavailable("no_answer") from error
    except stripe.StripeError as error:
        raise _translated(error, missing) from error


def _translated(error: "stripe.StripeError", missing: str) -> GatewayUnavailable | GatewayRefused:
    stripe, status = sdk(), error.http_status or 0
    # 409: the same call is running somewhere else this moment.
    if isinstance(error, (stripe.APIError, stripe.RateLimitError)) or status in (0, 409) or status >= 500:
        return GatewayUnavailable(f"http_{status}")
    if isinstance(error, stripe.IdempotencyError):
        return GatewayRefused("idempotency_key_reused")
    if isinstance(error, stripe.AuthenticationError):
        return GatewayRefused("wrong_credentials")
    if isinstance(error, stripe.PermissionError):
        return GatewayRefused("not_permitted")
    if isinstance(error, stripe.CardError):
        return GatewayRefused(decline_code(error.json_body.get("error", {}) if error.json_body else {}))
    if status == 404 or error.code == "resource_missing":
        return GatewayRefused(missing)
    log.warning("stripe refused", code=error.code, message=error.user_message, request=error.request_id)
    return GatewayRefused(_CODES.get(error.code or "", error.code or "invalid_request"))


def decline_code(error: Mapping[str, Any]) -> str:
    """Why a bank or wallet said no: its own code where Stripe has one, else Stripe's."""
    code = str(error.get("decline_code") or error.get("code") or "card_declined")
    return "card_declined" if code == "generic_decline" else code


def create_once(
    create: Callable[[str], "stripe.StripeObject"], key: str, found: Callable[[], Json | None]
) -> Json:
    """Make an object under our `key`, once, also where the key is spent on an answer that was none.

    Stripe keeps a breakdown's and a refusal's answer under the key for a day, so that repeating it never helps: the
    balance may have grown since, a way to pay been switched on. A refusal made nothing; after a breakdown we look whether
    the object was made all the same (`found`). Only if it was not, we ask under a key of the next number.
    """
    stripe = sdk()
    for number in range(1, _KEYS):
        try:
            return plain(create(key if number == 1 else f"{key}:{number}"))
        except stripe.StripeError as error:
            if not _is_kept(error):
                raise
            existing = found() if isinstance(error, stripe.APIError) else None
            if existing is not None:
                return existing
    return plain(create(f"{key}:{_KEYS}"))


def _is_kept(error: "stripe.StripeError") -> bool:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return headers.get("idempotent-replayed") == "true"
