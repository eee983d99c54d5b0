"""The header by which a program says who it is."""

from flask import request

_LONGEST = 200


def bearer_token() -> str:
    """The token of the header Authorization: Bearer; "" for none, or for what cannot be one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or len(token) > _LONGEST or not token.isascii() or not token.isprintable():
        return ""
    return token
