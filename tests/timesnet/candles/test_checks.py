"""Prices that jump from one candle to the next are said with their date, and kept."""

import numpy as np
import pandas as pd
import pytest

from timesnet import clean_candles
from timesnet.candles import checks
from timesnet.candles.checks import JUMP, price_jumps


def candles(factor=1.0, at=60, n=100, symbol=None, missing=()):
    """Hourly candles whose prices are multiplied from candle `at` on."""
    close = 100 + np.random.default_rng(0).standard_normal(n).cumsum()
    scale = np.where(np.arange(n) >= at, factor, 1.0)
    frame = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=n, freq="h", tz="UTC")})
    for name, off in (("open", 0), ("high", 1), ("low", -1), ("close", 0)):
        frame[name] = (close + off) * scale
    frame["volume"] = 1.0
    if symbol:
        frame.insert(0, "symbol", symbol)
    return frame.drop(index=list(missing))


@pytest.mark.parametrize("factor", [100.0, 0.5, 0.05, 2.0])
def test_a_split_and_another_unit_are_said_with_their_date(factor):
    cleaned, quality = clean_candles(candles(factor))
    assert quality.jumps == 1 and len(cleaned) == 100
    (line,) = (line for line in quality.summary().splitlines() if line.startswith("  jumps: "))
    assert "1 candle opens at more than 1.8 times" in line and "(2024-01-03 12:00: " in line
    assert quality.to_dict()["jumps"] == {"count": 1, "examples": list(quality.jump_examples)}


def test_what_a_market_does_is_not_said():
    for factor in (1.0, 1.3, 0.7):
        quality = clean_candles(candles(factor))[1]
        assert quality.jumps == 0 and "jumps" not in quality.summary()
    # Behind a gap, and from one symbol to the next.
    assert clean_candles(candles(100.0, missing=range(55, 60)))[1].jumps == 0
    both = pd.concat([candles(symbol="A"), candles(100.0, at=0, symbol="B")])
    assert clean_candles(both)[1].jumps == 0
    _, quality = clean_candles(pd.concat([both, candles(0.5, symbol="C")]))
    assert quality.jumps == 1 and quality.jump_examples[0].startswith("C 2024-01-03 12:00: ")


def test_the_size_of_pieces_does_not_matter(monkeypatch):
    generator = np.random.default_rng(0)
    closing = np.exp(generator.standard_normal(50))
    opening = np.exp(generator.standard_normal(50))
    segment = np.repeat([0, 1], 25)
    expected = [
        row
        for row in range(1, 50)
        if segment[row] == segment[row - 1] and not 1 / JUMP <= opening[row] / closing[row - 1] <= JUMP
    ]
    for size in (1, 3, 49, 50, 1000):
        monkeypatch.setattr(checks, "_CHUNK", size)
        assert price_jumps(opening, closing, segment).tolist() == expected
    assert len(price_jumps(opening[:1], closing[:1], segment[:1])) == 0
