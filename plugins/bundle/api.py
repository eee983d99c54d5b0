"""What programs may read and do of bundles."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.sdk.api import ApiPage, ApiRoom, Get, PageAsked, PartOfApi, Send, newest
from core.sdk.commands import command
from core.sdk.errors import InputRefused
from core.sdk.values import Money
from core.sdk.words import N_, _
from plugins.bundle.actions import save_bundle, set_state
from plugins.bundle.domain import MOST_PIECES
from plugins.bundle.models import Bundle
from plugins.bundle.queries import BundleView, bundle

READ = "bundle.view"
_LONGEST, _MOST = 60, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDraft:
    """A bundle as it shall be.

    Args:
        title: what buyers read beside the discount.
        price: of the whole set; for add-ons, of one add-on.
        product_ids: products of the set, or main products.
        addon_ids: what may be added to a main product.
        pieces: how many make a set.
    """

    title: str
    price: Money
    product_ids: tuple[UUID, ...]
    starts_at: datetime
    kind: Literal["any", "addon"] = "any"
    pieces: int = 3
    addon_ids: tuple[UUID, ...] = ()
    ends_at: datetime | None = None


@command("bundle.manage")
def make_bundle(*, draft: BundleDraft) -> UUID:
    """Write a bundle down as a draft."""
    return save_bundle(data=_checked(draft))


@command("bundle.manage")
def change_bundle(*, bundle_id: UUID, draft: BundleDraft) -> None:
    """Make a bundle be like this. Raises NotFound, InputRefused."""
    save_bundle(data=_checked(draft), bundle_id=bundle_id)


def _checked(draft: BundleDraft) -> dict[str, object]:
    fields = {
        "title": 1 <= len(draft.title.strip()) <= _LONGEST,
        "pieces": 2 <= draft.pieces <= MOST_PIECES,
        "price": draft.price.minor >= 0,
        "product_ids": 1 <= len(draft.product_ids) <= _MOST,
        "addon_ids": len(draft.addon_ids) <= _MOST,
        "ends_at": draft.ends_at is None or draft.ends_at > draft.starts_at,
    }
    wrong = {name: [_("This does not fit.")] for name, fits in fields.items() if not fits}
    if wrong:
        raise InputRefused(wrong)
    return {name: getattr(draft, name) for name in BundleDraft.__slots__}


def list_bundles(*, page: PageAsked) -> ApiPage[BundleView]:
    """The shop's bundles, newest first."""
    ids, after = newest(Bundle, page)
    return ApiPage([bundle(one) for one in ids], after)


API = PartOfApi(
    admin=ApiRoom(
        name="bundle",
        title=N_("Bundles"),
        about=N_("Sets of products for one price, and add-ons to a main product."),
        routes=(
            Get("/bundles", list_bundles, READ),
            Get("/bundles/<uuid:bundle_id>", bundle, READ, row=Bundle),
            Send("POST", "/bundles", make_bundle, whole="draft", stands_for=save_bundle),
            Send("PUT", "/bundles/<uuid:bundle_id>", change_bundle, whole="draft"),
            Send("PUT", "/bundles/<uuid:bundle_id>/state", set_state),
        ),
    )
)
