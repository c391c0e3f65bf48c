"""Select scores of one trial's candidates, the work that is done trial by trial so that none need hold all."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from probes import BootstrapScorer, best_of_each, score_of_many
from study.choice.twins import earliest_alike
from study.trials import PredictionFile

Predictions = np.ndarray | PredictionFile


@dataclass(frozen=True, kw_only=True)
class TrialCandidates:
    """The candidates of one trial that are compared.

    Attributes:
        predictions: float32 (n_candidates, n_select, n_classes), of all of its candidates.
        rows: which of them are compared, k.
    """

    predictions: Predictions
    rows: tuple[int, ...]

    def read(self) -> np.ndarray:
        """float32 (k, n_select, n_classes)."""
        return np.asarray(self.predictions)[list(self.rows)]


@dataclass(frozen=True, kw_only=True)
class SelectScores:
    """What all select windows say of a part's candidates.

    Attributes:
        points, doubt: float64 (k,), the metric and the log-loss.
        digests: of each candidate's predictions: layers that return the same numbers are common.
        first_alike: int64 (k,), for each candidate the first of the part that gives the same answer.
    """

    points: np.ndarray
    doubt: np.ndarray
    digests: tuple[bytes, ...]
    first_alike: np.ndarray


def score(part: TrialCandidates, *, y: np.ndarray, metric: str) -> SelectScores:
    """Score a part's candidates on labels y (n_select,)."""
    probability = part.read()
    digests = tuple(blake2b(one.tobytes(), digest_size=16).digest() for one in probability)
    kept, each = distinct(digests)
    points = score_of_many(y, probability[kept], metric)
    doubt = score_of_many(y, probability[kept], "log_loss")
    alike = kept[earliest_alike(probability[kept], labels=y.ndim == 2)]
    return SelectScores(points=points[each], doubt=doubt[each], digests=digests, first_alike=alike[each])


@dataclass(frozen=True, kw_only=True)
class BootstrapScores:
    """What the resamples say of a part's candidates.

    Attributes:
        table: float32 (k, n_resamples), the metric on each.
        picked: int64 (n_picking,), the candidate that is best on each resample of the correction.
        value, doubt: float64 (n_picking,), its metric there, signed so that higher is better, with what other windows
            say, to 9 digits; its log-loss there.
    """

    table: np.ndarray
    picked: np.ndarray
    value: np.ndarray
    doubt: np.ndarray


@dataclass(frozen=True, kw_only=True)
class TrialBootstrap:
    """Scores parts on two sets of resamples at once, which costs little more than on one.

    Attributes:
        scorer: of both sets, one after the other, or of one set that is both.
        doubter: of the second set, log-losses.
        n_table, n_picking: how many resamples, from the first on, are of the table; on how many, up to the last, the
            best are picked.
        sign: 1 where a higher score is better, else -1.
    """

    scorer: BootstrapScorer
    doubter: BootstrapScorer
    n_table: int
    n_picking: int
    sign: float

    def of(self, work: tuple[TrialCandidates, tuple[bytes, ...], np.ndarray]) -> BootstrapScores:
        """Of a part, its digests and what other windows say of each of its candidates, float64 (k,)."""
        part, digests, beside = work
        kept, each = distinct(digests)
        probability = part.read()[kept]
        scores = self.scorer.scores(probability)
        utility = np.round(self.sign * (scores[:, -self.n_picking :][each] + beside[:, None]), 9)
        doubt = self.doubter.scores(probability)[each]
        picked = best_of_each(utility, doubt)
        value, doubt = (np.take_along_axis(one, picked[None], axis=0)[0] for one in (utility, doubt))
        return BootstrapScores(
            table=scores[:, : self.n_table].astype(np.float32)[each], picked=picked, value=value, doubt=doubt
        )


def distinct(digests: tuple[bytes, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Places of the first of each digest, and for every digest which of these is its own."""
    first: dict[bytes, int] = {}
    each = np.array([first.setdefault(digest, len(first)) for digest in digests])
    return np.unique(each, return_index=True)[1], each
