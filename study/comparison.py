"""All candidates of all trials on the select split, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from probes import bootstrap_scores, confidence_set, metric_named, score_of_many
from study.resampling import Resamples, draw
from study.study_data import StudyData
from study.trial_record import Candidate, TrialRecord

# Model confidence set at 90 %, the size that its authors use.
CONFIDENCE = 0.90

Key = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the select split says of every candidate.

    Attributes:
        keys: (trial, layer, pooling) of each of m candidates; candidates: the same, with their scores.
        y: int64 (n_select,). probability: float32 (m, n_select, n_classes).
        sign: 1 where a higher score is better, else -1.
        points, resampled: select scores float64 (m,), the same on each resample float64 (m, n_resamples).
        drawn: how often each window is in each resample.
        beside: float64 (m,), what other windows say, added to the select score before candidates are ranked; zeros
            where select alone decides.
        order: candidates by rank, the best first.
        inside: candidates in the model confidence set, the best among them.
    """

    keys: tuple[Key, ...]
    candidates: tuple[Candidate, ...]
    y: np.ndarray
    probability: np.ndarray
    sign: float
    points: np.ndarray
    resampled: np.ndarray
    drawn: Resamples
    beside: np.ndarray
    order: tuple[int, ...]
    inside: frozenset[int]

    @property
    def best(self) -> int:
        """The candidate that ranks first."""
        return self.order[0]

    def lead(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much the best is ahead of each candidate, float64 (m,), and the standard error of that, (m,).

        The standard error is of select scores over the same resamples, so luck that two candidates share counts for
        nothing.
        """
        total = self.sign * (self.points + self.beside)
        spread = (self.resampled[self.best] - self.resampled).std(axis=1)
        return total[self.best] - total, spread


def compare(records: Mapping[int, TrialRecord], data: StudyData, *, metric: str, seed: int) -> Comparison:
    """Score, resample and rank every candidate that has the metric; `seed` is of the resampling.

    Candidates rank by their select score, where windows stand alone together with their tune score (see
    `tune_votes`); equal ones by the log-loss on select, which tells sure hits from lucky ones, then the earlier
    layer, then the smaller vector.
    """
    metric_of = metric_named(metric)
    sign = 1.0 if metric_of.higher_is_better else -1.0
    found = [
        ((number, *candidate.key), candidate, record.predictions[row])
        for number, record in sorted(records.items())
        for row, candidate in enumerate(record.candidates)
        if metric in candidate.scores
    ]
    keys, candidates = tuple(key for key, _, _ in found), tuple(candidate for _, candidate, _ in found)
    probability = np.stack([p for _, _, p in found])
    y = data.labels[data.probed.select]
    points = score_of_many(y, probability, metric)
    beside = tune_votes(candidates, data, metric=metric)
    doubt = score_of_many(y, probability, "log_loss")
    total = [round(float(value), 9) for value in sign * (points + beside)]
    order = sorted(
        range(len(found)),
        key=lambda i: (-total[i], round(float(doubt[i]), 9), candidates[i].depth, candidates[i].dim, keys[i]),
    )
    drawn = draw(y, probability[order[0]], metric=metric, overlap=data.overlap("select"), seed=seed)
    resampled = bootstrap_scores(y, probability, metric, drawn.counts)
    apart = confidence_set(
        points,
        resampled,
        higher_is_better=metric_of.higher_is_better,
        level=CONFIDENCE,
        n_blocks=drawn.n_blocks,
        seed=seed,
    )
    return Comparison(
        keys=keys,
        candidates=candidates,
        y=y,
        probability=probability,
        sign=sign,
        points=points,
        resampled=resampled,
        drawn=drawn,
        beside=beside,
        order=tuple(order),
        inside=frozenset(map(int, apart.members)) | {order[0]},
    )


def tune_votes(candidates: tuple[Candidate, ...], data: StudyData, *, metric: str) -> np.ndarray:
    """float64 (m,): tune scores, in proportion to the windows behind them, where windows stand alone; else zeros.

    Such data are small: a dozen select windows cannot tell a hundred candidates apart, and the tune windows are as
    good witnesses (the best C of eight flatters all candidates alike). Windows of candles are many, and those of
    tune are of an earlier time: select alone decides there.
    """
    missing = any(f"tune_{metric}" in candidate.unavailable for candidate in candidates)
    if data.source.overlap > 1 or missing:
        return np.zeros(len(candidates))
    share = len(data.probed.tune) / len(data.probed.select)
    return share * np.array([candidate.tune_score for candidate in candidates])
