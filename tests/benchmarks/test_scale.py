"""Exponents and tables of the scaling benchmark."""

import math

import pytest

from benchmarks.scale import Measured, exponent, tables


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_a_power_law_gives_its_exponent(power):
    sizes = [10, 100, 1000]
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_one_size_gives_no_exponent():
    assert math.isnan(exponent([10], [1.0]))


def test_the_exponent_is_of_the_large_sizes_alone():
    found = [
        Measured("load", size, seconds, 1.0) for size, seconds in ((10, 9.0), (1_000, 1.0), (100_000, 100.0))
    ]
    (row,) = [line for line in tables(found).splitlines() if line.startswith("| load")]
    assert row.split(" | ")[-2:] == ["1.00", "0.00 |"] and "9.00 (1)" in row
