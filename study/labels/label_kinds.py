"""The class of what happens after a window."""

import math
from dataclasses import dataclass, replace

import numpy as np

from study.configuration import LABELS
from study.display import suggestion
from study.errors import StudyError
from timesnet.candles import Candles

MEDIAN, TRAILING = "median", "trailing"
CLASS_NAMES = {
    "volatility": ("calm", "volatile"),
    "direction": ("not up", "up"),
    "volume": ("quiet", "busy"),
    "triple_barrier": ("falls first", "neither", "rises first"),
}
MOST_CLASSES = 100
_CLASSES = {"volatility": 2, "volume": 2, "direction": 2, "return_quantile": 3, "triple_barrier": 3}


@dataclass(frozen=True, kw_only=True)
class LabelSpec:
    """What is predicted of the `horizon` candles after a window, whose last candle is t and closes at
    close_t.

    Attributes:
        kind: one of LABELS.
            volatility: outcome (highest high - lowest low) / close_t of those candles; class 1 above the
                threshold.
            volume: outcome v / (v + v') with v the volume of those candles and v' that of as many candles up to t, 0.5
                where all are 0; class 1 above the threshold.
            direction: outcome log(close_(t + horizon) / close_t); class 1 above 0, or above a threshold
                given. A return of exactly that much is class 0, "not up".
            return_quantile: the same outcome, cut at the fit split's quantiles into `classes` of equal size;
                class 0 holds the lowest returns.
            triple_barrier: class 2 where the price first rises by the threshold, 0 where it first falls by as
                much (both in log-returns of highs and lows), 1 where it does neither within the horizon or
                both within one candle, of which nobody can tell which came first.
        horizon: candles.
        threshold: None for the fit split's own (median range, median absolute return), or a number: 0.01 is 1
            %.
        classes: how many classes there are.
        trailing: whether thresholds are those of the last outcomes that were known at each window's end instead of the
            fit split's, see trailing.py.
    """

    kind: str
    horizon: int
    threshold: float | None
    classes: int
    trailing: bool = False

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return self.classes


def label_name(kind: str, horizon: int) -> str:
    """What one of several labels is called, as `volume 16`."""
    return f"{kind} {horizon}"


def horizon_of(name: str) -> int:
    """The horizon in a `label_name`."""
    return int(name.rpartition(" ")[2])


def parse_label(
    *, kind: str, horizon: int, threshold: str | float | None = MEDIAN, classes: int | None = None
) -> LabelSpec:
    """A label from the words of a command line.

    `threshold` is "median" (the fit split's own, which for `direction` is 0 and for `return_quantile` the
    quantiles), "trailing" (the same of the outcomes known lately, for `direction` their median), a share such as
    "1%", or the same as a number, 0.01. `classes` is free for `return_quantile` alone (3 by default). Raises
    StudyError naming the option and its value.
    """
    if kind not in LABELS:
        raise StudyError(f"label={kind!r} is unknown: {suggestion(kind, LABELS)}")
    if horizon < 1:
        raise StudyError(f"horizon={horizon} is too short; it must be at least 1 candle")
    trailing = isinstance(threshold, str) and threshold.strip().lower() == TRAILING
    share = None if trailing else _parse_threshold(threshold)
    if share is not None and kind == "return_quantile":
        raise StudyError(
            f"threshold={threshold!r} means nothing to label='return_quantile'; leave it at {MEDIAN!r}"
        )
    if share is not None and share <= 0 and kind in ("volatility", "volume", "triple_barrier"):
        raise StudyError(f"threshold={threshold!r} must be above 0 for label={kind!r}")
    number = _CLASSES[kind] if classes is None else classes
    if kind == "return_quantile":
        if number < 2:
            raise StudyError(f"classes={number} is too few; label='return_quantile' needs at least 2")
        if number > MOST_CLASSES:
            raise StudyError(f"classes={number} is too many; give {MOST_CLASSES} or fewer")
    elif number != _CLASSES[kind]:
        raise StudyError(f"classes={number} does not fit label={kind!r}, which has {_CLASSES[kind]}")
    return LabelSpec(kind=kind, horizon=horizon, threshold=share, classes=number, trailing=trailing)


def outcomes(candles: Candles, ends: np.ndarray, spec: LabelSpec) -> np.ndarray:
    """What happens after windows that end in rows `ends`, before it is cut into classes.

    float64 (n,) as LabelSpec says; for triple_barrier (n, 1 + 2 * horizon): the horizon's log-return, then
    after each candle the highest high and the lowest low so far, as log-returns. NaN, in the whole row, where
    the horizon leaves the segment: such windows have no label. So have those of volume where fewer candles than the
    horizon lie before the window's end.
    """
    ends = np.asarray(ends, dtype=np.int64)
    high, low, closing = (candles.frame[name].to_numpy(dtype=np.float64) for name in ("high", "low", "close"))
    inside = settled(candles, ends, spec.horizon)
    known = ends[inside]
    shape = (len(ends), 1 + 2 * spec.horizon) if spec.kind == "triple_barrier" else (len(ends),)
    found = np.full(shape, np.nan)
    if spec.kind == "volatility":
        found[inside] = (_highest(high, known, spec.horizon) - _lowest(low, known, spec.horizon)) / closing[
            known
        ]
        return found
    if spec.kind == "volume":
        found[inside] = _volume_share(candles, known, spec.horizon)
        return found
    returns = np.log(closing[known + spec.horizon] / closing[known])
    if spec.kind in ("direction", "return_quantile"):
        found[inside] = returns
        return found
    if spec.kind != "triple_barrier":
        raise NotImplementedError(f"the outcome of label {spec.kind!r}")
    path = known[:, None] + np.arange(1, spec.horizon + 1)
    found[inside, 0] = returns
    found[inside, 1 : 1 + spec.horizon] = np.log(
        np.maximum.accumulate(high[path], axis=1) / closing[known, None]
    )
    found[inside, 1 + spec.horizon :] = np.log(
        np.minimum.accumulate(low[path], axis=1) / closing[known, None]
    )
    return found


def first_number(candles: Candles, ends: np.ndarray, spec: LabelSpec) -> np.ndarray:
    """The outcomes that thresholds are made of, float64 (n,): for triple_barrier the horizon's log-returns."""
    if spec.kind == "triple_barrier":
        return outcomes(candles, ends, replace(spec, kind="direction"))
    return outcomes(candles, ends, spec)


def settled(candles: Candles, ends: np.ndarray, horizon: int) -> np.ndarray:
    """Whether the `horizon` candles after each of the rows `ends` (n,) are there, in its segment, bool (n,)."""
    inside = ends + horizon < len(candles)
    inside[inside] = candles.segment[ends[inside] + horizon] == candles.segment[ends[inside]]
    return inside


def fit_thresholds(outcomes_fit: np.ndarray, spec: LabelSpec) -> tuple[float, ...]:
    """Where the classes part, from the fit split's outcomes alone.

    One number; classes - 1 rising ones for return_quantile. Raises StudyError where the fit split cannot be
    parted.
    """
    if spec.threshold is not None:
        return (spec.threshold,)
    if spec.kind == "direction":
        return (0.0,)
    if len(outcomes_fit) == 0 or np.isnan(outcomes_fit).any():
        raise StudyError(f"label={spec.kind!r}: thresholds need the fit split's outcomes, all of them known")
    if spec.kind in ("volatility", "volume"):
        return (float(np.median(outcomes_fit)),)
    if spec.kind == "return_quantile":
        cuts = np.quantile(outcomes_fit, np.arange(1, spec.classes) / spec.classes)
        if len(np.unique(cuts)) < len(cuts):
            raise StudyError(
                f"label='return_quantile': {spec.classes} classes cannot be told apart, because too many "
                "returns are "
                f"equal ({cuts[0]:g}); choose fewer classes or a longer horizon"
            )
        return tuple(float(cut) for cut in cuts)
    if spec.kind != "triple_barrier":
        raise NotImplementedError(f"the threshold of label {spec.kind!r}")
    width = float(np.median(np.abs(outcomes_fit[:, 0])))
    if width == 0:
        raise StudyError("label='triple_barrier': the median return is 0; give a threshold such as 0.5%")
    return (width,)


def classify(found: np.ndarray, thresholds: tuple[float, ...], spec: LabelSpec) -> np.ndarray:
    """Classes int64 (n,) of known outcomes. Raises StudyError where one is NaN."""
    unknown = np.isnan(found).reshape(len(found), -1).any(axis=1) if len(found) else np.zeros(0, dtype=bool)
    if unknown.any():
        raise StudyError(
            f"label={spec.kind!r}: {int(unknown.sum()):,} windows have no outcome; drop them first"
        )
    if spec.kind != "triple_barrier":
        return np.searchsorted(np.asarray(thresholds), found, side="left").astype(np.int64)
    (width,) = thresholds
    # Highs so far only rise and lows only fall, so candles before the barrier are those within it.
    up = (found[:, 1 : 1 + spec.horizon] < width).sum(axis=1)
    down = (found[:, 1 + spec.horizon :] > -width).sum(axis=1)
    return (1 + np.sign(down - up)).astype(np.int64)


def _parse_threshold(threshold: str | float | None) -> float | None:
    if threshold is None or (isinstance(threshold, str) and threshold.strip().lower() == MEDIAN):
        return None
    text = str(threshold).strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = math.nan
    if share >= 1 and not text.endswith("%"):
        raise StudyError(f"threshold={threshold!r} means {share:.0%}; write '{text}%' for {share / 100:.2%}")
    if not math.isfinite(share):
        raise StudyError(
            f"threshold={threshold!r} is not a threshold; give {MEDIAN!r}, {TRAILING!r}, a share such as '1%' or 0.01"
        )
    return share


def _volume_share(candles: Candles, ends: np.ndarray, horizon: int) -> np.ndarray:
    """Volume of the `horizon` candles after each row over that of twice as many around it, float64 (n,)."""
    volume = candles.frame["volume"].to_numpy(dtype=np.float64)
    start = ends - horizon + 1
    there = start >= 0
    there[there] = candles.segment[start[there]] == candles.segment[ends[there]]
    after, before = np.zeros(len(ends)), np.zeros(len(ends))
    for step in range(horizon):
        after += volume[ends + 1 + step]
        before += volume[np.maximum(ends - step, 0)]
    whole = after + before
    share = np.where(whole > 0, after / np.where(whole > 0, whole, 1.0), 0.5)
    return np.where(there, share, np.nan)


def _highest(high: np.ndarray, ends: np.ndarray, horizon: int) -> np.ndarray:
    highest = high[ends + 1]
    for step in range(2, horizon + 1):
        np.maximum(highest, high[ends + step], out=highest)
    return highest


def _lowest(low: np.ndarray, ends: np.ndarray, horizon: int) -> np.ndarray:
    lowest = low[ends + 1]
    for step in range(2, horizon + 1):
        np.minimum(lowest, low[ends + step], out=lowest)
    return lowest
