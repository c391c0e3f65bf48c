"""Rules that pick one candidate of a study without looking at its test split."""

from collections.abc import Callable

import numpy as np

from benchmarks.selection_studies import METRIC, JudgedStudy
from probes import score_of_many
from study.choice.choose import pick
from study.choice.compare import compare

Rule = Callable[[JudgedStudy], int]
BEST, SIMPLEST = "ours: best", "ours: simplest"
MAXIMUM, TUNE_MAXIMUM = "plain maximum", "plain maximum (tune only)"
CROSSED = "cross-fitted"
LAST, LOES, LOGME, SILHOUETTE = "last layer", "LOES", "LogME", "silhouette"
RANDOM = "a random candidate"


def picks(study: JudgedStudy) -> dict[str, int]:
    """The candidate that each rule picks.

    - ours: what `study` itself chooses by `selection=best` or `selection=simplest`.
    - plain maximum: the highest score on tune + select as one validation set, the best C of each candidate
      included; and the same on tune alone, for those who keep no more than that.
    - cross-fitted: the highest score on tune + select of predictions by probes that never saw their fold (see
      `cross_fitted`): twice the windows of select, for five fits instead of one.
    - last layer: what the head is put on, mean over time. LOES, LogME, silhouette: the layer with the best
      statistic on all windows but test. These rank the layers of one network; which network is then the plain
      maximum's word on the picked layers.
    """
    candidates = [candidate for record in study.records.values() for candidate in record.candidates]
    tune = np.array([candidate.tune_score for candidate in candidates])
    compared = compare(study.records, study.data, metric=METRIC, seed=study.seed)
    found = {
        BEST: pick(compared, "best"),
        SIMPLEST: pick(compared, "simplest"),
        MAXIMUM: int(np.argmax(study.validation)),
        TUNE_MAXIMUM: int(np.argmax(tune)),
        CROSSED: int(np.argmax(_crossed(study))),
        LAST: _by_network(study, lambda rows: last_layer(study, rows)),
    }
    for name, statistic, sign in ((LOES, "loes", -1), (LOGME, "logme", 1), (SILHOUETTE, "silhouette", 1)):
        values = np.nan_to_num(sign * study.statistics[statistic], nan=-np.inf)
        found[name] = _by_network(study, lambda rows, values=values: int(rows[np.argmax(values[rows])]))  # type: ignore[misc]
    return found


def _crossed(study: JudgedStudy) -> np.ndarray:
    rows = np.concatenate([study.data.splits.tune, study.data.splits.select])
    return score_of_many(study.data.labels[rows], study.crossed, METRIC)


def last_layer(study: JudgedStudy, rows: np.ndarray) -> int:
    """Among the candidates `rows` of one network, the mean of the deepest layer that is not the head."""
    candidates = [candidate for record in study.records.values() for candidate in record.candidates]
    hidden = [
        i for i in rows if candidates[i].pooling == "mean" and candidates[i].layer.startswith("layer_norm")
    ]
    return max(hidden, key=lambda i: candidates[i].depth)


def _by_network(study: JudgedStudy, layer: Callable[[np.ndarray], int]) -> int:
    chosen = [layer(np.flatnonzero(study.trial == number)) for number in study.records]
    return max(chosen, key=lambda i: study.validation[i])
