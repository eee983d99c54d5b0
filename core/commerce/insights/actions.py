"""Counting visitors: one statement for each who comes a step further on a day."""

import random
from collections.abc import Collection

from sqlalchemy import Text, cast, func
from sqlalchemy.dialects.postgresql import JSONB, insert

from core.commerce.insights.models import STEPS, VisitorStep
from core.commerce.insights.periods import part_of_day
from core.kernel.clock import now
from core.kernel.command import command
from core.kernel.db import session
from core.kernel.ids import new_id
from core.kernel.tenancy import current_scope

# Between so many rows the visitors of a step are spread: as many can be counted at the same moment.
SLOTS = 4


@command("buyer")
def count_visitor(*, steps: Collection[str]) -> None:
    """Count one visitor at `steps` today: one statement, whatever their number. The caller knows who was counted."""
    moment = now()
    part, slot = str(part_of_day(moment)), random.randrange(SLOTS)  # noqa: S311 - spreads rows, hides nothing
    rows = [
        {
            "shop_id": current_scope().shop_id,
            "id": new_id(),
            "day": moment.astimezone(current_scope().zone).date(),
            "step": step,
            "slot": slot,
            "visitors": 1,
            "by_time": {part: 1},
        }
        for step in STEPS  # always in this order, so that two visitors never wait for each other crosswise
        if step in steps
    ]
    if not rows:
        return
    so_far = func.coalesce(VisitorStep.by_time[part].as_integer(), 0)
    counted = func.jsonb_build_object(cast(part, Text()), so_far + 1, type_=JSONB())
    session().execute(
        insert(VisitorStep)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["shop_id", "day", "step", "slot"],
            set_={
                "visitors": VisitorStep.visitors + 1,
                "by_time": VisitorStep.by_time.op("||")(counted),
            },
        )
    )
