"""Distances: whole metres between points, as surveyors have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commerce.shipping.distances import Point, distance_m, read_point
from core.commerce.shipping.offers import kilometres

points = st.builds(Point, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        ("30.2467, 120.1485", "31.2304, 121.4737", 167_500),
        ("51.5007, -0.1246", "51.5138, -0.0984", 2_326),
        ("0, 179.9", "0, -179.9", 22_239),
    ],
)
def test_known_distances_are_right_within_a_hundredth(here, there, metres):
    assert distance_m(read_point(here), read_point(there)) == pytest.approx(metres, rel=0.01)


@given(points, points)
def test_distance_is_whole_symmetric_and_never_more_than_half_around(here, there):
    found = distance_m(here, there)
    assert type(found) is int
    assert 0 <= found <= 20_016_000
    assert found == distance_m(there, here)
    assert distance_m(here, here) == 0


@pytest.mark.parametrize("text", ["", "91, 0", "0, 181", "hangzhou", "1,2,3", "nan, 1"])
def test_what_is_no_point_is_none(text):
    assert read_point(text) is None


def test_a_point_is_read_as_it_is_written():
    assert read_point(Point(30_246_700, -120_148_500).text) == Point(30_246_700, -120_148_500)
    assert [kilometres(one) for one in (3_000, 3_249, 3_250, 49)] == ["3", "3.2", "3.3", "0"]
