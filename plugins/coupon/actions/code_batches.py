"""Codes of a campaign: a public one, a batch of unique ones, codes from elsewhere; and switching them off."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk.clock import now
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import InputRefused, NotFound
from core.sdk.shop import current_scope
from core.sdk.words import _
from plugins.coupon.codes import code_hash, hint, is_importable, new_unique_code, normalised
from plugins.coupon.errors import refused
from plugins.coupon.models import Campaign, Code, CodeBatch

MOST_CODES = 10_000


@command("coupon.manage")
def make_codes(*, campaign_id: UUID, name: str, count: int) -> tuple[UUID, tuple[str, ...]]:
    """Make unique codes, each good for one coupon; returns the batch and the codes, which nobody can read later.

    Raises NotFound, InputRefused.
    """
    if not 1 <= count <= MOST_CODES:
        raise InputRefused({"count": [_("Choose 1 to %(most)s.", most=MOST_CODES)]})
    codes = tuple(new_unique_code() for _number in range(count))
    return _write(campaign_id, name, codes, max_uses=1), codes


@command("coupon.manage")
def import_codes(*, campaign_id: UUID, name: str, codes: Sequence[str]) -> UUID:
    """Take over codes from elsewhere, each good for one coupon. Raises NotFound, InputRefused, bad_codes."""
    given = [code for code in codes if normalised(code)]
    if not 1 <= len(given) <= MOST_CODES:
        raise InputRefused({"codes": [_("Choose 1 to %(most)s.", most=MOST_CODES)]})
    distinct = {normalised(code) for code in given}
    bad = len(given) - len(distinct) + sum(not is_importable(code) for code in distinct)
    known = session().scalars(select(Code.id).where(Code.code_hash.in_([code_hash(one) for one in distinct])))
    bad += len(known.all())
    if bad:
        raise refused("bad_codes", count=bad)
    return _write(campaign_id, name, tuple(given), max_uses=1)


@command("coupon.manage")
def make_public_code(*, campaign_id: UUID, text: str, max_uses: int | None = None) -> UUID:
    """A code that everybody may know, such as TEA2026, good for `max_uses` coupons (None: as the campaign has).

    Raises NotFound, InputRefused.
    """
    if not is_importable(text):
        raise InputRefused({"text": [_("Use 6 to 40 letters and digits.")]})
    known = session().scalars(select(Code.id).where(Code.code_hash == code_hash(text))).first()
    if known is not None:
        raise InputRefused({"text": [_("This code exists already.")]})
    shown = text.strip().upper()
    return _write(campaign_id, shown, (shown,), max_uses=max_uses, shown=shown)


def _write(
    campaign_id: UUID, name: str, codes: Sequence[str], *, max_uses: int | None, shown: str = ""
) -> UUID:
    campaign = session().scalars(select(Campaign).where(Campaign.id == campaign_id)).first()
    if campaign is None:
        raise NotFound
    batch = CodeBatch(
        id=new_id(), campaign_id=campaign_id, name=name, count=len(codes), public=bool(shown), shown=shown
    )
    session().add(batch)
    session().flush()
    shop_id = current_scope().shop_id
    for start in range(0, len(codes), 1_000):
        rows = [
            {
                "shop_id": shop_id,
                "id": new_id(),
                "campaign_id": campaign_id,
                "batch_id": batch.id,
                "code_hash": code_hash(code),
                "hint": hint(code),
                "max_uses": max_uses,
                "uses": 0,
            }
            for code in codes[start : start + 1_000]
        ]
        session().execute(insert(Code), rows)
    return batch.id


@command("coupon.manage")
def disable_codes(*, batch_id: UUID) -> int:
    """Let no code of a batch be used any more; coupons that came of them stay. Returns how many were switched off."""
    statement = (
        update(Code)
        .where(Code.shop_id == current_scope().shop_id, Code.batch_id == batch_id, Code.disabled_at.is_(None))
        .values(disabled_at=now())
        .returning(Code.id)
        .execution_options(synchronize_session=False)
    )
    return len(session().execute(statement).all())
