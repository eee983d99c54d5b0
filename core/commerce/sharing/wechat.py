"""WeChat's JS-SDK, so that a page shared inside WeChat shows the card that we want: its ticket, and how pages are signed.

Source: WeChat's documentation "JS-SDK 说明文档", steps and appendix 1 (signature), as of 2026.
"""

import hashlib
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from core.kernel.clock import now

API = "https://api.weixin.qq.com"
_SECONDS = 8.0
_LARGEST = 64_000


class WeChatRefused(Exception):
    """WeChat did not give what was asked for; the text is its own, with its number."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What signs pages, and until when."""

    value: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class WeChat:
    """One shop's account at WeChat."""

    app_id: str
    secret: str = field(repr=False)
    api: str = API

    def ticket(self) -> Ticket:
        """A fresh ticket. Raises WeChatRefused, also when WeChat cannot be reached."""
        asked = now()
        token = self._asked(
            "/cgi-bin/token", grant_type="client_credential", appid=self.app_id, secret=self.secret
        )
        found = self._asked(
            "/cgi-bin/ticket/getticket", access_token=str(token.get("access_token", "")), type="jsapi"
        )
        if not found.get("ticket"):
            raise WeChatRefused("no ticket in the answer")
        return Ticket(str(found["ticket"]), asked + timedelta(seconds=int(found.get("expires_in", 7200))))

    def _asked(self, path: str, **query: str) -> Mapping[str, Any]:
        try:
            # `api` is a constant of ours, never typed by anybody.
            with urllib.request.urlopen(f"{self.api}{path}?{urlencode(query)}", timeout=_SECONDS) as answer:  # noqa: S310
                said = json.loads(answer.read(_LARGEST))
        except (OSError, ValueError) as error:
            # The error may quote the address, which holds the secret.
            raise WeChatRefused(type(getattr(error, "reason", error)).__name__) from None
        if not isinstance(said, dict):
            raise WeChatRefused("not an object")
        if said.get("errcode"):
            raise WeChatRefused(f"{said['errcode']} {str(said.get('errmsg', ''))[:200]}")
        return said


def page_signature(*, ticket: str, url: str, nonce: str = "", at: datetime | None = None) -> dict[str, Any]:
    """What WeChat's `wx.config` wants for the page at `url`: timestamp, nonceStr and signature.

    Args:
        ticket: the shop's ticket.
        url: the page's address as the browser has it; what follows # is left out, as WeChat does.
        nonce: letters and digits; made when empty.
        at: when it is signed (aware UTC); now when None.
    """
    nonce, stamp = nonce or secrets.token_hex(8), int((at or now()).timestamp())
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={stamp}&url={url.partition('#')[0]}"
    return {
        "timestamp": stamp,
        "nonceStr": nonce,
        "signature": hashlib.sha1(signed.encode()).hexdigest(),  # noqa: S324 - WeChat asks for SHA-1
    }
