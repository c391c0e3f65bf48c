"""Rows of the splits, with subsamples that keep time even."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes import ProbeData, ProbeError, even_subsample


@given(st.integers(1, 400), st.integers(1, 400))
def test_a_subsample_is_even_and_keeps_both_ends(n, at_most):
    rows = np.arange(10, 10 + n)
    thin = even_subsample(rows, at_most)
    assert len(thin) == min(n, at_most)
    assert len(np.unique(thin)) == len(thin)
    if at_most >= n:
        np.testing.assert_array_equal(thin, rows)
    elif at_most > 1:
        assert (thin[0], thin[-1]) == (rows[0], rows[-1])
        gaps = np.diff(thin)
        assert gaps.max() - gaps.min() <= 1


@pytest.mark.parametrize("step", [2, 3, 4, 8])
def test_no_group_is_passed_over_by_the_step(step):
    groups = np.tile(np.arange(4), 600)
    thin = even_subsample(np.arange(2400), 2400 // step, groups)
    assert len(thin) == 2400 // step and (np.diff(thin) > 0).all()
    shares = np.bincount(groups[thin])
    assert shares.max() - shares.min() <= 1
    for group in range(4):
        own = thin[groups[thin] == group]
        gaps = np.diff(own) // 4
        assert gaps.max() - gaps.min() <= 1 and own[0] <= 4 * step and own[-1] >= 2400 - 4 * step - 4


def test_an_empty_subsample_is_refused():
    with pytest.raises(ProbeError, match="at least 1"):
        even_subsample(np.arange(3), 0)


def test_refit_rows_are_fit_with_tune():
    data = ProbeData(
        fit_rows=np.array([0, 1]),
        tune_rows=np.array([3]),
        select_rows=np.array([5]),
        labels=np.array([0, 1, 0, 1, 0, 1]),
        n_classes=2,
    )
    assert data.refit_rows.tolist() == [0, 1, 3]
    assert data.labels.dtype == np.int64


def test_labels_outside_the_splits_may_be_anything():
    ProbeData(
        fit_rows=np.array([0]),
        tune_rows=np.array([1]),
        select_rows=np.array([2]),
        labels=np.array([0, 1, 0, -1]),
        n_classes=2,
    )
