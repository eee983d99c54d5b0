"""What buyers made of products: units sold and stars, as counted by the database; nothing here can be typed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, and_, func, select

from core.commerce.catalog.models import Tally
from core.kernel.db import session
from core.kernel.tenancy import current_scope


@dataclass(frozen=True, slots=True)
class TallyView:
    """A product's tally.

    `sold` are units of paid orders that nothing keeps from shipping, less refunded and cancelled ones; `stars` counts
    shown reviews with one to five stars; `pictured` are those with pictures, `hidden` those that the shop has hidden.
    """

    sold: int = 0
    stars: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    pictured: int = 0
    hidden: int = 0

    @property
    def count(self) -> int:
        """How many reviews are shown."""
        return sum(self.stars)

    @property
    def average(self) -> int:
        """The average of the stars × 100, rounded half up; 0 without a review."""
        points = sum(n * count for n, count in enumerate(self.stars, start=1))
        return (200 * points + self.count) // (2 * self.count) if self.count else 0

    @property
    def average_text(self) -> str:
        """The average with one decimal, rounded half up from the exact one: "4.7"."""
        points = sum(n * count for n, count in enumerate(self.stars, start=1))
        tenths = (20 * points + self.count) // (2 * self.count) if self.count else 0
        return f"{tenths // 10}.{tenths % 10}"


NO_TALLY = TallyView()
_tally = Tally.__table__
_NAMES = ("sold", "stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "pictured", "hidden")
# For statements that read products and join their tallies; see `with_tally` and `tally_of`.
TALLY_COLUMNS = tuple(func.coalesce(_tally.c[name], 0).label(f"tally_{name}") for name in _NAMES)


def with_tally(table: Any, product_id: Any = None) -> FromClause:
    """`table` of a shop with the tally of the product that `product_id` (default: its id) names, if there is one."""
    joined: FromClause = table.outerjoin(
        _tally,
        and_(
            _tally.c.shop_id == table.c.shop_id,
            _tally.c.id == (table.c.id if product_id is None else product_id),
        ),
    )
    return joined


def tally_of(row: Any) -> TallyView:
    """The tally in a row that has TALLY_COLUMNS."""
    stars = (row.tally_stars_1, row.tally_stars_2, row.tally_stars_3, row.tally_stars_4, row.tally_stars_5)
    return TallyView(row.tally_sold, stars, row.tally_pictured, row.tally_hidden)


def tallies(product_ids: Iterable[UUID]) -> dict[UUID, TallyView]:
    """The tallies of these products, in one statement; products without one have the empty tally."""
    wanted = list(dict.fromkeys(product_ids))
    if not wanted:
        return {}
    rows = session().execute(
        select(_tally.c.id, *TALLY_COLUMNS).where(
            _tally.c.shop_id == current_scope().shop_id, _tally.c.id.in_(wanted)
        )
    )
    found = {row.id: tally_of(row) for row in rows}
    return {one: found.get(one, NO_TALLY) for one in wanted}
