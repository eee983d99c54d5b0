"""Buttons inside the product's form: each changes what was typed and shows the form again; nothing is saved.

They work on the submitted names and values, so that nothing anybody typed is lost, whether it is valid or not.
"""

import re
from collections.abc import Sequence
from itertools import product as combinations

from werkzeug.datastructures import MultiDict

from core.web.console.catalog.product_form import json_list, lines_of, texts_of

Submitted = MultiDict[str, str]
Row = dict[str, str]

MOST_OPTIONS, MOST_ROWS = 3, 1_000
_INHERITED = ("price_minor", "compare_at_minor", "cost_minor", "grams", "barcode", "asset_id")


def changed_form(submitted: Submitted, wish: str, *, added_images: Sequence[str] = ()) -> Submitted:
    """What was submitted, after the button `wish`: "options", "add-option", "drop-option:N", "drop-variant:N",
    "up-image:N", "down-image:N", "drop-image:N", "move-image:N:M" or "images"; without one it is being saved, and empty
    options go. Other words change nothing.
    """
    action, *places = wish.split(":")
    numbers = [int(one) for one in places if one.isascii() and one.isdecimal() and len(one) < 6]
    options, variants, images = (rows(submitted, name) for name in ("options", "variants", "images"))
    at = numbers[0] if numbers else -1
    if action == "add-option" and len(options) < MOST_OPTIONS:
        options.append({"name": "", "values": "", "was": "[]"})
    elif action == "drop-option" and 0 <= at < len(options):
        variants = _rebuilt([one for place, one in enumerate(options) if place != at], variants, dropped=at)
        del options[at]
    elif action == "drop-variant" and 0 <= at < len(variants) and len(variants) > 1:
        del variants[at]
    elif action == "options":
        options = _filled(options)
        variants = _rebuilt(options, variants)
    elif not action:
        options = _filled(options)
    elif action.endswith("-image") and 0 <= at < len(images):
        images = _moved(images, action, at, numbers[1] if len(numbers) > 1 else -1)
    images += [{"asset_id": one, "alt": "", "tile": ""} for one in added_images]
    if action in ("options", "drop-option"):
        options = [{**one, "was": json_list(values_of(one))} for one in options]
    return _with(submitted, {"options": options, "variants": variants, "images": images})


def _filled(options: Sequence[Row]) -> list[Row]:
    """The options without those that were added and then left empty."""
    return [one for one in options if one["name"].strip() or values_of(one)]


def rows(submitted: Submitted, name: str) -> list[Row]:
    """The rows of a nested list as they were submitted, in order."""
    pattern = re.compile(re.escape(name) + r"-([0-9]{1,6})-([a-z_]+)")
    found: dict[int, Row] = {}
    for key in submitted:
        if match := pattern.fullmatch(key):
            found.setdefault(int(match[1]), {})[match[2]] = submitted[key]
    listed = [found[place] for place in sorted(found)][:MOST_ROWS]
    shape = {"options": ("name", "values", "was"), "images": ("asset_id", "alt", "tile")}.get(name, ())
    return [{**dict.fromkeys(shape, ""), **row} for row in listed]


def values_of(option: Row) -> list[str]:
    """The values that an option's field lists."""
    return lines_of(option["values"])


def _with(submitted: Submitted, lists: dict[str, list[Row]]) -> Submitted:
    kept = [(key, value) for key, value in submitted.items(multi=True) if key.partition("-")[0] not in lists]
    for name, listed in lists.items():
        kept += [
            (f"{name}-{place}-{key}", value) for place, row in enumerate(listed) for key, value in row.items()
        ]
    return MultiDict(kept)


def _moved(images: list[Row], action: str, at: int, to: int) -> list[Row]:
    if action == "drop-image":
        return [one for place, one in enumerate(images) if place != at]
    target = {"up-image": at - 1, "down-image": at + 1, "move-image": to}.get(action, at)
    rest = [one for place, one in enumerate(images) if place != at]
    target = min(max(target, 0), len(rest))
    return [*rest[:target], images[at], *rest[target:]]


def _rebuilt(options: Sequence[Row], variants: Sequence[Row], *, dropped: int | None = None) -> list[Row]:
    """A row for each combination of the options' values, each keeping what was typed for it before.

    A value that was only rewritten keeps its row; a new combination starts with the price of its nearest row.
    """
    renamed = [_renames(option) for option in options]
    known: dict[tuple[str, ...], Row] = {}
    for row in variants:
        values = list(texts_of(row.get("option_values", "")))
        if dropped is not None and dropped < len(values):
            del values[dropped]
        named = tuple(
            renamed[place].get(value, value) if place < len(renamed) else value
            for place, value in enumerate(values)
        )
        known.setdefault(named, row)
    lists = [values_of(option) for option in options]
    count = 1
    for values in lists:
        count *= len(values)
    if not all(lists) or count > MOST_ROWS:
        return list(variants)
    taken: set[int] = set()
    return [_row_for(combination, known, taken) for combination in combinations(*lists)]


def _renames(option: Row) -> dict[str, str]:
    """Old value → new value, where exactly the values at these places were rewritten."""
    before, after = texts_of(option["was"]), values_of(option)
    if len(before) != len(after):
        return {}
    return {
        old: new
        for old, new in zip(before, after, strict=True)
        if old != new and old not in after and new not in before
    }


def _row_for(combination: tuple[str, ...], known: dict[tuple[str, ...], Row], taken: set[int]) -> Row:
    exact = known.get(combination)
    # An option was added: the first row of each family goes on being the same variant.
    shorter = [row for values, row in known.items() if values == combination[: len(values)]]
    same = exact or next((row for row in shorter if id(row) not in taken), None)
    if same is not None and id(same) not in taken:
        taken.add(id(same))
        return {**same, "option_values": json_list(combination)}
    near = _nearest(combination, known)
    inherited = {name: near[name] for name in _INHERITED if near and name in near}
    return {**inherited, "option_values": json_list(combination)}


def _nearest(combination: tuple[str, ...], known: dict[tuple[str, ...], Row]) -> Row | None:
    def shared(values: tuple[str, ...]) -> int:
        return sum(one == other for one, other in zip(values, combination, strict=False))

    return known[max(known, key=shared)] if known else None
