"""Pages of the API's lists, newest first: ids by cursor, then what each of them is about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from core.kernel.cursor_pages import newest_ids
from core.rendering.api import ApiPage, PageAsked

View = TypeVar("View")


def newest(table: type[Any], page: PageAsked, **wanted: Any) -> tuple[list[UUID], str]:
    """The ids of one page of `table`'s rows, and the cursor that leads on.

    `wanted` are values of columns; None is no condition.
    """
    asked = {name: value for name, value in wanted.items() if value is not None}
    return newest_ids(select(table.id).filter_by(**asked), table, size=page.size, after=page.after)


def page_of(
    ids: Select[UUID],
    table: type[Any],
    page: PageAsked,
    views: Callable[[Iterable[UUID]], Mapping[UUID, View]],
) -> ApiPage[View]:
    """The page of `ids` that was asked for, each row as `views` shows them together."""
    found, after = newest_ids(ids, table, size=page.size, after=page.after)
    shown = views(found) if found else {}
    return ApiPage([shown[one] for one in found if one in shown], after)
