"""The splits on the price chart."""

import numpy as np
import pandas as pd

from study.conclusion import Conclusion
from study.data import SPLIT_NAMES
from study.display import BLUE, GREEN, ORANGE, VERMILLION
from study.report.svg import Point, Scale, padded, path, rect, svg, text, tick_text, x_axis, y_axis

BUCKETS = 500
COLOURS = dict(zip(SPLIT_NAMES, (BLUE, GREEN, ORANGE, VERMILLION), strict=True))


def price_chart(conclusion: Conclusion) -> str:
    """Closing price over time with the four splits as bands; of several symbols the one with the most candles."""
    data = conclusion.data
    frame = data.candles.frame
    symbol = str(frame["symbol"].value_counts().index[0])
    rows = np.flatnonzero((frame["symbol"] == symbol).to_numpy())
    dates = frame["date"].iloc[rows].dt.as_unit("s").astype("int64").to_numpy()
    close = frame["close"].to_numpy()[rows]
    width, left, right, top, bottom = 960, 70, 940, 44, 320
    x = Scale(float(dates[0]), float(dates[-1]), left, right)
    y = Scale(*padded([float(close.min()), float(close.max())]), bottom, top)
    parts = []
    for split in SPLIT_NAMES:
        bounds = data.splits.boundaries[split]
        start, stop = (_seconds(bounds[key]) for key in ("first_candle", "last_candle"))
        start, stop = max(start, x.low), min(stop, x.high)
        if stop <= start:
            continue
        tip = (
            f"{split}: {len(data.split_rows[split])} windows, {bounds['first_candle']:%Y-%m-%d %H:%M} to "
            f"{bounds['last_candle']:%Y-%m-%d %H:%M} UTC"
        )
        parts.append(
            rect(
                x(start),
                top,
                x(stop) - x(start),
                bottom - top,
                kind="band",
                style=f"fill:{COLOURS[split]}",
                tip=tip,
            )
        )
        middle = (x(start) + x(stop)) / 2
        parts.append(text(middle, top - 8, split, anchor="middle", kind="axis"))
    parts.append(
        y_axis(y, left, label="", ticks=[(tick, tick_text(tick)) for tick in y.ticks()], right=right)
    )
    parts.append(x_axis(x, bottom, label="UTC", ticks=_date_ticks(x), top=top))
    parts += [
        path(points, kind="price") for points in _pieces(dates, close, data.candles.segment[rows], x, y)
    ]
    name = f"close of {symbol}" if data.candles.has_symbol else "close"
    return svg(width, bottom + 40, parts, title=f"{name}, with the four splits")


def _pieces(
    dates: np.ndarray, close: np.ndarray, segment: np.ndarray, x: Scale, y: Scale
) -> list[list[Point]]:
    """Lines without the gaps; lowest and highest close of each of some hundred stretches."""
    bucket = np.arange(len(dates)) * BUCKETS // len(dates)
    pieces = []
    for inside in np.split(np.arange(len(segment)), np.flatnonzero(np.diff(segment)) + 1):
        points: list[Point] = []
        for _, members in pd.Series(inside).groupby(bucket[inside]):
            few = members.to_numpy()
            kept = sorted({int(few[close[few].argmin()]), int(few[close[few].argmax()])})
            points += [(x(float(dates[i])), y(float(close[i]))) for i in kept]
        if len(points) == 1:
            points.append((points[0][0] + 0.5, points[0][1]))
        pieces.append(points)
    return pieces


def _date_ticks(x: Scale) -> list[tuple[float, str]]:
    start, stop = pd.Timestamp(x.low, unit="s"), pd.Timestamp(x.high, unit="s")
    days = max((stop - start).days, 1)
    every, form = next(
        (freq, form)
        for most, freq, form in (
            (2, "6h", "%d %b %H:%M"),
            (14, "2D", "%d %b"),
            (60, "7D", "%d %b"),
            (150, "14D", "%d %b %Y"),
            (900, "QS", "%b %Y"),
            (4000, "YS", "%Y"),
            (10**9, "5YS", "%Y"),
        )
        if days <= most
    )
    return [
        (float(_seconds(date)), f"{date:{form}}") for date in pd.date_range(start.ceil("h"), stop, freq=every)
    ]


def _seconds(date: pd.Timestamp) -> float:
    return float(date.timestamp())
