"""Which candles they are, in a few letters."""

import hashlib

import numpy as np
import pandas as pd

from timesnet import Candles

# Candles turned to bytes at once.
_CHUNK = 2**18


def candles_digest(candles: Candles) -> str:
    """SHA-256 over symbol, date and values of the cleaned candles, first 16 hex digits."""
    digest = hashlib.sha256()
    frame = candles.frame
    digest.update("\n".join(frame["symbol"].unique()).encode())
    digest.update(pd.DatetimeIndex(frame["date"]).asi8.data)
    numbers = [frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")]
    for start in range(0, len(frame), _CHUNK):
        digest.update(np.stack([column[start : start + _CHUNK] for column in numbers], axis=1).tobytes())
    return digest.hexdigest()[:16]
