"""Lists, searches and expanded fields, as every part of Stripe's API has them."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from core.kernel import clock
from tests.stripe_stand_in.books import Book
from tests.stripe_stand_in.wire import Json, Problem, refused

_LARGEST_PAGE = 100
# A search sees what was written only after a while; a list sees it at once.
SEARCH_LAG_SECONDS = 60
_CLAUSE = re.compile(r"metadata\[['\"]([\w-]+)['\"]\]:['\"]([^'\"]+)['\"]")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page_of(objects: Iterable[Json], params: Json, url: str, *same: str) -> Json:
    """One page, newest first; `same` are the fields that may be asked to equal something."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= _LARGEST_PAGE:
        raise refused(
            "This value must be between 1 and 100.", code="parameter_invalid_integer", param="limit"
        )
    rows = [one for one in objects if _wanted(one, params, same)]
    if "starting_after" in params:
        ids = [one["id"] for one in rows]
        if params["starting_after"] not in ids:
            raise Problem(404, "No such object", code="resource_missing", param="starting_after")
        rows = rows[ids.index(params["starting_after"]) + 1 :]
    return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit, "url": url}


def _wanted(one: Json, params: Json, same: tuple[str, ...]) -> bool:
    created = params.get("created")
    if isinstance(created, int) and one["created"] != created:
        return False
    if isinstance(created, dict) and not all(
        _COMPARE[how](one["created"], at) for how, at in created.items()
    ):
        return False
    return all(one[name] == params[name] for name in same if name in params)


def search_page(objects: Iterable[Json], query: str, url: str) -> Json:
    """What a search for metadata finds: nothing that is younger than its lag."""
    found = _CLAUSE.fullmatch(query.strip())
    if found is None:
        raise refused("The stand-in searches for metadata['key']:'value' only.", param="query")
    old = clock.now().timestamp() - SEARCH_LAG_SECONDS
    rows = [one for one in objects if one["metadata"].get(found[1]) == found[2] and one["created"] <= old]
    return {"object": "search_result", "data": rows, "has_more": False, "url": url, "next_page": None}


def expanded(book: Book, answer: Json, paths: list[str]) -> Json:
    """The answer with the objects that `paths` name in place of their ids; nothing kept is changed."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise refused(
                f"You cannot expand more than 4 levels of a property. Property: {path}", param="expand"
            )
        answer = _expanded(book, answer, steps)
    return answer


def _expanded(book: Book, place: Any, steps: list[str]) -> Any:
    if isinstance(place, list):
        return [_expanded(book, one, steps) for one in place]
    if not isinstance(place, dict) or not steps:
        return place
    name, rest = steps[0], steps[1:]
    if name not in place:
        # The source of a movement may be of a kind that has no such field.
        return place
    inner = place[name]
    if isinstance(inner, str) and inner in book.objects:
        inner = {key: value for key, value in book.objects[inner].items() if not key.startswith("_")}
    return place | {name: _expanded(book, inner, rest)}
