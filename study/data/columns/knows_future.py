"""Numbers beside candles that know what comes next: functions of closes to come, or of the label itself."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from study.data.study_data import StudyData
from timesnet.windows import future_columns

# A single input that tells the label apart so well knows it: no baseline of any set comes near.
KNOWS_THE_LABEL = 0.97
# Fewer windows may be told apart by chance.
_FEWEST = 50


def columns_that_know(columns: Sequence[str], values: np.ndarray, data: StudyData) -> dict[str, str]:
    """The columns that know the future, {name: what of it, in words}.

    values: float (candles, C), in step with the study's candles; NaN where there is none.
    """
    close = data.candles.frame["close"].to_numpy(dtype=np.float64)
    found = future_columns(columns, values, close, ahead=data.label.horizon)
    fit = data.splits.fit
    labels, ends = data.labels[fit], data.windows.ends[fit]
    for place, name in enumerate(columns):
        column = values[ends, place]
        known = np.isfinite(column)
        if name in found or known.sum() < _FEWEST:
            continue
        area = max(
            _area_under_curve(column[known], labels[known] == number) for number in range(data.n_classes)
        )
        if area >= KNOWS_THE_LABEL:
            found[name] = f"by itself the label (AUC {area:.3f} on fit)"
    return found


def _area_under_curve(scores: np.ndarray, positive: np.ndarray) -> float:
    """Of one number alone, whichever way round: 0.5 to 1 (Mann-Whitney)."""
    if positive.all() or not positive.any():
        return 0.5
    ranks = pd.Series(scores).rank().to_numpy()
    n = int(positive.sum())
    area = (ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n))
    return float(max(area, 1 - area))
