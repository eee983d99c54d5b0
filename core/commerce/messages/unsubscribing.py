"""Links that let the receiver of a message refuse its kind, without a log-in and without naming anybody else."""

import base64
import binascii
import hmac

from core.commerce.messages.outside import signature
from core.commerce.messages.topics import Topic
from core.kernel.tenancy import current_scope

PATH = "/unsubscribe/"


def unsubscribe_path(contact: str, group: str) -> str:
    """The page where whoever holds `contact` refuses the topics of `group`."""
    token = base64.urlsafe_b64encode(f"{contact}\n{group}".encode()).decode().rstrip("=")
    return f"{PATH}{token}.{_proof(contact, group)}"


def wish_in(token: str) -> tuple[str, str] | None:
    """(contact, group) of a token that was made here for this shop, or None."""
    packed, _, proof = token.partition(".")
    try:
        text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (ValueError, binascii.Error):
        return None
    contact, _, group = text.partition("\n")
    if not group or not hmac.compare_digest(proof.encode(), _proof(contact, group).encode()):
        return None
    return contact, group


def offers_unsubscribing(topic: Topic, channel: str) -> bool:
    """Whether messages of `topic` carry the link: every e-mail that may be refused, text messages with offers."""
    return topic.refusable and (channel == "email" or (channel == "sms" and topic.kind == "promotional"))


def _proof(contact: str, group: str) -> str:
    return signature(f"unsubscribe/{current_scope().shop_id}/{contact}/{group}")
