"""The table of the embedding's worth holds each row's score and its paired differences."""

import numpy as np
import pytest

from benchmarks.embedding import STUDY, Row, table
from study.baselines import UNTRAINED
from study.choice import difference_interval
from tests.study.small_trial import prepared


def test_the_table_compares_every_row_with_those_that_are_there(tmp_path):
    data = prepared(tmp_path)
    truth = data.labels[data.probed.test]
    generator = np.random.default_rng(0)

    def row(name, share):
        guess = np.clip(share * truth + (1 - share) * generator.random(len(truth)), 0, 1)
        return Row(name=name, layer=f"layer of {name}", probability=np.stack([1 - guess, guess], axis=1))

    rows = [row("raw window", 0.0), row(UNTRAINED, 0.1), row(STUDY, 0.9)]
    head, _, *lines = table(rows, data, seed=0).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert "less raw window" in head and f"less {UNTRAINED}" in head and "HAR" not in head
    assert [line[0] for line in cells] == [one.name for one in rows]
    assert cells[0][2] == "" and cells[1][3] == ""
    ahead = difference_interval(data, rows[2].probability, rows[0].probability, "test", metric="auc", seed=0)
    assert float(cells[2][2].split()[0]) == pytest.approx(ahead.value, abs=5e-4) and ahead.low > 0
    assert cells[2][4] == f"layer of {STUDY}"
