import json

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from timesnet.errors import DataError
from timesnet.windows.scaler import Scaler

VALUES = np.random.default_rng(0).normal([0, 5, -1e3], [1, 1e-4, 50], (500, 3)).astype(np.float32)


def test_it_agrees_with_scikit_learn():
    rows = np.arange(100, 400)
    scaler = Scaler.fit(VALUES, rows)
    peer = StandardScaler().fit(VALUES[rows].astype(np.float64))
    np.testing.assert_allclose(scaler.mean, peer.mean_, rtol=1e-12)
    np.testing.assert_allclose(scaler.scale, peer.scale_, rtol=1e-12)
    np.testing.assert_allclose(scaler.transform(VALUES), peer.transform(VALUES.astype(np.float64)), atol=1e-5)
    assert scaler.transform(VALUES).dtype == np.float32


def test_rows_outside_the_fit_do_not_count():
    changed = VALUES.copy()
    changed[400:] = 1e6
    rows = np.arange(400)
    assert Scaler.fit(VALUES, rows).to_dict() == Scaler.fit(changed, rows).to_dict()
    mask = np.arange(500) < 400
    assert Scaler.fit(VALUES, rows).to_dict() == Scaler.fit(changed, mask).to_dict()


@pytest.mark.parametrize("value", [0.0, 0.1, -1e6, 1e-30])
def test_a_feature_that_does_not_vary_is_only_shifted(value):
    values = np.column_stack([VALUES[:, 0], np.full(500, value, dtype=np.float32)])
    scaler = Scaler.fit(values, np.arange(500))
    assert scaler.scale[1] == 1.0
    np.testing.assert_allclose(scaler.transform(values)[:, 1], 0, atol=1e-6)


def test_it_survives_json_bit_for_bit():
    scaler = Scaler.fit(VALUES, np.arange(500))
    again = Scaler.from_dict(json.loads(json.dumps(scaler.to_dict())))
    assert np.array_equal(scaler.mean, again.mean) and np.array_equal(scaler.scale, again.scale)
    assert np.array_equal(scaler.transform(VALUES), again.transform(VALUES))


def test_windows_and_tables_are_scaled_alike():
    scaler = Scaler.fit(VALUES, np.arange(500))
    assert np.array_equal(
        scaler.transform(VALUES.reshape(50, 10, 3)), scaler.transform(VALUES).reshape(50, 10, 3)
    )


def test_what_cannot_be_scaled_is_refused():
    with pytest.raises(DataError, match="no rows"):
        Scaler.fit(VALUES, np.zeros(0, dtype=int))
    broken = VALUES.copy()
    broken[7, 1] = np.nan
    with pytest.raises(DataError, match=r"nan .row 7 of the fit, column 1"):
        Scaler.fit(broken, np.arange(500))
    with pytest.raises(DataError, match=r"\(500, 2\) do not fit a scaler of shape \(3,\)"):
        Scaler.fit(VALUES, np.arange(500)).transform(VALUES[:, :2])
