"""What a group, or a product with a running activity, says when somebody shares its page."""

from collections.abc import Iterable
from urllib.parse import unquote
from uuid import UUID

from sqlalchemy import select

from core.sdk.catalog import sold_variants
from core.sdk.data import session
from core.sdk.shop import current_scope
from core.sdk.storefront import ShareFacts, product_url
from core.sdk.tables import PRODUCT
from core.sdk.words import _
from plugins.group_buy.blocks.views import group_url, money
from plugins.group_buy.domain import Standing
from plugins.group_buy.queries.activities import activity, running_activities
from plugins.group_buy.queries.groups import group_by_code

_GROUP, _PRODUCT = group_url(""), product_url("")


def share_facts(paths: Iterable[str]) -> dict[str, ShareFacts]:
    """Facts for those of the paths that are ours to speak about."""
    found = {path: _of_group(path) if path.startswith(_GROUP) else _of_product(path) for path in paths}
    return {path: facts for path, facts in found.items() if facts is not None}


def _of_group(path: str) -> ShareFacts | None:
    group = group_by_code(path.removeprefix(_GROUP))
    variant = sold_variants([group.variant_id]).get(group.variant_id) if group else None
    if group is None or variant is None or group.standing in (Standing.WAITING, Standing.ABANDONED):
        return None
    forming = group.standing is Standing.FORMING
    its = activity(group.activity_id)
    return ShareFacts(
        title=variant.product_title,
        price=money(group.price_minor),
        before=money(variant.price_minor),
        offer=_("Group of %(size)s", size=group.size),
        seats_left=group.left if forming else None,
        deadline=group.deadline if forming else None,
        ended="" if forming else _("This group has ended; you can start one of your own."),
        picture=variant.picture,
        campaign=its.title if its else "",
        faces=tuple("" if seat.state == "free" else seat.name[:1] for seat in group.seats),
    )


def _of_product(path: str) -> ShareFacts | None:
    handle = unquote(path.removeprefix(_PRODUCT)) if path.startswith(_PRODUCT) else ""
    product_id = _product_at(handle) if handle else None
    running = running_activities([product_id], limit=1) if product_id else []
    if not running or not running[0].prices:
        return None
    its = running[0]
    variant_id, price = min(its.prices.items(), key=lambda one: (one[1], one[0]))
    variant = sold_variants([variant_id]).get(variant_id)
    if variant is None or not variant.for_sale:
        return None
    return ShareFacts(
        title=variant.product_title,
        price=money(price),
        before=money(variant.price_minor),
        offer=_("Group of %(size)s", size=its.size),
        deadline=its.ends_at,
        picture=variant.picture,
        campaign=its.title,
    )


def _product_at(handle: str) -> UUID | None:
    statement = select(PRODUCT.c.id).where(
        PRODUCT.c.shop_id == current_scope().shop_id, PRODUCT.c.handle == handle
    )
    found: UUID | None = session().execute(statement).scalar()
    return found
