"""Small lines: the box is kept, the extremes touch its edges."""

import pytest

from core.rendering.console.charts import points


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ((), ""),
        ((5,), ""),
        ((0, 10), "0.0,27.0 88.0,1.0"),
        ((3, 3, 3), "0.0,14.0 44.0,14.0 88.0,14.0"),
        ((-5, 0, 5), "0.0,27.0 44.0,14.0 88.0,1.0"),
    ],
)
def test_points_of_a_line(values, drawn):
    assert points(values) == drawn
