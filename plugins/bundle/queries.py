"""Reads of bundles: the facts of a basket, lists, campaigns, what a product page says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, or_, select

from core.sdk.campaigns import Campaign, TrialRules
from core.sdk.data import HotStatement, session
from core.sdk.errors import NotFound
from core.sdk.shop import current_scope
from core.sdk.tables import VARIANT
from core.sdk.values import Money, PriceInput, Stage
from core.sdk.words import _
from plugins.bundle.domain import ANY, Terms, adjustments
from plugins.bundle.models import Bundle

# So many run at once in a shop at most; further ones are left out of baskets.
MOST_RUNNING = 200


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle as it stands."""

    id: UUID
    title: str
    kind: str
    state: str
    pieces: int
    price: Money
    product_ids: tuple[UUID, ...]
    addon_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime | None
    version: int

    @property
    def terms(self) -> Terms:
        """What of it is frozen into baskets."""
        return Terms(
            id=str(self.id),
            version=self.version,
            title=self.title,
            kind=self.kind,
            pieces=self.pieces,
            price=self.price.minor,
            product_ids=tuple(map(str, self.product_ids)),
            addon_ids=tuple(map(str, self.addon_ids)),
        )

    @property
    def campaign(self) -> Campaign:
        """As the marketing calendar shows it."""
        return Campaign(
            key=str(self.id),
            title=self.title,
            kind=_("Bundle"),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            stage=Stage.LINE_PROMOTIONS,
            product_ids=frozenset((*self.product_ids, *self.addon_ids)),
            plugin="bundle",
        )


def _view(row: Bundle) -> BundleView:
    return BundleView(
        row.id, row.title, row.kind, row.state, row.pieces, Money(row.price_minor, current_scope().currency),
        tuple(map(UUID, row.product_ids)), tuple(map(UUID, row.addon_ids)), row.starts_at, row.ends_at, row.version,
    )  # fmt: skip


# Built once: every basket asks it, and building a statement costs more than running it. Plain columns, no entities.
_TABLE = cast(Table, Bundle.__table__)
_RUNNING = HotStatement(
    select(
        *(
            _TABLE.c[name]
            for name in ("id", "version", "title", "kind", "pieces", "product_ids", "addon_ids")
        ),
        _TABLE.c.price_minor.label("price"),
    )
    .where(
        _TABLE.c.shop_id == bindparam("shop_id"),
        _TABLE.c.state == "published",
        _TABLE.c.starts_at <= bindparam("moment"),
        or_(_TABLE.c.ends_at.is_(None), _TABLE.c.ends_at > bindparam("moment")),
    )
    .order_by(_TABLE.c.starts_at, _TABLE.c.id)
    .limit(MOST_RUNNING)
)


def running(moment: datetime) -> list[BundleView]:
    """Published bundles that run at `moment`."""
    return _published(moment, moment)


def _published(since: datetime, until: datetime) -> list[BundleView]:
    wanted = (
        select(Bundle)
        .where(
            Bundle.state == "published",
            Bundle.starts_at <= until,
            or_(Bundle.ends_at.is_(None), Bundle.ends_at > since),
        )
        .order_by(Bundle.starts_at, Bundle.id)
        .limit(MOST_RUNNING)
    )
    return [_view(row) for row in session().scalars(wanted)]


def price_facts(price_input: PriceInput) -> dict[str, Any]:
    """The terms of the bundles that touch this basket."""
    mine = {str(line.product_id) for line in price_input.lines}
    found = [
        {**row._asdict(), "id": str(row.id)}
        for row in _RUNNING.rows(moment=price_input.moment)
        if not (mine.isdisjoint(row.product_ids) and mine.isdisjoint(row.addon_ids))
    ]
    return {"bundles": found} if found else {}


def campaigns(since: datetime, until: datetime) -> list[Campaign]:
    """Published bundles of a period."""
    return [one.campaign for one in _published(since, until)]


def bundles(limit: int = 100, offset: int = 0) -> list[BundleView]:
    """The newest bundles, whatever their state."""
    newest = select(Bundle).order_by(Bundle.created_at.desc(), Bundle.id)
    return [_view(row) for row in session().scalars(newest.limit(limit).offset(offset))]


def bundle_count() -> int:
    """How many bundles the shop has ever made."""
    return session().scalar(select(func.count()).select_from(Bundle)) or 0


def bundle(bundle_id: UUID) -> BundleView:
    """One bundle. Raises NotFound."""
    row = (
        session()
        .scalars(select(Bundle).where(Bundle.id == bundle_id).execution_options(populate_existing=True))
        .first()
    )
    if row is None:
        raise NotFound
    return _view(row)


def variants_of(product_ids: Iterable[UUID]) -> Sequence[UUID]:
    """The variants of these products that are sold."""
    wanted = list(product_ids)
    if not wanted:
        return ()
    table = VARIANT
    return (
        session()
        .scalars(
            select(table.c.id).where(
                table.c.shop_id == current_scope().shop_id,
                table.c.product_id.in_(wanted),
                table.c.archived.is_(False),
            )
        )
        .all()
    )


def least_prices(one: BundleView) -> dict[UUID, int]:
    """Variant → the least a unit of it costs in this bundle, minor units."""
    if one.kind == ANY:
        return dict.fromkeys(variants_of(one.product_ids), one.price.minor // one.pieces)
    return dict.fromkeys(variants_of(one.addon_ids), one.price.minor)


def trial_of(one: BundleView) -> TrialRules:
    """This bundle beside those that ran when an order was placed, as a backtest needs it."""

    def facts(given: PriceInput) -> dict[str, Any]:
        others = [each for each in given.facts["bundle"].get("bundles", ()) if each["id"] != str(one.id)]
        return {"bundles": [*others, one.terms.as_json()]}

    return TrialRules(plugin="bundle", facts=facts, adjust=adjustments, besides=True)
