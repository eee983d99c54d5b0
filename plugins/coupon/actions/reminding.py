"""Telling people once that a coupon is about to run out."""

from uuid import UUID

from core.sdk.commands import command
from core.sdk.messages import send_message
from plugins.coupon.domain import Standing
from plugins.coupon.queries.wallet import coupon


@command("system")
def remind(*, instance_id: UUID) -> None:
    """Tell the owner that the coupon runs out; one that is used, locked, given or revoked needs no word."""
    found = coupon(instance_id)
    if found is None or found.standing is not Standing.AVAILABLE or found.campaign_state == "paused":
        return
    about = {
        "coupon_title": found.terms.title,
        "coupon_link": "/x/coupon/mine",
        "valid_to": found.valid_to,
    }
    send_message(
        topic="coupon.expiring", customer_id=found.customer_id, about=about, dedupe_key=str(found.id)
    )
