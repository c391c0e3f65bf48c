"""Bounds of all differences from the one that was picked: what they hold, and how often."""

import numpy as np
import pytest
from scipy.stats import norm, studentized_range
from scipy.stats import t as student

from probes import ProbeError, behind_the_picked


def noisy(truth, generator, *, error=0.02, resamples=400):
    """Scores with independent normal errors, and resamples that err alike."""
    point = truth + error * generator.standard_normal(len(truth))
    return point, point[:, None] + error * generator.standard_normal((len(truth), resamples))


def test_many_blocks_give_tukeys_studentised_range():
    point, resampled = noisy(np.zeros(6), np.random.default_rng(0), resamples=40_000)
    band = behind_the_picked(point, resampled, picked=0, among=np.arange(6), n_blocks=1e6)
    assert band.critical == pytest.approx(studentized_range.ppf(0.95, 6, 1e6) / np.sqrt(2), rel=0.02)
    assert norm.ppf(0.975) < band.critical


def test_all_bounds_hold_at_once_whichever_candidate_was_picked():
    """Equal candidates: the picked one's lead is luck alone, on which comparisons with a fixed one fail."""
    generator = np.random.default_rng(1)
    truth = np.zeros(12)
    together = fixed = 0
    for _ in range(300):
        point, resampled = noisy(truth, generator)
        picked = int(point.argmax())
        band = behind_the_picked(point, resampled, picked=picked, among=np.arange(12), n_blocks=1e6)
        together += bool(((band.low <= 0) & (band.high >= 0)).all())
        error = (resampled[picked] - resampled).std(axis=1)
        apart = np.abs((resampled[picked] - point[picked]) - (resampled - point[:, None]))
        dunnett = np.quantile((apart / np.where(error > 0, error, 1)[:, None]).max(axis=0), 0.95)
        fixed += bool((band.behind <= dunnett * error).all())
    assert together >= 0.92 * 300
    assert fixed < 0.92 * 300


@pytest.mark.parametrize("higher", [True, False])
def test_positive_is_behind_whatever_the_direction_and_the_picked_one_is_not_behind_itself(higher):
    point, resampled = noisy(np.array([0.9, 0.5, 0.7]), np.random.default_rng(2), error=0.001)
    picked = 0 if higher else 1
    band = behind_the_picked(
        point, resampled, picked=picked, among=np.arange(3), n_blocks=50, higher_is_better=higher
    )
    others = [i for i in range(3) if i != picked]
    assert (band.low[others] > 0.1).all()
    assert band.behind[picked] == band.low[picked] == band.high[picked] == 0
    np.testing.assert_allclose(band.high - band.behind, band.behind - band.low)


def test_luck_that_is_shared_counts_for_nothing_and_twins_are_certain():
    generator = np.random.default_rng(3)
    shared = 0.05 * generator.standard_normal(500)
    rows = np.stack([0.7 + shared, 0.7 + shared, 0.6 + shared + 1e-3 * generator.standard_normal(500)])
    band = behind_the_picked(
        np.array([0.7, 0.7, 0.6]), rows.astype(np.float32), picked=0, among=np.arange(3), n_blocks=30
    )
    assert band.low[1] == band.high[1] == 0
    assert 0.09 < band.low[2] < 0.1 < band.high[2] < 0.11


def test_few_blocks_widen_and_a_single_pair_gives_students_t():
    point, resampled = noisy(np.zeros(2), np.random.default_rng(4), resamples=40_000)
    wide, narrow = (
        behind_the_picked(point, resampled, picked=0, among=np.array([1]), n_blocks=n) for n in (6, 200)
    )
    assert wide.critical > narrow.critical
    assert wide.critical == pytest.approx(student.ppf(0.975, 5) * np.sqrt(6 / 5), rel=0.05)
    alone = behind_the_picked(point, resampled, picked=0, among=np.array([0]), n_blocks=6)
    assert alone.critical == pytest.approx(student.ppf(0.975, 5) * np.sqrt(6 / 5))


def test_bad_input_is_named():
    point, resampled = noisy(np.zeros(3), np.random.default_rng(5))
    with pytest.raises(ProbeError, match="level is 2"):
        behind_the_picked(point, resampled, picked=0, among=np.arange(3), n_blocks=9, level=2)
    with pytest.raises(ProbeError, match="there are 3"):
        behind_the_picked(point, resampled, picked=0, among=np.array([3]), n_blocks=9)
