"""Lines that are drawn from numbers, as SVG points."""

from collections.abc import Sequence


def points(values: Sequence[int], width: int = 88, height: int = 28) -> str:
    """The `points` of a polyline through `values`, left to right in a box of `width` by `height`; "" below two values.

    The lowest value lies on the bottom and the highest at the top; equal values make a line through the middle.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step = width / (len(values) - 1)
    if low == high:
        return " ".join(f"{index * step:.1f},{height / 2:.1f}" for index in range(len(values)))
    room = height - 2
    return " ".join(
        f"{index * step:.1f},{height - 1 - room * (value - low) / (high - low):.1f}"
        for index, value in enumerate(values)
    )
