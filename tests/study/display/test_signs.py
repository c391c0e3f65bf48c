"""Differences as text."""

import pytest

from study.display import signed


@pytest.mark.parametrize(
    ("value", "places", "wanted"),
    [
        (0.0123, 3, "+0.012"),
        (-0.0004, 3, "+0.000"),
        (-0.0, 3, "+0.000"),
        (-0.0006, 3, "-0.001"),
        (-5.68, 1, "-5.7"),
    ],
)
def test_a_loss_of_nothing_is_no_loss(value, places, wanted):
    assert signed(value, places) == wanted
