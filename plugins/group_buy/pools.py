"""Which pools of core count what: seats of a group, one seat per buyer, pieces per buyer, pieces of the activity."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from core.sdk.reservations import Holder, NewPool
from core.sdk.shop import current_scope

OWNER = "group_buy"
SEAT, MEMBER, CUSTOMER, STOCK = "seat", "member", "customer", "stock"
DAY, PRODUCT, ADDRESS, PAYER = "day", "product", "address", "payer"
UNPAID, NOTE = "unpaid", "note"
NEWCOMER, DRAW, DECLARED, PERK = "newcomer", "draw", "declared", "perk"
# A draw that nobody carried out in this time sends every payment back.
DRAW_WITHIN = timedelta(days=3)


def seat_pool(
    group_id: UUID,
    *,
    size: int | None = None,
    window_seconds: int | None = None,
    hard_deadline: datetime | None = None,
    least: int | None = None,
) -> NewPool:
    """The seats of a group: one unit per member, closed by itself when all are paid; only its maker gives the numbers.

    `least` paid seats are enough at the deadline.
    """
    return NewPool(
        OWNER,
        SEAT,
        str(group_id),
        capacity=size,
        threshold=size,
        window_seconds=window_seconds,
        hard_deadline=hard_deadline,
        least=least,
    )


def member_pool(group_id: UUID, customer_id: UUID) -> NewPool:
    """One seat of a group per buyer."""
    return NewPool(OWNER, MEMBER, f"{group_id}:{customer_id}", capacity=1)


def customer_pool(activity_id: UUID, customer_id: UUID, limit: int | None) -> NewPool:
    """Pieces that one buyer can have of an activity; counted even without a limit, so that one can be set later."""
    return NewPool(OWNER, CUSTOMER, f"{activity_id}:{customer_id}", capacity=limit)


def stock_pool(activity_id: UUID, cap: int | None) -> NewPool:
    """Pieces of an activity at the group price; counted even without a cap."""
    return NewPool(OWNER, STOCK, str(activity_id), capacity=cap)


def shop_day(moment: datetime) -> date:
    """The day on which an instant lies in the shop's zone: limits of a day begin anew at the shop's midnight."""
    return moment.astimezone(current_scope().zone).date()


def day_pool(activity_id: UUID, customer_id: UUID, day: date, limit: int | None) -> NewPool:
    """Pieces of an activity that one buyer can have in a day, as `shop_day` says."""
    return NewPool(OWNER, DAY, f"{activity_id}:{customer_id}:{day.isoformat()}", capacity=limit)


def product_pool(product_id: UUID, customer_id: UUID, limit: int | None) -> NewPool:
    """Pieces of a product that one buyer can have in groups, over all activities; counted even without a limit."""
    return NewPool(OWNER, PRODUCT, f"{product_id}:{customer_id}", capacity=limit)


def address_pool(activity_id: UUID, address: Mapping[str, Any], limit: int) -> NewPool | None:
    """Pieces that can go to one address; None for an order without one (it is fetched)."""
    return _of_words(ADDRESS, activity_id, address_key(address), limit)


def payer_pool(activity_id: UUID, contact: Mapping[str, Any], limit: int) -> NewPool | None:
    """Pieces that can be ordered with one phone number, or e-mail address where there is none."""
    return _of_words(PAYER, activity_id, payer_key(contact), limit)


def address_key(address: Mapping[str, Any]) -> str:
    """An address without what people write differently; "" for none."""
    words = "".join(str(address.get(name) or "") for name in ("region", "city", "line1", "line2"))
    return "".join(letter for letter in words.casefold() if letter.isalnum())


def payer_key(contact: Mapping[str, Any]) -> str:
    """The digits of a phone number, or an e-mail address; "" for neither."""
    digits = "".join(letter for letter in str(contact.get("phone") or "") if letter.isdigit())[-11:]
    return digits or str(contact.get("email") or "").strip().casefold()


def _of_words(kind: str, activity_id: UUID, words: str, limit: int) -> NewPool | None:
    if not words:
        return None
    # Only a fingerprint of what people typed is kept.
    fingerprint = hashlib.sha256(words.encode()).hexdigest()[:32]
    return NewPool(OWNER, kind, f"{activity_id}:{fingerprint}", capacity=limit)


def newcomer_pool(customer_id: UUID) -> NewPool:
    """Nobody is a newcomer twice."""
    return NewPool(OWNER, NEWCOMER, str(customer_id), capacity=1)


def draw_pool(group_id: UUID, size: int, window: timedelta) -> NewPool:
    """What keeps the orders of a complete lottery group from shipping until the draw; it never fills by itself."""
    seconds = int((window + DRAW_WITHIN).total_seconds())
    return NewPool(OWNER, DRAW, str(group_id), capacity=size, threshold=size + 1, window_seconds=seconds)


def prize_holders(group_id: UUID, winners: int) -> list[Holder]:
    """Who keeps the goods of a lottery group until they are the winners' own: one holder for each piece."""
    return [Holder("order", uuid5(group_id, f"prize-{number}")) for number in range(winners)]


def unpaid_pool(customer_id: UUID, most: int) -> NewPool:
    """Seats that one buyer keeps without having paid, over all groups; another limit begins another count."""
    return NewPool(OWNER, UNPAID, f"{customer_id}:{most}", capacity=most)


def unpaid_device_pool(device: str, most: int) -> NewPool:
    """The same for one network address, of which only a fingerprint is kept."""
    fingerprint = hashlib.sha256(f"{current_scope().shop_id}/{device}".encode()).hexdigest()[:32]
    return NewPool(OWNER, UNPAID, f"device:{fingerprint}:{most}", capacity=most)


def declared_pool(day: date, limit: int) -> NewPool:
    """Groups that the merchant completes in a day."""
    return NewPool(OWNER, DECLARED, day.isoformat(), capacity=limit)


def note_pool(group_id: UUID, day: date, limit: int) -> NewPool:
    """What a merchant writes to the members of a group in a day."""
    return NewPool(OWNER, NOTE, f"{group_id}:{day.isoformat()}:{limit}", capacity=limit)


def perk_pools(
    activity_id: UUID, customer_id: UUID, per_person: int | None, in_all: int | None
) -> tuple[NewPool, NewPool]:
    """Perks that one buyer can have, and that an activity gives."""
    return (
        NewPool(OWNER, PERK, f"{activity_id}:{customer_id}", capacity=per_person),
        NewPool(OWNER, PERK, str(activity_id), capacity=in_all),
    )
