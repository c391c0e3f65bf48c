"""Choosing the winner among all candidates of all trials, on the select split alone."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from probes import (
    SimultaneousBand,
    behind_the_picked,
    bootstrap_scores,
    interval,
    metric_named,
    score_of_many,
    selection_frequency,
    spa_p_value,
)
from study.choice.compare import Comparison, Key, compare
from study.choice.outcome import Scored
from study.choice.resampling import Resamples, corrected_score, draw, score_bounds
from study.data import StudyData
from study.metrics import LEVEL
from study.trials import Candidate, TrialRecord


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The winner and what the select split can say of it.

    Attributes:
        trial, winner: the winning trial and candidate.
        winner_probability: float32 (n_select, n_classes).
        keys: every candidate compared, as (trial, layer, pooling).
        low, high: float64 (n_candidates,), 95 % block-bootstrap bounds of their select scores.
        corrected: the first-ranked candidate's score less the optimism of picking it among many.
        confidence_set: candidates that are not ruled out as the best (90 % model confidence set), twins included.
        runner_up: the best candidate of another layer or trial that gives another answer than the winner.
        group: int64 (n_candidates,), the same for twins: candidates that give the same answer.
        band: by how much the winner is ahead of each candidate, simultaneous over the layers at their best.
        points, resampled: select scores float64 (n_candidates,), the same on each resample float32
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
    group: np.ndarray
    band: SimultaneousBand
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

    @property
    def n_blocks(self) -> float:
        """Blocks of windows in select: how many times it shows what is to be told apart."""
        return self.drawn.n_blocks

    @property
    def distinct(self) -> int:
        """Different answers among the candidates: twins count once."""
        return len(np.unique(self.group))

    @property
    def distinct_not_ruled_out(self) -> int:
        """Different answers in the confidence set."""
        return len({int(self.group[self._places[key]]) for key in self.confidence_set})

    def twins(self, key: Key) -> tuple[Key, ...]:
        """The other candidates that give the same answer, in the order of `keys`."""
        place = self._places[key]
        return tuple(self.keys[i] for i in np.flatnonzero(self.group == self.group[place]) if i != place)

    def same_answer(self, one: Key, other: Key) -> bool:
        """Whether two candidates are twins, or one and the same."""
        return bool(self.group[self._places[one]] == self.group[self._places[other]])

    def behind(self, key: Key) -> Scored:
        """By how much a candidate is behind the winner on select, positive where it is, with a 95 % interval.

        The intervals hold for all layers at once, each at its best candidate, whichever of these was picked (see
        `probes.behind_the_picked`).
        """
        place = self._places[key]
        band = self.band
        return Scored(float(band.behind[place]), float(band.low[place]), float(band.high[place]))

    @cached_property
    def _places(self) -> dict[Key, int]:
        return {key: place for place, key in enumerate(self.keys)}

    def interval(self, key: Key) -> tuple[float, float]:
        """The 95 % bounds of one candidate's select score."""
        place = self._places[key]
        return float(self.low[place]), float(self.high[place])


def choose(
    records: Mapping[int, TrialRecord],
    data: StudyData,
    *,
    metric: str,
    rule: str,
    seed: int,
    processes: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> Choice:
    """Compare all candidates on the select split and pick one by `rule` (see `pick`).

    Args:
        records: completed trials by number.
        data: the study's windows.
        metric: the primary metric.
        rule: see `pick`.
        seed: of the resampling.
        processes, say: see `compare`.
    """
    compared = compare(records, data, metric=metric, seed=seed, processes=processes, say=say)
    keys = compared.keys
    chosen = pick(compared, rule)
    low, high = score_bounds(compared.y, compared.points, compared.resampled, compared.drawn, metric=metric)
    wins: dict[str, float] = defaultdict(float)
    shares = selection_frequency(compared.resampled, higher_is_better=compared.sign > 0)
    for key, share in zip(keys, shares, strict=True):
        wins[key[1]] += float(share)
    return Choice(
        trial=keys[chosen][0],
        winner=compared.candidates[chosen],
        winner_probability=compared.prediction(chosen),
        keys=keys,
        low=low,
        high=high,
        corrected=corrected_score(
            compared.y,
            compared.prediction,
            compared.picks,
            metric=metric,
            overlap=data.overlap("select"),
            apparent=float(compared.points[compared.best]),
        ),
        confidence_set=frozenset(keys[i] for i in compared.inside),
        runner_up=_runner_up(compared, chosen),
        group=compared.group,
        band=behind_the_picked(
            compared.points,
            compared.resampled,
            picked=chosen,
            among=_best_of_layers(compared),
            n_blocks=compared.drawn.n_blocks,
            higher_is_better=compared.sign > 0,
            level=LEVEL,
            seed=seed,
        ),
        points=compared.points,
        resampled=compared.resampled,
        drawn=compared.drawn,
        frequency=dict(wins),
    )


def pick(compared: Comparison, rule: str) -> int:
    """The winner among compared candidates.

    `best` takes the one that ranks first, as does `complement`, whose scores are of candidates with another table at
    their side (see `StudyData.together`). `simplest` takes, of those inside the confidence set that are no more than
    one standard error behind it, the earliest layer and of these the smallest vector. The standard error is needed
    beside the set: a few windows exclude hardly anyone from a set that rarely excludes the best.

    Source: the one-standard-error rule of Breiman et al. 1984, Classification and regression trees, section 3.4.3.
    """
    if rule != "simplest":
        return compared.best
    lead, error = compared.lead()
    near = [i for i in compared.order if i in compared.inside and lead[i] <= error[i]]
    return min(near, key=lambda i: (compared.candidates[i].depth, compared.candidates[i].dim))


def _runner_up(compared: Comparison, chosen: int) -> Key | None:
    """The best candidate of another layer or trial; the winner's twins are no rivals."""
    keys, group = compared.keys, compared.group
    for i in compared.order:
        if keys[i][:2] != keys[chosen][:2] and group[i] != group[chosen]:
            return keys[i]
    return None


def _best_of_layers(compared: Comparison) -> np.ndarray:
    """int64 (n_layers,): of each layer name the candidate with the best select score over all trials."""
    best: dict[str, int] = {}
    utility = np.round(compared.sign * compared.points, 9)
    for i in np.argsort(-utility, kind="stable"):
        best.setdefault(compared.keys[i][1], int(i))
    return np.array(list(best.values()))


def superiority(choice: Choice, baseline: np.ndarray, data: StudyData, *, metric: str) -> float:
    """Hansen's SPA p-value of "no candidate beats the baseline" on select.

    `baseline` is its probabilities, float32 (n_select, n_classes).
    """
    y = data.judged[data.probed.select]
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
    y = data.judged[getattr(data.probed, split)]
    points, resampled, drawn = _resampled(y, [probability], data.overlap(split), metric=metric, seed=seed)
    low, high = score_bounds(y, points, resampled, drawn, metric=metric)
    return Scored(float(points[0]), float(low[0]), float(high[0]))


def difference_interval(
    data: StudyData, probability: np.ndarray, other: np.ndarray, split: str, *, metric: str, seed: int
) -> Scored:
    """How much better the first prediction is than the other, over the same resamples; higher is better."""
    y = data.judged[getattr(data.probed, split)]
    points, resampled, drawn = _resampled(
        y, [probability, other], data.overlap(split), metric=metric, seed=seed
    )
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    ahead = sign * (points[0] - points[1])
    low, high = interval(ahead, sign * (resampled[0] - resampled[1]), n_blocks=drawn.n_blocks, level=LEVEL)
    return Scored(float(ahead), float(low), float(high))


def _resampled(
    y: np.ndarray, probabilities: list[np.ndarray], overlap: int, *, metric: str, seed: int
) -> tuple[np.ndarray, np.ndarray, Resamples]:
    """Scores (m,) of predictions for labels y, the same on each resample (m, n_resamples), and the resamples."""
    stacked = np.stack([np.asarray(p, dtype=np.float64) for p in probabilities])
    drawn = draw(y, stacked[0], metric=metric, overlap=overlap, seed=seed)
    return score_of_many(y, stacked, metric), bootstrap_scores(y, stacked, metric, drawn.counts), drawn
