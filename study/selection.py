"""Choosing the winner among all candidates of all trials, on the select split alone."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from probes import (
    bootstrap_scores,
    confidence_set,
    interval,
    metric_named,
    score_of_many,
    selection_frequency,
    spa_p_value,
)
from study.resampling import Resamples, corrected_score, draw, score_bounds
from study.study_data import StudyData
from study.trial_record import Candidate, TrialRecord
from study.verdict import Scored

# Model confidence set at 90 %, the size that its authors use.
CONFIDENCE = 0.90

Key = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The winner and what the select split can say of it.

    Attributes:
        trial, winner: the winning trial and candidate.
        winner_probability: float32 (n_select, n_classes).
        keys: every candidate compared, as (trial, layer, pooling).
        low, high: float64 (n_candidates,), 95 % block-bootstrap bounds of their select scores.
        corrected: the best candidate's score less the optimism of picking the best of many.
        confidence_set: candidates that can't be told from the best.
        runner_up: the best candidate of another layer or trial.
        points, resampled: select scores float64 (n_candidates,), the same on each resample float64
            (n_candidates, n_resamples).
        drawn: how often each window is in each resample.
        frequency: by layer, the share of resamples in which one of its candidates is the best.
    """

    trial: int
    winner: Candidate
    winner_probability: np.ndarray
    keys: tuple[Key, ...]
    low: np.ndarray
    high: np.ndarray
    corrected: float
    confidence_set: frozenset[Key]
    runner_up: Key | None
    points: np.ndarray
    resampled: np.ndarray
    drawn: Resamples
    frequency: Mapping[str, float]

    @property
    def block_length(self) -> int:
        """Of the bootstrap, in windows."""
        return self.drawn.block_length

    @property
    def note(self) -> str:
        """What decided on the block length."""
        return self.drawn.note

    def interval(self, key: Key) -> tuple[float, float]:
        """The 95 % bounds of one candidate's select score."""
        place = self.keys.index(key)
        return float(self.low[place]), float(self.high[place])


def choose(
    records: Mapping[int, TrialRecord],
    data: StudyData,
    *,
    metric: str,
    rule: str,
    seed: int,
) -> Choice:
    """Compare all candidates on the select split and pick one by `rule`.

    Args:
        records: completed trials by number.
        data: the study's windows.
        metric: the primary metric.
        rule: `best` takes the top score; `simplest` takes, inside the confidence set, the earliest layer and of
            these the smallest vector.
        seed: of the resampling.
    """
    higher = metric_named(metric).higher_is_better
    sign = 1.0 if higher else -1.0
    found = [
        ((number, *candidate.key), candidate, record.predictions[row])
        for number, record in sorted(records.items())
        for row, candidate in enumerate(record.candidates)
        if metric in candidate.scores
    ]
    keys = [key for key, _, _ in found]
    probability = np.stack([p for _, _, p in found])
    y = data.labels[data.splits.select]
    points = score_of_many(y, probability, metric)
    order = sorted(
        range(len(found)),
        key=lambda i: (-sign * points[i], found[i][1].depth, found[i][1].dim, keys[i]),
    )
    best = order[0]

    overlap = data.source.overlap
    drawn = draw(y, probability[best], metric=metric, overlap=overlap, seed=seed)
    resampled = bootstrap_scores(y, probability, metric, drawn.counts)
    low, high = score_bounds(y, points, resampled, drawn, metric=metric)
    apart = confidence_set(
        points, resampled, higher_is_better=higher, level=CONFIDENCE, n_blocks=drawn.n_blocks, seed=seed
    )
    inside = frozenset(keys[i] for i in apart.members) | {keys[best]}

    corrected = corrected_score(y, probability, drawn, metric=metric, overlap=overlap, seed=seed)
    wins: dict[str, float] = defaultdict(float)
    for key, share in zip(keys, selection_frequency(resampled, higher_is_better=higher), strict=True):
        wins[key[1]] += float(share)

    chosen = best
    if rule == "simplest":
        chosen = min(
            (i for i in order if keys[i] in inside),
            key=lambda i: (found[i][1].depth, found[i][1].dim, order.index(i)),
        )
    # Layers that return the winner's numbers under another name are not rivals.
    others = [
        i
        for i in order
        if keys[i][:2] != keys[chosen][:2] and not np.array_equal(probability[i], probability[chosen])
    ]
    return Choice(
        trial=keys[chosen][0],
        winner=found[chosen][1],
        winner_probability=probability[chosen],
        keys=tuple(keys),
        low=low,
        high=high,
        corrected=corrected,
        confidence_set=inside,
        runner_up=keys[others[0]] if others else None,
        points=points,
        resampled=resampled,
        drawn=drawn,
        frequency=dict(wins),
    )


def superiority(choice: Choice, baseline: np.ndarray, data: StudyData, *, metric: str) -> float:
    """Hansen's SPA p-value of "no candidate beats the baseline" on select.

    `baseline` is its probabilities, float32 (n_select, n_classes).
    """
    y = data.labels[data.splits.select]
    return spa_p_value(
        choice.points,
        choice.resampled,
        float(score_of_many(y, baseline[None], metric)[0]),
        bootstrap_scores(y, baseline[None], metric, choice.drawn.counts)[0],
        n=len(y),
        n_blocks=choice.drawn.n_blocks,
        higher_is_better=metric_named(metric).higher_is_better,
    ).p_value


def score_interval(data: StudyData, probability: np.ndarray, split: str, *, metric: str, seed: int) -> Scored:
    """A score on a split with its 95 % interval; probability is (n_split, n_classes)."""
    y = data.labels[data.split_rows[split]]
    points, resampled, drawn = _resampled(y, [probability], data, metric=metric, seed=seed)
    low, high = score_bounds(y, points, resampled, drawn, metric=metric)
    return Scored(float(points[0]), float(low[0]), float(high[0]))


def difference_interval(
    data: StudyData, probability: np.ndarray, other: np.ndarray, split: str, *, metric: str, seed: int
) -> Scored:
    """How much better the first prediction is than the other, over the same resamples; higher is better."""
    y = data.labels[data.split_rows[split]]
    points, resampled, drawn = _resampled(y, [probability, other], data, metric=metric, seed=seed)
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    low, high = interval(sign * (resampled[0] - resampled[1]), n_blocks=drawn.n_blocks)
    return Scored(float(sign * (points[0] - points[1])), float(low), float(high))


def _resampled(
    y: np.ndarray, probabilities: list[np.ndarray], data: StudyData, *, metric: str, seed: int
) -> tuple[np.ndarray, np.ndarray, Resamples]:
    """Scores (m,) of predictions for labels y, the same on each resample (m, n_resamples), and the resamples."""
    stacked = np.stack([np.asarray(p, dtype=np.float64) for p in probabilities])
    drawn = draw(y, stacked[0], metric=metric, overlap=data.source.overlap, seed=seed)
    return score_of_many(y, stacked, metric), bootstrap_scores(y, stacked, metric, drawn.counts), drawn
