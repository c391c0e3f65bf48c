"""All candidates of all trials on the select split, side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from probes import BootstrapScorer, metric_named
from probes.uncertainty import confidence_set, pieces
from study.choice.resampling import Picks, Resamples, correction_counts, draw
from study.choice.scores import Predictions, SelectScores, TrialBootstrap, TrialCandidates, score
from study.choice.twins import groups
from study.choice.worker_processes import Cores
from study.data import StudyData
from study.display import Progress
from study.metrics import CONFIDENCE
from study.trials import Candidate, TrialRecord

Key = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the select split says of every candidate.

    Attributes:
        keys: (trial, layer, pooling) of each of m candidates; candidates: the same, with their scores.
        places: the predictions that each candidate is among, and in which row.
        group: int64 (m,), the same for candidates that give the same answer (see `study.choice.twins`).
        y: int64 (n_select,).
        sign: 1 where a higher score is better, else -1.
        points, resampled: select scores float64 (m,), the same on each resample float32 (m, n_resamples).
        drawn: how often each window is in each resample.
        picks: what the correction for having picked needs.
        beside: float64 (m,), what other windows say, added to the select score before candidates are ranked; zeros
            where select alone decides.
        order: candidates by rank, the best first.
        inside: candidates in the model confidence set, the best and the twins of all members among them. The set is
            of answers: of twins the one that ranks first stands for all.
    """

    keys: tuple[Key, ...]
    candidates: tuple[Candidate, ...]
    places: tuple[tuple[Predictions, int], ...]
    group: np.ndarray
    y: np.ndarray
    sign: float
    points: np.ndarray
    resampled: np.ndarray
    drawn: Resamples
    picks: Picks
    beside: np.ndarray
    order: tuple[int, ...]
    inside: frozenset[int]

    @property
    def best(self) -> int:
        """The candidate that ranks first."""
        return self.order[0]

    def prediction(self, i: int) -> np.ndarray:
        """float32 (n_select, n_classes): a candidate's probabilities."""
        predictions, row = self.places[i]
        return predictions[row]

    def lead(self) -> tuple[np.ndarray, np.ndarray]:
        """By how much the best is ahead of each candidate, float64 (m,), and the standard error of that, (m,).

        The standard error is of select scores over the same resamples, so luck that two candidates share counts for
        nothing.
        """
        total = self.sign * (self.points + self.beside)
        best = self.resampled[self.best].astype(np.float64)
        parts = pieces(len(total))
        spread = np.concatenate([(best - self.resampled[part]).std(axis=1) for part in parts])
        return total[self.best] - total, spread


def compare(
    records: Mapping[int, TrialRecord],
    data: StudyData,
    *,
    metric: str,
    seed: int,
    processes: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> Comparison:
    """Score, resample and rank every candidate that has the metric; `seed` is of the resampling.

    Candidates rank by their select score, where windows stand alone together with their tune score (see
    `tune_votes`); equal ones by the log-loss on select, which tells sure hits from lucky ones, then the earlier
    layer, then the smaller vector.

    Predictions are read one trial at a time, twice; what is held of every candidate is one row of resampled scores.

    Args:
        processes: how many may share the work; the answer is the same.
        say: is told how far it is.
    """
    higher = metric_named(metric).higher_is_better
    sign = 1.0 if higher else -1.0
    compared = [
        ((number, *candidate.key), candidate, (record.predictions, row))
        for number, record in sorted(records.items())
        for row, candidate in enumerate(record.candidates)
        if can_win(candidate, metric)
    ]
    keys, candidates, places = (tuple(column) for column in zip(*compared, strict=True))
    parts = _parts(records, metric)
    y, overlap = data.judged[data.probed.select], data.overlap("select")
    with Cores(processes) as cores:
        points, doubt, digests, group = _scores(parts, y, metric=metric, cores=cores, say=say)
        beside = tune_votes(candidates, data, metric=metric)
        total = [round(float(value), 9) for value in sign * (points + beside)]
        order = sorted(
            range(len(keys)),
            key=lambda i: (
                -total[i],
                round(float(doubt[i]), 9),
                candidates[i].depth,
                candidates[i].dim,
                keys[i],
            ),
        )
        best, row = places[order[0]]
        drawn = draw(y, best[row], metric=metric, overlap=overlap, seed=seed)
        resampled, picks = _resampled(
            parts,
            digests,
            beside,
            y=y,
            counts=(drawn.counts, correction_counts(y, drawn, overlap=overlap, seed=seed)),
            metric=metric,
            sign=sign,
            n_classes=best.shape[-1],
            cores=cores,
            say=say,
        )
    ranked = np.array(order)
    # Of each group the member that ranks first.
    answers = ranked[np.sort(np.unique(group[ranked], return_index=True)[1])]
    apart = confidence_set(
        points[answers],
        resampled[answers],
        higher_is_better=higher,
        level=CONFIDENCE,
        n_blocks=drawn.n_blocks,
        seed=seed,
    )
    kept = np.append(answers[apart.members], order[0])
    return Comparison(
        keys=keys,
        candidates=candidates,
        places=places,
        group=group,
        y=y,
        sign=sign,
        points=points,
        resampled=resampled,
        drawn=drawn,
        picks=picks,
        beside=beside,
        order=tuple(order),
        inside=frozenset(np.flatnonzero(np.isin(group, group[kept])).tolist()),
    )


def can_win(candidate: Candidate, metric: str) -> bool:
    """Whether a candidate has the metric and is an embedding, no prediction of the network's own."""
    return metric in candidate.scores and not candidate.predicts


def _parts(records: Mapping[int, TrialRecord], metric: str) -> list[TrialCandidates]:
    """The candidates that have the metric, by trial, in the order of the trials' numbers."""
    parts = []
    for _, record in sorted(records.items()):
        rows = tuple(row for row, one in enumerate(record.candidates) if can_win(one, metric))
        if rows:
            parts.append(TrialCandidates(predictions=record.predictions, rows=rows))
    return parts


def _scores(
    parts: Sequence[TrialCandidates], y: np.ndarray, *, metric: str, cores: Cores, say: Callable[[str], None]
) -> tuple[np.ndarray, np.ndarray, tuple[bytes, ...], np.ndarray]:
    """Points, doubt, digests and groups of all candidates."""
    found: list[SelectScores] = []
    progress = Progress(say, "scoring", total=len(parts), unit="trials")
    for one in cores.each(partial(score, y=y, metric=metric), parts):
        found.append(one)
        progress(len(found))
    points, doubt = (np.concatenate([getattr(one, name) for one in found]) for name in ("points", "doubt"))
    digests = tuple(digest for one in found for digest in one.digests)
    begins = np.cumsum([0, *(len(one.digests) for one in found)])
    first = np.concatenate([begin + one.first_alike for begin, one in zip(begins, found, strict=False)])
    return points, doubt, digests, groups(first, digests)


def _resampled(
    parts: Sequence[TrialCandidates],
    digests: tuple[bytes, ...],
    beside: np.ndarray,
    *,
    y: np.ndarray,
    counts: tuple[np.ndarray, np.ndarray],
    metric: str,
    sign: float,
    n_classes: int,
    cores: Cores,
    say: Callable[[str], None],
) -> tuple[np.ndarray, Picks]:
    """Resampled scores of all candidates on the first counts, float32 (m, n_resamples); the picks on the second."""
    first, second = counts
    begins = 0 if second is first else len(first)
    scorer = BootstrapScorer(y, np.concatenate(counts) if begins else first, metric, n_classes=n_classes)
    n_table = int(scorer.usable[: len(first)].sum())
    picking = second[scorer.usable[begins:]]
    n_picking = len(picking)
    resampling = TrialBootstrap(
        scorer=scorer,
        doubter=BootstrapScorer(y, picking, "log_loss", n_classes=n_classes),
        n_table=n_table,
        n_picking=n_picking,
        sign=sign,
    )
    ends = np.cumsum([0, *(len(part.rows) for part in parts)])
    work = [
        (part, digests[begin:end], beside[begin:end])
        for part, begin, end in zip(parts, ends[:-1], ends[1:], strict=True)
    ]
    table = np.empty((len(beside), n_table), dtype=np.float32)
    picked = np.zeros(n_picking, dtype=np.int64)
    value, doubt = np.full(n_picking, -np.inf), np.full(n_picking, np.inf)
    progress = Progress(say, f"resampling {len(beside):,} candidates", total=len(parts), unit="trials")
    for done, found in enumerate(cores.each(resampling.of, work), start=1):
        begin = ends[done - 1]
        table[begin : ends[done]] = found.table
        # As `best_of_each` does where all are compared at once.
        better = (found.value > value) | ((found.value == value) & (found.doubt < doubt))
        picked = np.where(better, begin + found.picked, picked)
        value, doubt = np.where(better, found.value, value), np.where(better, found.doubt, doubt)
        progress(done)
    return table, Picks(picked, picking)


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
