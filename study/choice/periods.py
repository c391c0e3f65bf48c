"""The winner's variant trained anew before each of several periods of time, and scored on it beside a baseline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from probes import ProbeError, bootstrap_scores, interval, metric_named, score_of_many
from study.baselines import UNTRAINED, probe_baselines, probe_untrained
from study.choice.outcome import Scored
from study.choice.resampling import draw
from study.data import StudyData, expanding_periods, in_period
from study.errors import StudyError, TrialPruned
from study.metrics import LEVEL
from study.trials import PRETRAINED, Candidate, Job, TrialRecord, Variant, evaluate_job


@dataclass(frozen=True, kw_only=True)
class Period:
    """One period.

    Attributes:
        first, last: dates (UTC) of the last candles of its first and last window.
        windows: scored; learnt: windows before it that were learnt from.
        winner, baseline: their scores.
        ahead: the difference, higher is better.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    windows: int
    learnt: int
    winner: float
    baseline: float
    ahead: Scored


@dataclass(frozen=True, kw_only=True)
class PeriodScores:
    """What all periods say.

    Attributes:
        asked: how many periods there are; periods: those that could be scored.
        unscored: why each of the others could not be.
        baseline: the name of the baseline beside which the winner is scored.
        pooled: mean of the differences, each by its windows; None where no period could be scored.
    """

    asked: int
    periods: tuple[Period, ...]
    unscored: tuple[str, ...]
    baseline: str
    pooled: Scored | None

    @property
    def ahead_in(self) -> int:
        """Periods in which the winner scored better."""
        return sum(period.ahead.value > 0 for period in self.periods)

    def sentence(self) -> str:
        """The verdict of the periods in a line."""
        if self.pooled is None:
            return f"None of the {self.asked} periods could be scored: {'; '.join(self.unscored)}."
        pooled = self.pooled
        told = (
            f"Trained anew before each of {self.asked} periods of time, the winner's variant is ahead of "
            f"{self.baseline} in {self.ahead_in} of {len(self.periods)}, {pooled.signed()} "
            "pooled."
        )
        if self.unscored:
            told += f" {len(self.unscored)} could not be scored: {'; '.join(self.unscored)}."
        return told

    def table(self) -> pd.DataFrame:
        """One row a period."""
        rows = [{**vars(period), **_flat(period.ahead)} for period in self.periods]
        return pd.DataFrame(rows).rename(columns={"baseline": self.baseline})


def score_periods(
    data: StudyData,
    variant: Mapping[str, Any],
    winner: Candidate,
    baseline: tuple[str, Candidate],
    *,
    number: int,
    metric: str,
    seed: int,
    say: Callable[[str], None] = lambda line: None,
) -> PeriodScores:
    """Train the variant before each period, score the winner's layer and the baseline on it.

    Both are probed as in a study: C from tune, the probe then fitted on fit + tune. Nothing is chosen by these scores.
    The pooled interval takes periods as independent.

    Args:
        winner, baseline: whose layers and poolings are scored; the baseline with its name.
        number: of periods.
        seed: of training and resampling.
    """
    scored: list[tuple[Period, np.ndarray, float]] = []
    unscored: list[str] = []
    for place, splits in enumerate(expanding_periods(data, number), start=1):
        say(f"  training the winner's variant for period {place} of {number} ...")
        try:
            inside = in_period(data, splits)
            if variant.get("start") == PRETRAINED and inside.pretrained is None:
                raise StudyError("the pretrained weights know candles of this period or of later ones")
            scored.append(_score(inside, variant, winner, baseline, place=place, metric=metric, seed=seed))
        except (TrialPruned, StudyError, ProbeError) as error:
            unscored.append(f"period {place}: {error}")
    pooled = None
    if scored:
        windows = np.array([period.windows for period, _, _ in scored], dtype=np.float64)
        share = windows / windows.sum()
        least = min(len(ahead) for _, ahead, _ in scored)
        ahead = share @ np.stack([ahead[:least] for _, ahead, _ in scored])
        point = float(share @ [period.ahead.value for period, _, _ in scored])
        n_blocks = sum(blocks for _, _, blocks in scored)
        low, high = interval(np.array(point), ahead, n_blocks=n_blocks, level=LEVEL)
        pooled = Scored(point, float(low), float(high))
    return PeriodScores(
        asked=number,
        periods=tuple(period for period, _, _ in scored),
        unscored=tuple(unscored),
        baseline=baseline[0],
        pooled=pooled,
    )


def _score(
    data: StudyData,
    variant: Mapping[str, Any],
    winner: Candidate,
    baseline: tuple[str, Candidate],
    *,
    place: int,
    metric: str,
    seed: int,
) -> tuple[Period, np.ndarray, float]:
    """A period with the resampled differences float64 (n_resamples,) and the number of blocks behind them."""
    job = Job(number=-1, seed=seed, variant=Variant(**variant), run_id="", tracking_uri="")
    record = evaluate_job(job, data, metric=metric, report=lambda *_: False)
    name, candidate = baseline
    if name == UNTRAINED:
        assert record.model is not None
        other = _prediction(probe_untrained(record.model.config, data, metric=metric, seed=seed), candidate)
    else:
        rows_beside = probe_baselines(data, metric=metric, seed=seed)
        other = next(row.probability for row in rows_beside if row.name == name)
    rows = data.probed.select
    y = data.labels[rows]
    both = np.stack([_prediction(record, winner), other]).astype(np.float64)
    points = score_of_many(y, both, metric)
    # Resamples of their own for each period, so that their luck is not the same.
    drawn = draw(y, both[0], metric=metric, overlap=data.overlap("select"), seed=seed + place)
    resampled = bootstrap_scores(y, both, metric, drawn.counts)
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    point, ahead = sign * (points[0] - points[1]), sign * (resampled[0] - resampled[1])
    low, high = interval(point, ahead, n_blocks=drawn.n_blocks, level=LEVEL)
    first, last = data.dates[rows[[0, -1]]]
    period = Period(
        first=first,
        last=last,
        windows=len(rows),
        learnt=len(data.probed.fit) + len(data.probed.tune),
        winner=float(points[0]),
        baseline=float(points[1]),
        ahead=Scored(float(point), float(low), float(high)),
    )
    return period, ahead - point, drawn.n_blocks


def _prediction(record: TrialRecord, candidate: Candidate) -> np.ndarray:
    """float32 (n_select, n_classes): a record's predictions of the layer and pooling of a candidate."""
    keys = [one.key for one in record.candidates]
    return np.asarray(record.predictions[keys.index(candidate.key)])


def _flat(ahead: Scored) -> dict[str, float]:
    return {"ahead": ahead.value, "ahead_low": ahead.low, "ahead_high": ahead.high}
