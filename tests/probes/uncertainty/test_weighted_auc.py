"""ROC AUC under row weights: whole numbers of 16 bits, and what is too heavy for them."""

import numpy as np
import pytest

from probes import block_bootstrap_counts, score_of_many
from probes.uncertainty.weighted_auc import WeightedAuc

N = 200


@pytest.mark.parametrize("digits", [None, 1])
@pytest.mark.parametrize("heavier", [1, 320, 330, 5000])
def test_weights_a_thousand_times_heavier_give_the_same_auc(digits, heavier):
    rng = np.random.default_rng(0)
    positive = rng.integers(0, 2, N) == 1
    scores = rng.standard_normal((3, N)) + 0.5 * positive
    if digits is not None:
        scores = scores.round(digits)
    counts = block_bootstrap_counts(N, 10, 20, 0)
    found = WeightedAuc(positive, counts.astype(np.int64) * heavier).of(scores)
    probability = np.stack([-scores, scores], axis=2)
    for resample, count in enumerate(counts):
        rows = np.repeat(np.arange(N), count)
        expected = score_of_many(positive[rows].astype(int), probability[:, rows], "auc")
        np.testing.assert_allclose(found[:, resample], expected, rtol=1e-6 if heavier > 327 else 1e-12)
