"""What costs money or gives something away is counted by network address besides, as in the storefront."""

from flask import current_app
from flask_limiter import Limiter
from limits import parse

from core.commerce.customers.errors import TooManyCodes
from core.kernel.tenancy import current_scope
from core.web.api.limits import EXTENSION
from core.web.api.store.callers import network_address


def count_attempt(what: str, most: str) -> None:
    """Count one attempt at `what` from this network address; `most` is written "60 per 10 minutes".

    Raises TooManyCodes.
    """
    limiter: Limiter = current_app.extensions[EXTENSION]
    who = f"{current_scope().shop_id}:{network_address()}"
    if not limiter.limiter.hit(parse(most), what, who):
        raise TooManyCodes
