"""Score intervals of an AUC, by their defining equation and their coverage."""

import numpy as np
import pytest
from scipy.stats import norm

from probes import ProbeError, auc_score_interval
from probes.ranking import auc_of_many


@pytest.mark.parametrize("counts", [(5, 5), (3, 40), (200, 300)])
@pytest.mark.parametrize("auc", [0.5, 0.73, 0.98])
def test_bounds_solve_the_published_equation(counts, auc):
    m, n = counts
    for bound in auc_score_interval(np.array(auc), counts):
        A = float(bound)
        spread = (1 - A) / (2 - A) + A / (1 + A)
        variance = A * (1 - A) / (m * n) * (1 + ((m + n) / 2 - 1) * spread)
        assert abs(auc - A) == pytest.approx(norm.ppf(0.975) * np.sqrt(variance), abs=4e-4)


def test_perfect_order_still_leaves_doubt_that_more_rows_dispel():
    lows = [float(auc_score_interval(np.array(1.0), (n, n))[0]) for n in (2, 5, 20, 100)]
    assert lows == sorted(lows) and lows[0] < 0.6 and 0.9 < lows[-1] < 1.0
    assert float(auc_score_interval(np.array(1.0), (5, 5))[1]) == 1.0


def test_bounds_are_mirrored_ordered_and_hold_the_score():
    auc = np.linspace(0, 1, 11)
    low, high = auc_score_interval(auc, (6, 9))
    assert (low <= auc).all() and (auc <= high).all() and (np.diff(low) >= 0).all()
    np.testing.assert_allclose(low, 1 - high[::-1], atol=3e-4)
    narrow = auc_score_interval(auc, (6, 9), level=0.5)
    assert (narrow[0] >= low).all() and (narrow[1] <= high).all()


@pytest.mark.parametrize("shift", [0.5, 2.0])
def test_the_true_auc_is_covered_about_as_often_as_said(shift):
    rng = np.random.default_rng(0)
    truth = norm.cdf(shift / np.sqrt(2))
    y = np.repeat([False, True], [10, 14])
    scores = rng.normal(size=(2000, 24)) + shift * y
    low, high = auc_score_interval(auc_of_many(y, scores), (10, 14))
    assert 0.92 <= ((low <= truth) & (truth <= high)).mean() <= 0.98


def test_more_classes_narrow_the_mean():
    two, four = (auc_score_interval(np.array(0.8), (10,) * k) for k in (2, 4))
    assert four[1] - four[0] < two[1] - two[0]


@pytest.mark.parametrize(("counts", "level"), [((5,), 0.95), ((5, 0), 0.95), ((5, 5), 1.0)])
def test_nonsense_is_refused(counts, level):
    with pytest.raises(ProbeError):
        auc_score_interval(np.array(0.7), counts, level=level)
