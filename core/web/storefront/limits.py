"""How often one address may do what costs money or gives something away: codes, checkouts, searches."""

from flask import request
from flask_limiter import Limiter

from core.kernel.tenancy import scope_or_none


def _who() -> str:
    scope = scope_or_none()
    return f"{scope.shop_id if scope else '-'}:{request.remote_addr or '-'}"


# Counted in each process; a family or an office behind one address must still be able to buy.
limiter = Limiter(key_func=_who, storage_uri="memory://")

CODES = "60 per 10 minutes"
TRIES = "120 per 10 minutes"
CHECKOUT = "90 per minute"
SEARCH = "90 per minute"
SHARES = "60 per 10 minutes"
POSTERS = "60 per 10 minutes"
AFTERSALE = "90 per 10 minutes"
REVIEWS = "60 per 10 minutes"
REPORTS = "30 per 10 minutes"
PAYING = "60 per minute"
