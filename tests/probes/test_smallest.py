"""The smallest of each row, whichever way finds them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes import smallest as module
from probes.smallest import RUN, smallest

WAYS = {"runs": True, "partition": False}


@pytest.mark.parametrize("runs_are_faster", WAYS.values(), ids=WAYS)
@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 3 * RUN + 7),
    share=st.floats(0, 1),
    highest=st.sampled_from([1, 3, 1000, 2**31 - 1]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_they_are_the_first_of_each_sorted_row(runs_are_faster, rows, columns, share, highest, seed):
    numbers = np.random.default_rng(seed).integers(0, highest, (rows, columns), dtype=np.int32)
    k = 1 + int(share * (columns - 1))
    expected = np.sort(numbers, axis=1)[:, :k]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_runs_are_faster", lambda: runs_are_faster)
        found = smallest(numbers.copy(), k)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)


def test_the_faster_way_is_found_once():
    module._runs_are_faster.cache_clear()
    assert module._runs_are_faster() == module._runs_are_faster()
    assert module._runs_are_faster.cache_info().misses == 1
