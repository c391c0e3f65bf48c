"""The winner's variant in other periods of time, on a very small study."""

import numpy as np
import pandas as pd
import pytest

from probes import ProbeError, score_of_many
from study.baselines import UNTRAINED, probe_baselines, probe_untrained
from study.choice import periods as module
from study.choice.outcome import Scored
from study.choice.periods import Period, PeriodScores, score_periods
from study.data.candles import expanding_periods
from study.errors import TrialPruned
from study.trials.evaluate import evaluate_job
from tests.study.small_trial import VARIANT, job, prepared


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Data of a very small study and a trial of it."""
    data = prepared(tmp_path_factory.mktemp("study"))
    return data, evaluate_job(job(), data, metric="auc", report=lambda *_: False)


@pytest.mark.parametrize("against", ["window statistics", UNTRAINED])
def test_every_period_is_scored_by_what_was_learnt_before_it(study, against):
    data, record = study
    winner = record.candidates[3]
    baseline = (
        next(r for r in probe_baselines(data, metric="auc", seed=0) if r.name == against).candidate
        if against != UNTRAINED
        else probe_untrained(record.model.config, data, metric="auc", seed=0).candidates[5]
    )
    lines = []
    found = score_periods(
        data, VARIANT, winner, (against, baseline), number=2, metric="auc", seed=0, say=lines.append
    )
    assert len(found.periods) == len(lines) == 2 and not found.unscored
    for period, splits in zip(found.periods, expanding_periods(data, 2), strict=True):
        assert (period.windows, period.learnt) == (len(splits.select), len(splits.fit) + len(splits.tune))
        assert period.ahead.value == pytest.approx(period.winner - period.baseline)
        assert period.ahead.low < period.ahead.value < period.ahead.high
    windows = [period.windows for period in found.periods]
    mean = np.average([period.ahead.value for period in found.periods], weights=windows)
    assert found.pooled.value == pytest.approx(mean)
    own = module.in_period(data, expanding_periods(data, 2)[1])
    again = evaluate_job(job(), own, metric="auc", report=lambda *_: False)
    row = [one.key for one in again.candidates].index(winner.key)
    y = own.labels[own.splits.select]
    assert found.periods[1].winner == pytest.approx(score_of_many(y, again.predictions[[row]], "auc")[0])
    widths = [period.ahead.high - period.ahead.low for period in found.periods]
    assert 0 < found.pooled.high - found.pooled.low < max(widths)
    assert f"ahead of {against} in {found.ahead_in} of 2" in found.sentence()
    assert list(found.table()["windows"]) == windows


@pytest.mark.parametrize("kind", [TrialPruned, ProbeError])  # a period may hold one class
def test_a_period_that_cannot_be_scored_is_named_and_the_others_count(study, monkeypatch, kind):
    data, record = study
    winner = record.candidates[3]
    baseline = next(
        r for r in probe_baselines(data, metric="auc", seed=0) if r.name == "raw window"
    ).candidate
    calls = []

    def failing(asked, own, **words):
        calls.append(asked)
        if len(calls) == 1:
            raise kind("training diverged")
        return evaluate_job(asked, own, **words)

    monkeypatch.setattr(module, "evaluate_job", failing)
    found = score_periods(data, VARIANT, winner, ("raw window", baseline), number=2, metric="auc", seed=0)
    assert len(found.periods) == 1 and found.pooled.value == found.periods[0].ahead.value
    assert "1 could not be scored: period 1: training diverged" in found.sentence()
    monkeypatch.setattr(module, "evaluate_job", lambda *_, **__: (_ for _ in ()).throw(kind("no")))
    none = score_periods(data, VARIANT, winner, ("raw window", baseline), number=2, metric="auc", seed=0)
    assert none.pooled is None and "None of the 2 periods" in none.sentence()


def test_the_sentence_counts_the_periods_ahead():
    dates = pd.to_datetime(["2024-01-01", "2024-02-01"], utc=True)
    periods = tuple(
        Period(
            first=dates[0],
            last=dates[1],
            windows=100,
            learnt=200,
            winner=0.6,
            baseline=0.6 - gap,
            ahead=Scored(gap, gap - 0.1, gap + 0.1),
        )
        for gap in (0.02, -0.01, 0.03)
    )
    found = PeriodScores(
        asked=3, periods=periods, unscored=(), baseline="HAR", pooled=Scored(0.0133, -0.04, 0.07)
    )
    assert found.ahead_in == 2
    assert found.sentence().endswith("ahead of HAR in 2 of 3, +0.013 [-0.040, +0.070] pooled.")
