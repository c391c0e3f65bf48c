"""What the explorer on the report's page draws from: every layer's map, neighbours and scores."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from probes import score_of_many
from probes.neighbours import NONE, separated_neighbours
from study.conclusion import Conclusion
from study.report.map import OUTERMOST, principal_components
from study.report.reliability import bins
from study.report.sample import Sample
from study.trials import Candidate
from timesnet import layer_in_words

RAW = "raw window"
NEIGHBOURS = 5
# Of the maps and neighbours in the page, as text; the rest of a report takes well under a megabyte.
MOST_BYTES = 1_500_000
# A map's coordinates and neighbours of one window, as text: four bytes for every three.
BYTES_A_WINDOW = (2 + NEIGHBOURS) * 2 * 4 / 3
NOBODY = 65535
# Points of a window's line, of what followed it, and of the price chart.
PAST, FUTURE, PRICES = 64, 32, 700
# Periods that scores over time are cut into: months where there are enough of them.
MOST_PERIODS, FEWEST_WINDOWS = 12, 20


def windows_that_fit(layers: int, windows: int) -> int:
    """How many of the windows the page has room for, each at so many layers."""
    return min(windows, int(MOST_BYTES / (max(layers, 1) * BYTES_A_WINDOW)))


def explorer_data(conclusion: Conclusion, sample: Sample) -> dict[str, Any]:
    """JSON-ready. Arrays are base64 of little-endian int16, uint16 or uint8."""
    data, outcome, winner = conclusion.data, conclusion.outcome, conclusion.outcome.winner
    few = windows_that_fit(len(sample.layers) + 1, len(sample.rows))
    kept = np.linspace(0, len(sample.rows) - 1, few).round().astype(int)
    rows = sample.rows[kept]
    times, gap = separation(conclusion, rows)
    record = conclusion.records[outcome.trial]
    place = {candidate.key: i for i, candidate in enumerate(record.candidates)}
    periods = _periods(conclusion)
    same = {info.name: info.same_as for info in record.layers if info.same_as}
    layers = []
    for name, vectors in {**sample.layers, RAW: sample.raw}.items():
        described: dict[str, Any] = {"name": name, **_map(vectors[kept]), "dim": vectors.shape[1]}
        neighbours = separated_neighbours(vectors[kept], times, gap=gap, k=NEIGHBOURS)
        described["near"] = _packed(np.where(neighbours == NONE, NOBODY, neighbours), "<u2")
        described["words"] = "the window's own features, no network" if name == RAW else layer_in_words(name)
        key = name, winner.pooling
        if key in place:
            i = place[key]
            described |= _scores(
                conclusion, record.candidates[i], data.own(np.asarray(record.predictions[i])), periods
            )
            described["same"] = [other for other, first in same.items() if first == name]
        elif name == RAW:
            found = [one for one in outcome.baselines if one.name == RAW]
            described |= {"score": round(found[0].select.value, 4)} if found else {}
        layers.append(described)
    return {
        "metric": outcome.metric,
        "winner": winner.layer,
        "pooling": winner.pooling,
        "trial": outcome.trial,
        "raw": RAW,
        "classes": [*data.source.class_names] or [f"class {number}" for number in range(data.n_classes)],
        "labels": _packed(data.labels[rows], "<u1"),
        "base": _shares(data.labels[rows], data.n_classes),
        "told": _told(conclusion, rows),
        "neighbours": NEIGHBOURS,
        "layers": layers,
        **_lines(conclusion, rows),
        **_price(conclusion, rows),
    }


def _map(vectors: np.ndarray) -> dict[str, Any]:
    points, shares = principal_components(vectors)
    low, high = np.percentile(points, [OUTERMOST, 100 - OUTERMOST], axis=0)
    spread = np.where(high > low, high - low, 1.0)
    placed = np.clip((points - low) / spread, 0, 1) * 65535
    return {"xy": _packed(placed.round(), "<u2"), "shares": [round(float(share), 3) for share in shares]}


def _scores(
    conclusion: Conclusion, candidate: Candidate, probability: np.ndarray, periods: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    data, metric = conclusion.data, conclusion.outcome.metric
    if metric not in candidate.scores:
        return {}
    y = data.labels[data.probed.select]
    over_time = []
    for period, inside in periods.items():
        if len(np.unique(y[inside])) == data.n_classes:
            score = score_of_many(y[inside], probability[None, inside], data.own_metric(metric))[0]
            over_time.append([period, round(float(score), 3), len(inside)])
    said = probability[:, 1] if data.n_classes == 2 else probability.max(axis=1)
    came = y == 1 if data.n_classes == 2 else y == probability.argmax(axis=1)
    points = bins(said, came, overlap=data.overlap("select"))
    return {
        "score": round(candidate.scores[metric], 4),
        **_compared(conclusion, (conclusion.outcome.trial, *candidate.key)),
        "periods": over_time,
        "reliability": [[round(float(value), 3) for value in point] for point in points],
    }


def _compared(conclusion: Conclusion, key: tuple[int, str, str]) -> dict[str, Any]:
    """A candidate's interval and distance to the winner; nothing where it was not compared."""
    choice = conclusion.choice
    if key not in choice.keys:
        return {}
    low, high = choice.interval(key)
    behind = choice.behind(key)
    return {
        "low": round(low, 4),
        "high": round(high, 4),
        "behind": [round(value, 4) for value in (behind.value, behind.low, behind.high)],
    }


def _periods(conclusion: Conclusion) -> dict[str, np.ndarray]:
    """Rows of select by month, or by week, day or stretch where months are few; those of a handful are left out."""
    data = conclusion.data
    n = len(data.probed.select)
    if not data.has_candles:
        return {}
    dates = pd.DatetimeIndex(data.dates[data.probed.select]).tz_localize(None)
    units = (("Y", "%Y"), ("M", "%Y-%m"), ("W", "week of %Y-%m-%d"), ("D", "%Y-%m-%d"))
    unit, form = next((pair for pair in units if dates.to_period(pair[0]).nunique() >= 3), units[-1])
    period = dates.to_period(unit)
    chosen = sorted(set(period))
    if len(chosen) > MOST_PERIODS:
        chosen = chosen[-MOST_PERIODS:]
    found = {one.start_time.strftime(form): np.flatnonzero(period == one) for one in chosen}
    return {name: inside for name, inside in found.items() if len(inside) >= min(FEWEST_WINDOWS, n)}


def separation(conclusion: Conclusion, rows: np.ndarray) -> tuple[np.ndarray, float]:
    """When each window was, counted in candles, and how far apart two must be to share none, label included."""
    data = conclusion.data
    if not data.has_candles:
        return np.arange(len(rows)), 0
    grid = np.unique(pd.DatetimeIndex(data.candles.frame["date"]).as_unit("ns").asi8)
    places = np.searchsorted(grid, data.dates[rows].as_unit("ns").asi8)
    apart = np.searchsorted(grid, data.apart_from(rows)) - places
    return places, float(apart.max(initial=data.source.overlap))


def _told(conclusion: Conclusion, rows: np.ndarray) -> list[str]:
    data = conclusion.data
    if not data.has_candles:
        return [f"window {row}" for row in rows]
    words = [f"{date:%Y-%m-%d %H:%M} UTC" for date in data.dates[rows]]
    if data.candles.has_symbol:
        symbols = data.candles.rows(data.windows.ends[rows])["symbol"]
        words = [f"{symbol}, {when}" for symbol, when in zip(symbols, words, strict=True)]
    return words


def _lines(conclusion: Conclusion, rows: np.ndarray) -> dict[str, Any]:
    """Each window as a line, and what followed: closes relative to the window's last one, or its first feature."""
    data = conclusion.data
    seq_len = data.windows.seq_len
    past = np.unique(np.linspace(0, seq_len - 1, min(seq_len, PAST)).round().astype(int)) - seq_len + 1
    if data.has_candles:
        horizon = data.source.horizon
        after = np.unique(np.linspace(1, horizon, min(horizon, FUTURE)).round().astype(int))
        close = np.log(data.candles.frame["close"].to_numpy())
        ends = data.windows.ends[rows]
        steps = np.concatenate([past, after])
        lines = close[np.minimum(ends[:, None] + steps, len(close) - 1)] - close[ends][:, None]
        what = "close"
    else:
        after = np.empty(0, dtype=int)
        lines = data.windows.values[data.windows.ends[rows][:, None] + past, 0].astype(np.float64)
        what = data.features[0]
    unit = float(np.abs(lines).max()) / 32767 or 1.0
    return {
        "lines": _packed((lines / unit).round(), "<i2"),
        "past": len(past),
        "future": len(after),
        "unit": unit,
        "line": what,
    }


def _price(conclusion: Conclusion, rows: np.ndarray) -> dict[str, Any]:
    """Closes over the time of the windows, of the symbol with the most of them, and when each window ended."""
    data = conclusion.data
    if not data.has_candles:
        return {"price": None}
    frame, ends = data.candles.frame, data.windows.ends[rows]
    symbols = frame["symbol"].iloc[ends].astype(str)
    symbol = str(symbols.value_counts().index[0])
    own = (symbols == symbol).to_numpy()
    first, last = int(ends[own].min()), int(ends[own].max())
    shown = np.unique(np.linspace(first, last, min(PRICES, last - first + 1)).round().astype(int))
    seconds = frame["date"].dt.as_unit("s").astype("int64").to_numpy()
    return {
        "price": {
            "symbol": symbol if data.candles.has_symbol else "",
            "seconds": seconds[shown].tolist(),
            "close": [float(f"{value:.6g}") for value in frame["close"].to_numpy()[shown]],
            "ends": seconds[ends].tolist(),
            "own": _packed(own, "<u1"),
        }
    }


def _shares(labels: np.ndarray, n_classes: int) -> list[float]:
    return [round(float(share), 4) for share in np.bincount(labels, minlength=n_classes) / len(labels)]


def _packed(values: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode()
