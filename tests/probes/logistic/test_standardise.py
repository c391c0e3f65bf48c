"""Standardising as scikit-learn does, with constants at zero."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from probes.logistic.standardise import Standardiser


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equals_scikit_learn(dtype):
    X = (np.random.default_rng(0).standard_normal((50, 4)) * [1, 1e3, 1e-3, 5] + [0, 1e3, 0, -7]).astype(
        dtype
    )
    standardiser = Standardiser.fit(X)
    Z = standardiser.transform(X)
    expected = StandardScaler().fit(X.astype(np.float64))
    np.testing.assert_allclose(Z, expected.transform(X.astype(np.float64)), atol=1e-9)
    assert standardiser.transform(X, np.float32).dtype == np.float32
    assert not standardiser.constant.any()


@pytest.mark.parametrize("value", [0.0, 0.1, -1e30, 1e-30])
def test_constants_are_zero_even_after_rounding(value):
    X = np.full((777, 2), value, np.float32)
    X[:, 1] = np.arange(777)
    standardiser = Standardiser.fit(X)
    Z = standardiser.transform(X)
    assert standardiser.constant.tolist() == [True, False]
    assert (Z[:, 0] == 0).all()
    assert (standardiser.transform(X + 1)[:, 0] == 0).all()


def test_input_is_left_alone():
    X = np.random.default_rng(1).standard_normal((20, 3))
    before = X.copy()
    Standardiser.fit(X).transform(X)
    np.testing.assert_array_equal(X, before)
