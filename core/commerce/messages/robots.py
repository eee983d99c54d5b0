"""The merchant's own group robot: a webhook of WeCom, DingTalk or Feishu that writes into a group chat."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.posting import Answer, post_json
from core.kernel.clock import now

KINDS = ("wecom", "dingtalk", "feishu")
_HOSTS = {
    "qyapi.weixin.qq.com": "wecom",
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
}
# Answers that mean "too much at once": WeCom 45009, DingTalk 660026 and 130101, Feishu 9499 and 11232.
_BUSY = {45009, 660026, 130101, 9499, 11232}
_LONGEST_BYTES = 2000


def kind_of(url: str) -> str:
    """Which service an address belongs to, or ""."""
    return _HOSTS.get(urlsplit(url).hostname or "", "")


def tell_group(*, kind: str, url: str, secret: str, text: str) -> Outcome:
    """Write `text` into the group; never raises."""
    shortened = text.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore")
    address, body = _request(kind, url, secret, shortened)
    answer = post_json(address, json.dumps(body, ensure_ascii=False).encode(), {})
    return answer if isinstance(answer, Outcome) else _judged(answer)


def _request(kind: str, url: str, secret: str, text: str) -> tuple[str, Mapping[str, Any]]:
    seconds = int(now().timestamp())
    if kind == "feishu":
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if secret:
            key = f"{seconds}\n{secret}".encode()
            body |= {"timestamp": str(seconds), "sign": _signed(key, b"")}
        return url, body
    if kind == "dingtalk" and secret:
        stamp = seconds * 1000
        sign = _signed(secret.encode(), f"{stamp}\n{secret}".encode())
        url = f"{url}{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(sign)}"
    return url, {"msgtype": "text", "text": {"content": text}}


def _signed(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _judged(answer: Answer) -> Outcome:
    """All three answer 200 to everything and say in the body how it went."""
    said = f"{answer.status} {answer.text}".strip()
    if answer.status == 429 or answer.status >= 500:
        return Outcome("later", "busy", said)
    code = answer.said.get("errcode", answer.said.get("code", answer.said.get("StatusCode")))
    if answer.status != 200 or not isinstance(code, int):
        return Outcome("refused", "http" if answer.said else "not_json", said)
    if code == 0:
        return Outcome("sent", answer=said)
    return Outcome("later", "busy", said) if code in _BUSY else Outcome("refused", "http", said)
