"""Numbers that say what a candle did, whatever the price level: twelve, and one more where the market closes.

With o, h, l, c, v a candle's open, high, low, close and volume, c' and v' those of the candle before, c'' and
v'' of the one before that; natural logarithms; all without unit, and causal: a candle's numbers use nothing
after its close.

| name | formula | range | looks back on |
| --- | --- | --- | --- |
| open | log(o / c') | real | 1 candle |
| high | log(h / c') | real | 1 candle |
| low | log(l / c') | real | 1 candle |
| close | log(c / c'), the candle's return | real | 1 candle |
| volume | v / (v + mean(v, v', v'')), 0 where all three are 0 | 0 to 0.75, 0.5 at rest | 2 candles |
| pre_return | log(c' / c''), the return of the candle before | real | 2 candles |
| log_range | log(log(h / l) + 0.0001) | from -9.21 | 0 candles |
| absolute_return | abs(log(c / c')) | from 0 | 1 candle |
| close_position | (2c - h - l) / (h - l), 0 where h = l | -1 at the low to 1 at the high | 0 candles |
| upper_shadow | log(h / max(o, c)) | from 0 | 0 candles |
| lower_shadow | log(min(o, c) / l) | from 0 | 0 candles |
| volume_change | (v - v') / (v + v'), 0 where both are 0 | -1 to 1 | 1 candle |
| pause | log of the time since the candle before opened, in intervals; 0 where it follows at once | from 0 | 1 candle |

A window's features are a function of the window and the `look_back(names)` candles before it alone: the same
whether a file starts there or years earlier, and the same whatever comes after. Longer averages are left to the
network, which sees the whole window. The 0.0001 in log_range, one
basis point, keeps candles that did not move finite.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ..candles import Candles
from ..errors import ConfigError
from ..large_arrays import large_array
from .calendar import CALENDAR, calendar_columns, local_dates
from .history import HISTORY, grid_places, history_column, span_of, symbol_starts

LOOK_BACK: Mapping[str, int] = {
    "open": 1,
    "high": 1,
    "low": 1,
    "close": 1,
    "volume": 2,
    "pre_return": 2,
    "log_range": 0,
    "absolute_return": 1,
    "close_position": 0,
    "upper_shadow": 0,
    "lower_shadow": 0,
    "volume_change": 1,
    "pause": 1,
}
"""Candles before a candle that each feature looks back on, without a gap."""
PAUSE = "pause"
FEATURES: tuple[str, ...] = tuple(name for name in LOOK_BACK if name != PAUSE)
"""What a network sees of a market that never closes, in which `pause` says nothing."""
OF_VOLUME: tuple[str, ...] = ("volume", "volume_change")
"""Those that say nothing where there are no volumes."""

_BASIS_POINT = 1e-4
_HOUR = 3_600_000_000_000
# Candles worked on at once: what float64 in between takes does not grow with the candles.
_CHUNK = 2**16


def is_feature(name: str) -> bool:
    """Whether `compute_features` knows the name."""
    return name in LOOK_BACK or name in CALENDAR or name in HISTORY


def memory(names: Iterable[str] = FEATURES) -> int:
    """Candles at the start of each gap-free run in which the features `names` are not all defined."""
    return max((LOOK_BACK[name] for name in names if name in LOOK_BACK), default=0)


def look_back(names: Iterable[str] = FEATURES) -> int:
    """Candles before a candle that any of the features `names` looks back on, gaps or not.

    So many candles before a window are part of what its numbers know.
    """
    names = tuple(names)
    return max([memory(names), *(span_of(name) - 1 for name in names if name in HISTORY)])


def compute_features(candles: Candles, names: Sequence[str] = FEATURES) -> np.ndarray:
    """Features of every candle, float32 (n, len(names)) in the order of `names`, which are among LOOK_BACK, CALENDAR
    and HISTORY.

    Those of LOOK_BACK are NaN in the first `memory(names)` rows of a segment, those of HISTORY where the symbol's first
    candle lies too near. Raises ConfigError for another name.
    """
    for name in names:
        if not is_feature(name):
            raise ConfigError(f"feature {name!r} does not exist: choose from {', '.join(LOOK_BACK)}")
    opening, high, low, closing, volume = (
        candles.frame[name].to_numpy(dtype=np.float64) for name in ("open", "high", "low", "close", "volume")
    )
    features = large_array((len(candles), len(names)), np.float32)
    history = [name for name in names if name in HISTORY]
    places = grid_places(candles) if history else None
    dates = pd.DatetimeIndex(candles.frame["date"])
    local = local_dates(candles) if set(names) & set(CALENDAR) else dates
    for start in range(0, len(candles), _CHUNK):
        context = min(start, look_back(names))
        rows = slice(start - context, start + _CHUNK)
        columns: dict[str, np.ndarray] = {}
        if not set(names) <= set(CALENDAR):
            columns = _columns(
                opening[rows], high[rows], low[rows], closing[rows], volume[rows], candles.segment[rows]
            )
        if places is not None:
            columns |= {
                name: history_column(name, columns["log_range"], volume[rows], places[rows])
                for name in history
            }
        if PAUSE in names:
            columns[PAUSE] = _pause(dates.asi8[rows], candles.interval, candles.segment[rows])
        columns |= calendar_columns(local[rows], names)
        for place, name in enumerate(names):
            features[start : start + _CHUNK, place] = columns[name][context:]
    starts = np.flatnonzero(np.append(True, candles.segment[1:] != candles.segment[:-1]))
    lengths = np.diff(starts, append=len(candles))
    own = np.array([place for place, name in enumerate(names) if name in LOOK_BACK], dtype=np.int64)
    for place in range(memory(names)):
        features[np.ix_(starts[lengths > place] + place, own)] = np.nan
    if places is not None:
        known = places - symbol_starts(candles, places)
        for place, name in enumerate(names):
            if name in HISTORY:
                features[known < span_of(name) - 1, place] = np.nan
    return features


def _columns(
    opening: np.ndarray,
    high: np.ndarray,
    low: np.ndarray,
    closing: np.ndarray,
    volume: np.ndarray,
    segment: np.ndarray,
) -> dict[str, np.ndarray]:
    """Every feature by name, float64 (n,), of candles in a row."""
    before = _earlier(closing, segment, 1)
    volume_before = _earlier(volume, segment, 1)
    volume_earlier = _earlier(volume, segment, 2)
    span = high - low
    close_return = np.log(closing / before)
    return {
        "open": np.log(opening / before),
        "high": np.log(high / before),
        "low": np.log(low / before),
        "close": close_return,
        "volume": _share(volume, volume + (volume + volume_before + volume_earlier) / 3),
        "pre_return": _earlier(close_return, segment, 1),
        "log_range": np.log(np.log(high / low) + _BASIS_POINT),
        "absolute_return": np.abs(close_return),
        "close_position": _share((closing - low) - (high - closing), span),
        "upper_shadow": np.log(high / np.maximum(opening, closing)),
        "lower_shadow": np.log(np.minimum(opening, closing) / low),
        "volume_change": _share(volume - volume_before, volume + volume_before),
    }


def _pause(dates: np.ndarray, interval: pd.Timedelta, segment: np.ndarray) -> np.ndarray:
    """The feature `pause`, float64 (n,), of candles that open at `dates`, nanoseconds."""
    step = np.full(len(dates), np.nan)
    same = segment[1:] == segment[:-1]
    # Differences of whole numbers: as floats, dates would be rounded.
    step[1:][same] = np.diff(dates)[same]
    # Candles of whole days are an hour apart from that when clocks change.
    near = np.abs(step - interval.value) <= (_HOUR if interval.value % (24 * _HOUR) == 0 else 0)
    return np.where(near, 0.0, np.log(np.maximum(step / interval.value, 1.0)))


def _earlier(values: np.ndarray, segment: np.ndarray, candles: int) -> np.ndarray:
    """Values of so many candles before, NaN where that is outside the segment."""
    earlier = np.full(len(values), np.nan)
    same = segment[candles:] == segment[:-candles]
    earlier[candles:][same] = values[:-candles][same]
    return earlier


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where the whole is 0."""
    empty = whole == 0
    return np.where(empty, 0.0, part / np.where(empty, 1.0, whole))
