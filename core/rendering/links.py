"""Addresses of the storefront, and links inside page data turned into them; nothing here asks the database."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from marshmallow import ValidationError

from core.kernel.i18n import N_, gettext
from core.rendering.console.fields import TypedField

HOME = "/"
COLLECTIONS = "/collections"
SEARCH = "/search"
CART = "/cart"
CHECKOUT = "/checkout"
ACCOUNT = "/account"
ORDERS = "/account/orders"
LOGIN = "/login"
MAILBOX = "/mailbox"
SHARE = "/share"
FIND_ORDER = "/find-order"


def product_url(handle: str, variant_id: object = None) -> str:
    """Page of a product, with a chosen variant when one is given."""
    return f"/products/{quote(handle)}" + (f"?{urlencode({'variant': variant_id})}" if variant_id else "")


def reviews_url(handle: str, **narrowed: object) -> str:
    """Page with all reviews of a product, narrowed and ordered by `narrowed`."""
    query = urlencode({name: value for name, value in narrowed.items() if value})
    return f"/products/{quote(handle)}/reviews" + (f"?{query}" if query else "")


def review_url(order_code: str, line_id: object) -> str:
    """Page to write the review of an order's line."""
    return f"/orders/{quote(order_code)}/review/{line_id}"


def collection_url(handle: str) -> str:
    """Page of a collection."""
    return f"{COLLECTIONS}/{quote(handle)}"


def content_url(handle: str) -> str:
    """Page of the merchant's own words."""
    return f"/policies/{quote(handle)}"


def order_url(code: str) -> str:
    """Page of an order, by its opaque code."""
    return f"/orders/{quote(code)}"


def share_url(code: str) -> str:
    """Page with everything to share, by the code of a share link."""
    return f"{SHARE}/{quote(code)}"


def plugin_url(plugin: str) -> str:
    """Front page of a plugin in the storefront."""
    return f"/x/{quote(plugin.replace('_', '-'))}/"


def search_url(words: str) -> str:
    """Results for some words."""
    return f"{SEARCH}?{urlencode({'q': words})}"


def login_url(back_to: str) -> str:
    """Log-in that leads back to a path of this shop."""
    return f"{LOGIN}?{urlencode({'next': back_to})}"


def own_path(text: str | None) -> str:
    """`text` if it is a path of this shop, else the home page: what a `next` parameter may lead to."""
    path = text or ""
    safe = (
        path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and path.isprintable()
        and "\\" not in path
    )
    return path if safe and len(path) <= 2_000 else HOME


_BY_HANDLE = {"product": product_url, "collection": collection_url, "page": content_url, "search": search_url}
_FIXED = {"home": HOME, "collections": COLLECTIONS, "cart": CART, "account": ACCOUNT}
LINK_KINDS = (*_FIXED, *_BY_HANDLE, "plugin", "path", "url", "phone", "none")


def link_target(link: Mapping[str, Any] | None) -> str:
    """The address that a stored link `{"kind": …, "ref": …}` means; empty for none."""
    kind, ref = (link or {}).get("kind", "none"), str((link or {}).get("ref", ""))
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _BY_HANDLE:
        return _BY_HANDLE[kind](ref)
    if kind == "phone":
        return f"tel:{quote(ref, safe='+')}"
    if kind == "plugin":
        return plugin_url(ref)
    return ref if kind in ("path", "url") else ""


# Kinds of links that name something by a reference, and so need one.
REFERRING_KINDS = (*_BY_HANDLE, "plugin", "path", "url", "phone")


class LinkField(TypedField[dict[str, str]]):
    """A link in page data: `{"kind": "collection", "ref": "winter"}`; addresses elsewhere must be https."""

    def _loaded(self, value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping) or value.get("kind") not in LINK_KINDS:
            raise ValidationError(gettext(N_("Choose where this leads.")))
        kind, ref = str(value["kind"]), str(value.get("ref", "")).strip()
        if kind in REFERRING_KINDS and not ref:
            raise ValidationError(gettext(N_("Choose where this leads.")))
        if len(ref) > 500 or not ref.isprintable():
            raise ValidationError(gettext(N_("This address is too long.")))
        if kind == "path" and own_path(ref) != ref:
            raise ValidationError(gettext(N_("A path of the shop begins with one slash.")))
        if kind == "url" and not _is_https(ref):
            raise ValidationError(gettext(N_("An address elsewhere begins with https://.")))
        return {"kind": kind, "ref": ref} if ref else {"kind": kind}

    def _typed(self, value: Any) -> dict[str, str]:
        given = value if isinstance(value, Mapping) else {}
        return {"kind": str(given.get("kind", "")), "ref": str(given.get("ref", ""))}


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
