"""The score that steers studies, compared with others: the same variants and scores as in a study, and right ranks."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from benchmarks.epoch_score import ENDS, SCORES, correlations, quick_layer_scores, random_variants, spearman
from probes import even_subsample
from study.metrics import QUICK_FIT_WINDOWS
from study.search import read_space
from study.trials import CAPTURE_BATCH, Variant, task_windows
from study.trials.network import network_config
from study.trials.probing import quick_score
from tests.study.small_trial import VARIANT, prepared
from timesnet import TimesNet, freeze_frequencies


def test_more_trials_begin_with_the_same_variants():
    space = read_space(None, horizon=4, seq_len=48)
    more = random_variants(space, 5, seed=1)
    assert random_variants(space, 3, seed=1) == more[:3]
    assert len({str(variant) for variant in more}) == 5


def test_the_last_block_scores_as_a_study_scores_it(tmp_path):
    data = prepared(tmp_path)
    torch.manual_seed(0)
    model = TimesNet(network_config(Variant(**VARIANT), data)).eval()
    windows = task_windows(data, model.config)
    own = quick_score(model, windows, data, metric="auc")
    few = windows.select(even_subsample(data.probed.fit, QUICK_FIT_WINDOWS))
    freeze_frequencies(model, lambda: few.batches(CAPTURE_BATCH))
    model.period_selection = "frozen"
    scores = quick_layer_scores(model, data)
    assert scores["layer_norm"] == pytest.approx(own) and "projection" not in scores


def test_ranks_correlate_as_scipy_says_with_ties():
    x, y = np.random.default_rng(1).integers(0, 6, (2, 3, 20))
    np.testing.assert_allclose(spearman(x, y), [spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)])


def test_a_score_that_orders_trials_as_they_end_correlates_fully():
    values = np.random.default_rng(0).permutation(24) / 24
    trials = [{name: value for name in SCORES} | {name: value**3 for name in ENDS} for value in values]
    trials = [{**trial, SCORES[0]: -trial[SCORES[0]]} for trial in trials]
    head, _, first, second, *_ = correlations(trials).splitlines()
    assert all(end in head for end in ENDS)
    assert first.count("-1.00 [-1.00, -1.00]") == len(ENDS) and second.count(" 1.00 [1.00, 1.00]") == len(
        ENDS
    )
