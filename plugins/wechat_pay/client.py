"""Calls of WeChat Pay's API through its library: signed, verified, and told apart into answer, refusal and silence."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from core.sdk.payments import GatewayCredentials, GatewayRefused, GatewayUnavailable
from plugins.wechat_pay.errors import (
    WRONG,
    AnswerNotVerified,
    ApiKeyMisshapen,
    KeyUnreadable,
    SignatureNotAccepted,
)

if TYPE_CHECKING:
    from plugins.wechat_pay.sdk import Client

# WeChat Pay is busy, or has not decided: the same call may be made again.
_AGAIN = frozenset(
    {
        "SYSTEM_ERROR", "SYSTEMERROR", "BANKERROR", "BIZERR_NEED_RETRY", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED",
        "RATELIMIT_EXCEEDED", "STATEMENT_CREATING", "ACCEPTED",
    }
)  # fmt: skip
_BUSY = 429
_API_KEY_LENGTH = 32
_CLIENTS_KEPT = 64

Call = Callable[["Client"], tuple[int, str | bytes]]
Answered = TypeVar("Answered")


@lru_cache(maxsize=_CLIENTS_KEPT)
def _client(base_url: str, values: tuple[tuple[str, str], ...]) -> "Client":
    from plugins.wechat_pay.sdk import Client  # noqa: PLC0415 - heavy; only shops that use it pay for it

    return Client(base_url, dict(values))


def client_for(credentials: GatewayCredentials) -> "Client":
    """The client of an account, kept between calls. Raises KeyUnreadable, ApiKeyMisshapen."""
    values = {name: value.strip() for name, value in credentials.values.items()}
    if len(values.get("api_v3_key", "").encode()) != _API_KEY_LENGTH:
        raise ApiKeyMisshapen(WRONG)
    try:
        return _client(credentials.base_url, tuple(sorted(values.items())))
    except (ValueError, KeyError) as error:
        raise KeyUnreadable(WRONG) from error


def asked(credentials: GatewayCredentials, call: Call) -> Any:
    """What WeChat Pay answers, its signature checked; {} where it answers nothing.

    Raises GatewayUnavailable, GatewayRefused with WeChat Pay's own code.
    """
    status, body = _exchanged(credentials, call)
    content = _content(status, body)
    if 200 <= status < 300:
        return content
    code = str(content.get("code") or f"http_{status}")
    if status >= 500 or status == _BUSY or code in _AGAIN:
        raise GatewayUnavailable(code)
    if code == "SIGN_ERROR":
        raise SignatureNotAccepted(code)
    raise Refusal(code, str(content.get("message", "")))


def downloaded(credentials: GatewayCredentials, url: str) -> bytes:
    """A file that WeChat Pay keeps for us at an address of its own API."""
    status, body = _exchanged(credentials, lambda client: client.download_bill(url))
    if status != 200:
        raise GatewayUnavailable(f"http_{status}")
    return body.encode() if isinstance(body, str) else body


class Refusal(GatewayRefused):
    """A refusal with WeChat Pay's own words, which say more than its code."""

    code = "wechat_pay.refused"

    def __init__(self, failure_code: str, words: str) -> None:
        super().__init__(failure_code)
        self.words = words


def _exchanged(credentials: GatewayCredentials, call: Call) -> tuple[int, str | bytes]:
    client = client_for(credentials)
    return verified_call(lambda: call(client))


def verified_call(call: Callable[[], Answered]) -> Answered:
    """What a call of the library answers. Raises GatewayUnavailable for silence, AnswerUnverified."""
    from plugins.wechat_pay.sdk import SILENCE, AnswerNotVerifiedError  # noqa: PLC0415 - as above

    try:
        return call()
    except AnswerNotVerifiedError as error:
        raise AnswerUnverified from error
    except SILENCE as error:
        raise GatewayUnavailable(type(error).__name__) from error


class AnswerUnverified(GatewayUnavailable):
    """An answer that does not prove to be WeChat Pay's: whether the call acted is unknown."""

    code = "wechat_pay.answer_unverified"

    def __init__(self) -> None:
        super().__init__("answer_not_verified")

    @property
    def as_refusal(self) -> AnswerNotVerified:
        """What it means while credentials are tried."""
        return AnswerNotVerified(WRONG)


def _content(status: int, body: str | bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        content = json.loads(body)
        return dict(content)
    except (ValueError, TypeError) as error:
        raise GatewayUnavailable("unreadable_answer" if status < 500 else f"http_{status}") from error
