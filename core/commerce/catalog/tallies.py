"""What buyers made of products: units sold and stars, as counted by the database; nothing here can be typed."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

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


def tallies(product_ids: Iterable[UUID]) -> dict[UUID, TallyView]:
    """The tallies of these products, in one statement; products without one have the empty tally."""
    wanted = list(dict.fromkeys(product_ids))
    if not wanted:
        return {}
    rows = session().execute(
        select(Tally.id, *(getattr(Tally, name) for name in _COLUMNS)).where(
            Tally.shop_id == current_scope().shop_id, Tally.id.in_(wanted)
        )
    )
    found = {row.id: TallyView(row.sold, (row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5),
                               row.pictured, row.hidden) for row in rows}  # fmt: skip
    return {one: found.get(one, NO_TALLY) for one in wanted}


_COLUMNS = ("sold", "stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "pictured", "hidden")
