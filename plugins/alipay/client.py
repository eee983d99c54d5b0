"""Calls of Alipay's API through its library: signed, verified, and told apart into answer, refusal and silence."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.sdk.clock import now
from core.sdk.payments import GatewayCredentials, GatewayRefused, GatewayUnavailable
from plugins.alipay.domain import beijing_time
from plugins.alipay.errors import WRONG, AnswerNotVerified, KeyUnreadable

if TYPE_CHECKING:
    from plugins.alipay.sdk import Client

_CLIENTS_KEPT = 64
_DONE = "10000"
# Alipay is out of order, or has not decided: the same call may be made again.
_OUT_OF_ORDER = "20000"
_AGAIN = ("SYSTEM_ERROR", "SYSTEM_BUSY", "isp.", "aop.", "call-limited", "unknow-error")


class Refusal(GatewayRefused):
    """A refusal that Alipay signed; `failure_code` is its `sub_code`."""

    code = "alipay.refused"


class UnsignedRefusal(GatewayRefused):
    """A refusal without a signature: Alipay could not tell who asked, so it says nothing about a payment."""

    code = "alipay.refused_unsigned"


class AnswerUnverified(GatewayUnavailable):
    """An answer that does not prove to be Alipay's: whether the call acted is unknown."""

    code = "alipay.answer_unverified"

    def __init__(self) -> None:
        super().__init__("answer_not_verified")

    @property
    def as_refusal(self) -> AnswerNotVerified:
        """What it means while credentials are tried."""
        return AnswerNotVerified(WRONG)


@lru_cache(maxsize=_CLIENTS_KEPT)
def _client(base_url: str, values: tuple[tuple[str, str], ...]) -> "Client":
    from plugins.alipay.sdk import Client  # noqa: PLC0415 - heavy; only shops that use it pay for it

    return Client(base_url, dict(values))


def client_for(credentials: GatewayCredentials) -> "Client":
    """The client of an account, kept between calls. Raises KeyUnreadable."""
    values = tuple(sorted((name, value.strip()) for name, value in credentials.values.items()))
    try:
        return _client(credentials.base_url, values)
    except (ValueError, KeyError) as error:
        raise KeyUnreadable(WRONG) from error


def asked(credentials: GatewayCredentials, method: str, **question: Any) -> dict[str, str]:
    """What Alipay answers, its signature checked.

    Raises GatewayUnavailable; GatewayRefused with Alipay's own code.
    """
    client = client_for(credentials)
    answer = _verified(lambda: client.server_api(method, question, timestamp=beijing_time(now())))
    code, sub_code = str(answer.get("code", "")), str(answer.get("sub_code", ""))
    if code == _DONE:
        return answer
    raise trouble(code, sub_code, Refusal)


def trouble(code: str, sub_code: str, kind: type[GatewayRefused]) -> GatewayRefused | GatewayUnavailable:
    """What an answer that is not "done" means: try again, or a refusal of `kind`."""
    said = sub_code or code or "unreadable_answer"
    if code == _OUT_OF_ORDER or not code or any(part in sub_code for part in _AGAIN):
        return GatewayUnavailable(said)
    return kind(said)


def _verified(call: Callable[[], Any]) -> dict[str, str]:
    from plugins.alipay.sdk import NOT_VERIFIED, SILENCE, UNSIGNED  # noqa: PLC0415 - as above

    try:
        return dict(call())
    except UNSIGNED as error:
        raise _unsigned(str(error)) from error
    except SILENCE as error:
        raise GatewayUnavailable(type(error).__name__) from error
    except NOT_VERIFIED as error:
        raise AnswerUnverified from error


def _unsigned(words: str) -> GatewayRefused | GatewayUnavailable:
    """The library has the raw answer only as the end of its error's words."""
    try:
        content = json.loads(words[words.index("{") :])
        said = next(value for value in content.values() if isinstance(value, dict))
        return trouble(str(said.get("code", "")), str(said.get("sub_code", "")), UnsignedRefusal)
    except (ValueError, AttributeError, StopIteration):
        return GatewayUnavailable("unreadable_answer")
