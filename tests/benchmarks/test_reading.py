"""Files of the grammar are read as the same numbers or refused; the benchmark reads ten thousand of them."""

import pytest

from benchmarks.reading import DIFFERENT, EQUAL, draw, outcome


@pytest.mark.parametrize("start", [100_000, 200_000])
def test_no_file_is_read_as_other_numbers(tmp_path, start):
    found = {}
    for seed in range(start, start + 60):
        written = draw(seed)
        found[seed] = outcome(written, tmp_path)
        assert found[seed] != DIFFERENT, written.form
    assert list(found.values()).count(EQUAL) > 30
