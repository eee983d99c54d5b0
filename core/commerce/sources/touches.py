"""What a browser remembers of where it came from: the first and the last touch, without a word about the person."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from core.kernel.clock import now

# For how long an order is put down to the touch that came last.
ATTRIBUTED = timedelta(days=30)
KINDS = ("link", "utm", "site")
_LONGEST = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody came from somewhere: by a source link (`name` its code), by utm_source, or from another site (its host)."""

    kind: str
    name: str
    at: datetime
    campaign: str = ""

    @property
    def source(self) -> str:
        """The key under which customers and orders are counted: "link:Ab3dE9", "utm:newsletter", "site:example.com"."""
        return f"{self.kind}:{self.name}"

    def as_json(self) -> dict[str, str]:
        """As kept with customers and orders."""
        said = {"kind": self.kind, "name": self.name, "at": self.at.isoformat()}
        return said | ({"campaign": self.campaign} if self.campaign else {})


@dataclass(frozen=True, slots=True)
class Touches:
    """The first and the last touch of a browser; none for those who came by themselves."""

    first: Touch | None = None
    last: Touch | None = None

    def then(self, touch: Touch) -> "Touches":
        """With one more touch."""
        return Touches(self.first or touch, touch)

    @property
    def recent(self) -> Touch | None:
        """The last touch, unless it is too long ago for an order to be put down to it."""
        return self.last if self.last and now() - self.last.at <= ATTRIBUTED else None

    def as_json(self) -> dict[str, Any]:
        """As kept with orders."""
        known = {"first": self.first, "last": self.last}
        return {name: touch.as_json() for name, touch in known.items() if touch}


def as_cookie(touches: Touches) -> str:
    """The touches as ASCII; read again by `from_cookie`."""
    return "|".join(_written(one) for one in (touches.first, touches.last) if one)


def _written(touch: Touch) -> str:
    minutes = str(int((touch.at - _EPOCH).total_seconds()) // 60)
    return ":".join((touch.kind, quote(touch.name, safe=""), quote(touch.campaign, safe=""), minutes))


def from_cookie(text: str) -> Touches:
    """What `as_cookie` wrote; anything else is as good as nothing."""
    parts = [_read(part) for part in text.split("|")] if text else []
    found = [one for one in parts if one is not None]
    return Touches(found[0], found[-1]) if found and len(parts) <= 2 else Touches()


def _read(part: str) -> Touch | None:
    fields = part.split(":")
    if len(fields) != 4 or fields[0] not in KINDS or not fields[3].isdecimal() or len(fields[3]) > 9:
        return None
    name, campaign = _plain(unquote(fields[1])), _plain(unquote(fields[2]))
    at = _EPOCH + timedelta(minutes=int(fields[3]))
    return Touch(fields[0], name, at, campaign) if name and at <= now() else None


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()[:_LONGEST]


def touch_of(args: Mapping[str, str], referrer: str | None, own_host: str) -> Touch | None:
    """What an address and a referrer say about where this request came from; None for nothing."""
    name = _plain(args.get("utm_source", "")).casefold()
    if name:
        return Touch("utm", name, now(), _plain(args.get("utm_campaign", "")))
    host = _host(referrer)
    return Touch("site", host, now()) if host and host != own_host.casefold() else None


def _host(referrer: str | None) -> str:
    try:
        parts = urlsplit((referrer or "")[:2_000])
        host = (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
    return _plain(host.casefold().removeprefix("www."))


_NOWHERE = Touches()
_touches: ContextVar[Touches] = ContextVar("touches", default=_NOWHERE)


def current_touches() -> Touches:
    """Where the browser of this request came from; nothing outside of a storefront request."""
    return _touches.get()


@contextmanager
def coming_from(touches: Touches) -> Iterator[None]:
    """Let customers and orders that begin inside the block be put down to `touches`."""
    token = _touches.set(touches)
    try:
        yield
    finally:
        _touches.reset(token)
