"""The windows that a registered winner keeps, to look up those most like a new one, and how good that is on test."""

from dataclasses import replace

import numpy as np
import pandas as pd

from probes import even_subsample
from study.choice import score_interval
from study.conclusion import Conclusion
from study.data import StudyData
from study.labels import first_number
from study.trials import task_windows
from timesnet import Extractor
from timesnet.candles import in_words
from timesnet.extractor import PastWindows, how_many

# Numbers of neighbours that are scored on test.
SCORED = (1, 5, 10, 20, 50)
_RETURN = "log-return over the next {ahead}"
_OUTCOMES = {
    "volatility": "range (highest high less lowest low, over the last close) of the next {ahead}",
    "volume": "volume of the next {ahead} over that of twice as many around the window's end",
    "direction": _RETURN,
    "return_quantile": _RETURN,
    "triple_barrier": _RETURN,
}


def past_windows(conclusion: Conclusion, extractor: Extractor) -> PastWindows | None:
    """Windows of all splits, evenly over time, as many as a model may keep; None where windows know no time.

    The scores take the share of a class among a test window's neighbours as its probability. A test window's past holds
    earlier test windows, too, as it will where the model is used; nothing is chosen by them.
    """
    data = conclusion.data
    if not conclusion.next_steps.past:
        return None
    every = np.sort(np.concatenate([*data.split_rows.values()]))
    rows = even_subsample(every, how_many(extractor.dim), data.symbols)
    vectors = extractor.embed_windows(task_windows(data, extractor.model.config).select(rows))
    learnt = np.isin(rows, np.concatenate([data.splits.fit, data.splits.tune]))
    mean = vectors[learnt].mean(axis=0, dtype=np.float64)
    spread = vectors[learnt].std(axis=0, dtype=np.float64)
    scale = np.where(spread > 0, spread, 1.0)
    limit = float(np.finfo(np.float16).max)
    symbols, names = _symbols(data, rows)
    past = PastWindows(
        vectors=np.clip((vectors - mean) / scale, -limit, limit).astype(np.float16),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        dates=_nanoseconds(data, rows),
        apart=data.apart_from(rows, newer=True),
        classes=data.labels[rows],
        outcomes=first_number(data.candles, data.windows.ends[rows], data.label).astype(np.float32),
        symbols=symbols,
        class_names=tuple(data.source.class_names) or tuple(f"class {k}" for k in range(data.n_classes)),
        symbol_names=names,
        outcome=_OUTCOMES[data.label.kind].format(
            ahead=f"{data.label.horizon} candles ({in_words(data.label.horizon * data.candles.interval)})"
        ),
        metric=data.own_metric(conclusion.outcome.metric),
        scores={},
        probe=_own_score(conclusion, data.own(conclusion.opened.probability)),
    )
    return replace(past, scores=_scores(conclusion, past))


def scores_in_words(past: PastWindows) -> list[str]:
    """What each number of neighbours scores on test, and the classifier on the embedding."""
    told = {f"{k} neighbour{'s' if k > 1 else ''}": score for k, score in past.scores.items()}
    told["the study's own classifier"] = past.probe
    return [f"{what} {value:.3f} [{low:.3f}, {high:.3f}]" for what, (value, low, high) in told.items()]


def _scores(conclusion: Conclusion, past: PastWindows) -> dict[int, tuple[float, float, float]]:
    data = conclusion.data
    found = past.like(conclusion.opened.embedding, _nanoseconds(data, data.probed.test), max(SCORED))
    scores = {}
    for k in SCORED:
        probability = past.shares(found, k)
        if np.isnan(probability).any():
            continue
        scores[k] = _own_score(conclusion, probability)
    return scores


def _own_score(conclusion: Conclusion, probability: np.ndarray) -> tuple[float, float, float]:
    """A test score with its bounds, of the study's own label alone."""
    data = conclusion.data
    metric, seed = data.own_metric(conclusion.outcome.metric), conclusion.study.seed
    scored = score_interval(replace(data, others={}), probability, "test", metric=metric, seed=seed)
    return scored.value, scored.low, scored.high


def _nanoseconds(data: StudyData, rows: np.ndarray) -> np.ndarray:
    return pd.DatetimeIndex(data.dates[rows]).as_unit("ns").asi8


def _symbols(data: StudyData, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each window's symbol as a number, and the names; zeros and none where there is one."""
    if not data.candles.has_symbol:
        return np.zeros(len(rows), dtype=np.int64), ()
    codes, names = pd.factorize(data.candles.rows(data.windows.ends[rows])["symbol"].astype(str), sort=True)
    return codes.astype(np.int64), tuple(map(str, names))
