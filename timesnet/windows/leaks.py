"""Finding input columns that know what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

# Honest numbers come nowhere near it; a future return that was rounded to a few digits does.
SAME_ORDER = 0.99
_SMOOTH = 0.9
_FEWEST, _MOST = 50, 20_000
_FURTHEST = 24


def future_columns(
    columns: Sequence[str], values: np.ndarray, close: np.ndarray, *, ahead: int = 4
) -> dict[str, str]:
    """Columns that are a function of closes to come, {name: which, in words}.

    values float (n, C), close float (n,), rows in order. A column is found where its ranks correlate with those of a
    future return, its size or its sign by SAME_ORDER or more, up to `ahead` rows ahead; or where it moves as a later
    close does. Ranks, so that percent, logarithm and rounding make no difference.
    """
    found: dict[str, str] = {}
    returns = close[1:] / close[:-1] - 1
    if _rank_correlation(returns[:-1], returns[1:]) >= _SMOOTH:
        # The past of such a series tells its future by itself: likeness to the future is no sign of a leak.
        return found
    for place, name in enumerate(columns):
        for what, mine, other in _pairs(values[:, place], close, ahead):
            if _rank_correlation(mine, other) >= SAME_ORDER:
                found[name] = what
                break
    return found


def leak_of(frame: pd.DataFrame, columns: Sequence[str], values: np.ndarray) -> str:
    """`leak_line` of a table's input columns (values (n, C)), where it has a column of closes."""
    close = [label for label in frame.columns if str(label).strip().lower() == "close"]
    if len(close) != 1:
        return ""
    closes = pd.to_numeric(frame[close[0]], errors="coerce").to_numpy(dtype=np.float64)
    return leak_line(future_columns(columns, values, closes))


def leak_line(found: dict[str, str]) -> str:
    """The one line to say first; empty where nothing leaks."""
    if not found:
        return ""
    named = "; ".join(f"input {name!r} is {what}" for name, what in found.items())
    return f"these embeddings know the future: {named}. What a probe reads from them was fed in, not learned"


def _pairs(column: np.ndarray, close: np.ndarray, ahead: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """What to compare: (in words, part of the column, the future beside it)."""
    for step in range(1, min(ahead, _FURTHEST) + 1):
        now, later = close[:-step], close[step:]
        mine = column[:-step]
        total = later / now - 1
        of_one = close[step:] / close[step - 1 : len(close) - 1] - 1
        rows = "the next row" if step == 1 else f"the next {step} rows"
        yield f"the return of {rows}", mine, total
        yield f"the size of the return of {rows}", mine, np.abs(total)
        yield f"the sign of the return of {rows}", mine, np.sign(total)
        yield f"the close of the row {step} later", mine - now, later - now
        # Whatever its scale, logarithmic or not, it moves as the close will.
        moves, to_come = np.diff(column)[: len(column) - 1 - step], np.diff(close)[step:]
        for other in (to_come, to_come / close[step:-1]):
            yield f"what the close of the row {step} later is, on another scale", moves, other
        if step > 1:
            yield f"the return of the row {step} later", mine, of_one


def _rank_correlation(mine: np.ndarray, other: np.ndarray) -> float:
    known = np.isfinite(mine) & np.isfinite(other)
    if known.sum() < _FEWEST:
        return 0.0
    few = max(1, int(known.sum()) // _MOST)
    mine, other = _ranks(mine[known][::few]), _ranks(other[known][::few])
    if mine.std() == 0 or other.std() == 0:
        return 0.0
    return abs(float(np.corrcoef(mine, other)[0, 1]))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks with ties at their mean, float64 (n,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
