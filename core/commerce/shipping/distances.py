"""Distances on the globe, in whole metres between points in millionths of a degree."""

import math
import re
from dataclasses import dataclass

_EARTH_RADIUS_M = 6_371_009
_POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*[,，;\s]\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the globe: latitude and longitude in millionths of a degree."""

    latitude_e6: int
    longitude_e6: int

    def __post_init__(self) -> None:
        if abs(self.latitude_e6) > 90_000_000 or abs(self.longitude_e6) > 180_000_000:
            raise ValueError("latitude is -90 to 90, longitude -180 to 180")

    @property
    def text(self) -> str:
        """As people write it: 30.230000, 120.120000."""
        return f"{self.latitude_e6 / 1e6:.6f}, {self.longitude_e6 / 1e6:.6f}"


def read_point(text: str) -> Point | None:
    """The point behind "30.23, 120.12" (latitude first); None for anything else."""
    found = _POINT.fullmatch(text)
    if found is None:
        return None
    try:
        return Point(round(float(found[1]) * 1_000_000), round(float(found[2]) * 1_000_000))
    except ValueError:
        return None


def distance_m(here: Point, there: Point) -> int:
    """The great-circle distance in whole metres."""
    first, second = math.radians(here.latitude_e6 / 1e6), math.radians(there.latitude_e6 / 1e6)
    turn = math.radians((there.longitude_e6 - here.longitude_e6) / 1e6)
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(turn / 2) ** 2
    return round(2 * _EARTH_RADIUS_M * math.asin(math.sqrt(min(half, 1.0))))
