"""Files damaged at random are read or refused in one line, and what is read is finite."""

import numpy as np
import pytest

from tests.timesnet.candle_factory import NUMBERS, candle_frame
from timesnet.candles.clean import read_candles
from timesnet.errors import DataError

TEXT = candle_frame(40).to_csv(index=False)
PIECES = [
    '"',
    ",",
    "\n",
    ";",
    "abc",
    "nan",
    "inf",
    "-",
    "1e999",
    "0",
    "\x00",
    "é",
    "2021-01-01",
    "9" * 20,
    "1,234",
]
PIECES += [
    "1e-320",
    "+14:00",
    "24:00",
    "",
    "\r",
    "date",
    "close",
    "symbol",
    "TRUE",
    "01/02/2021",
    "1632753900",
]


@pytest.mark.parametrize("seed", range(6))
def test_damaged_files(tmp_path, seed):
    generator = np.random.default_rng(seed)
    path = tmp_path / "candles.csv"
    for _ in range(60):
        text = TEXT
        for _ in range(generator.integers(1, 5)):
            place, length = generator.integers(len(text)), generator.integers(30)
            piece = PIECES[generator.integers(len(PIECES))]
            text = text[:place] + piece + text[place + length * generator.integers(2) :]
        path.write_bytes(text.encode())
        try:
            candles, quality = read_candles(path)
        except DataError as error:
            assert str(path) in str(error) and "\n" not in str(error)
        else:
            assert np.isfinite(candles.frame[NUMBERS]).all(axis=None)
            assert quality.rows_kept == len(candles) <= quality.rows_read
