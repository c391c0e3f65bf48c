"""The benchmark of preparing measures what a study prepares."""

import numpy as np
import pytest

from benchmarks.prepare import anonymous_memory, candle_folder
from timesnet import read_candles


def test_candles_divided_anew_are_the_same_candles(tmp_path):
    one, _ = read_candles(candle_folder(tmp_path / "one", 600))
    other, quality = read_candles(candle_folder(tmp_path / "other", 600, mixed=True))
    assert one.frame.equals(other.frame) and len(quality.symbols) == 10


def test_memory_that_was_held_for_a_while_is_seen():
    with anonymous_memory() as held:
        values = np.ones(20_000_000)
        while held.peak < values.nbytes:
            pass
        del values
    assert held.end < 80_000_000 and held.peak == pytest.approx(160_000_000, rel=0.2)
