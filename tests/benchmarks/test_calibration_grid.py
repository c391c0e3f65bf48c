"""The grid of calibrations: its standard error, its equals, and that it runs."""

import numpy as np
import pytest

from benchmarks.calibration_grid import Market, main, standard_error
from probes import block_bootstrap_counts


def test_the_computed_standard_error_is_what_drawing_comes_to():
    terms = np.convolve(np.random.default_rng(0).standard_normal(409), np.ones(10), "valid")
    n, block = len(terms), 25
    drawn = (block_bootstrap_counts(n, block, 20_000, 0) @ terms / n).std() * np.sqrt(16 / 15)
    assert standard_error(terms, block) == pytest.approx(drawn, rel=0.02)


def test_both_predictors_are_equally_good_and_the_label_is_balanced():
    market = Market(seq_len=8, horizon=4, memory=10)
    threshold, truth = market.truth()
    ahead, past = market.draw(np.random.default_rng(1), 100_000)
    assert (ahead > threshold).mean() == pytest.approx(0.5, abs=0.02)
    assert past.mean(axis=1) == pytest.approx(past.mean(), rel=0.02)
    assert 0.6 < truth < 0.8


def test_it_runs(capsys):
    main(["--quick"])
    assert "computed" in capsys.readouterr().out
