"""What a merchant does with a bundle: write it down, publish it, end it; and deleting all of them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from core.sdk.campaigns import margin_warnings, refuse_losses
from core.sdk.commands import command
from core.sdk.data import new_id, session
from core.sdk.errors import NotFound
from core.sdk.hooks import PurgeItem, PurgePlan
from core.sdk.shop import bump_epoch, current_scope
from core.sdk.words import _
from plugins.bundle.models import Bundle
from plugins.bundle.queries import bundle, least_prices


@command("bundle.manage")
def save_bundle(*, data: Mapping[str, Any], bundle_id: UUID | None = None) -> UUID:
    """Write a bundle down (fields of BundleSchema); a new one is a draft, a change is a new version.

    Raises NotFound, and SoldAtALoss for one that is published in a shop that wants a margin.
    """
    row = _locked(bundle_id) if bundle_id else Bundle(id=new_id(), version=0, state="draft")
    row.title, row.kind, row.price_minor = data["title"], data["kind"], data["price"].minor
    row.pieces = data["pieces"] if data["kind"] == "any" else 1
    row.product_ids = [str(one) for one in data["product_ids"]]
    row.addon_ids = [str(one) for one in data["addon_ids"]] if data["kind"] == "addon" else []
    row.starts_at, row.ends_at = data["starts_at"], data["ends_at"]
    row.version += 1
    session().add(row)
    session().flush()
    if row.state == "published":
        refuse_losses(margin_warnings(least_prices(bundle(row.id))))
    bump_epoch()
    return row.id


@command("bundle.manage")
def set_state(*, bundle_id: UUID, state: str) -> None:
    """Publish ("published") or end ("closed") a bundle. Raises NotFound, and SoldAtALoss where the shop wants a margin."""
    row = _locked(bundle_id)
    if state == "published":
        refuse_losses(margin_warnings(least_prices(bundle(bundle_id))))
    row.state = state
    bump_epoch()


def _locked(bundle_id: UUID) -> Bundle:
    wanted = select(Bundle).where(Bundle.id == bundle_id).with_for_update(key_share=True)
    row = session().scalars(wanted.execution_options(populate_existing=True)).first()
    if row is None or row.state == "closed":
        raise NotFound
    return row


def purge(*, dry_run: bool) -> PurgePlan:
    """Delete every bundle of this shop."""
    count = session().execute(select(func.count()).select_from(Bundle)).scalar_one()
    if not dry_run:
        session().execute(delete(Bundle).where(Bundle.shop_id == current_scope().shop_id))
    return PurgePlan((PurgeItem(_("bundles"), count),), (_("Orders stay, with their prices and reasons."),))
