"""The running parts that every request of the test gateway needs, kept together on its Flask app."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from flask import current_app, request

from core.kernel import clock
from core.testing.gateway.notifier import Notifier, RetryPlan
from core.testing.gateway.store import Store


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Where it lives and how fast it is; times in seconds.

    `public_url` is the address under which buyers' browsers reach the pay page; empty takes the one by which
    the merchant's server called.
    """

    home: Path
    public_url: str = ""
    slow_seconds: float = 8.0
    refund_seconds: float = 2.0
    retries: RetryPlan = field(default_factory=RetryPlan)


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """The store, its background, and the signal that ends waiting requests."""

    settings: GatewaySettings
    store: Store
    notifier: Notifier
    closing: Event


EXTENSION = "pinpu_test_gateway"


def gateway_parts() -> GatewayParts:
    """The parts of the app that answers the current request."""
    parts: GatewayParts = current_app.extensions[EXTENSION]
    return parts


def present() -> float:
    """The present instant in seconds since 1970."""
    return clock.now().timestamp()


def pay_url(payment_id: str) -> str:
    """Where the buyer's browser finds the pay page."""
    root = gateway_parts().settings.public_url or request.host_url
    return f"{root.rstrip('/')}/pay/{payment_id}"
