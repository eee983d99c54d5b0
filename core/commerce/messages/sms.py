"""Text messages: a small interface, and one adapter that speaks to any provider behind a few lines of HTTP.

The adapter posts `{"id", "to", "text", "signature_name"}` as JSON. Two headers prove who sends and when:
`X-Pinpu-Timestamp` (seconds) and `X-Pinpu-Signature: sha256=<hex>`, the HMAC-SHA256 of `<timestamp>.<body>` under the
secret that both sides know. Any 2xx means taken; 429 and 5xx mean "come again"; any other answer refuses the message.
`id` stays the same for one message, so that the other side can see a repetition.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Protocol

from core.commerce.messages.outcomes import Outcome
from core.commerce.messages.posting import post_json
from core.kernel.clock import now


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text message to one number."""

    id: str
    to: str
    text: str
    signature_name: str = ""


class SmsGateway(Protocol):
    """Hands text messages to a provider."""

    def send(self, message: TextMessage) -> Outcome:
        """Try once; never raises. "unknown" when no answer came: it is not sent again by itself."""


@dataclass(frozen=True, slots=True)
class HttpSms:
    """The adapter for a provider, or a small bridge of one's own, that takes signed JSON."""

    url: str
    secret: str

    def send(self, message: TextMessage) -> Outcome:
        """Post it."""
        body = json.dumps(
            {
                "id": message.id,
                "to": message.to,
                "text": message.text,
                "signature_name": message.signature_name,
            },
            ensure_ascii=False,
        ).encode()
        stamp = str(int(now().timestamp()))
        proof = hmac.new(self.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        answer = post_json(
            self.url, body, {"X-Pinpu-Timestamp": stamp, "X-Pinpu-Signature": f"sha256={proof}"}
        )
        if isinstance(answer, Outcome):
            return answer
        said = f"{answer.status} {answer.text}".strip()
        if 200 <= answer.status < 300:
            return Outcome("sent", answer=said)
        if answer.status == 429 or answer.status >= 500:
            return Outcome("later", "busy", said)
        return Outcome("refused", "http", said)
