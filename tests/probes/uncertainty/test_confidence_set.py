"""The confidence set of many candidates against dropping them one by one, by the definition."""

from importlib import import_module

import numpy as np
import pytest

from probes.uncertainty.confidence_set import confidence_set
from probes.uncertainty.influence import heavy_tails

LEVEL = 0.9


def scores(seed):
    """Candidates that share their luck in factors; some equally good, the others worse by more or less."""
    rng = np.random.default_rng(seed)
    m, resamples = int(rng.integers(30, 250)), 200
    quality = -np.abs(rng.normal(0, rng.choice([0.01, 0.03, 0.1, 0.3]), m))
    quality[: rng.integers(1, m // 2)] = 0
    shared = rng.standard_normal((m, 6)) @ rng.standard_normal((6, resamples)) / np.sqrt(6)
    own = rng.choice([0.05, 0.3, 1.0])
    noise = 0.015 * (np.sqrt(1 - own) * shared + np.sqrt(own) * rng.standard_normal((m, resamples)))
    point = 0.55 + quality + 0.005 * rng.standard_normal(m)
    return point, point[:, None] + noise


def one_by_one(point, resampled, n_blocks):
    """Everything anew at each step, in float64."""
    tails = np.ones(resampled.shape[1]) if n_blocks is None else heavy_tails(resampled.shape[1], n_blocks, 0)
    left = list(range(len(point)))
    while len(left) > 1:
        noise = (resampled - point[:, None])[left]
        away = noise - noise.mean(axis=0)
        variance = (away**2).mean(axis=1)
        if n_blocks is not None:
            variance = (variance + variance.mean()) / 2
        statistic = (point[left].mean() - point[left]) / np.sqrt(variance)
        chance = (-away / np.sqrt(variance)[:, None]).max(axis=0) * tails
        if (statistic.max() < chance).mean() > 1 - LEVEL:
            break
        del left[int(np.argmax(statistic))]
    return left


@pytest.mark.parametrize("n_blocks", [None, 20, 80])
@pytest.mark.parametrize("together", [None, 0.02, 0.2])
def test_members_are_those_of_dropping_one_by_one(monkeypatch, n_blocks, together):
    module = import_module("probes.uncertainty.confidence_set")
    if together is not None:
        monkeypatch.setattr(module, "ONE_BY_ONE", 5)
        monkeypatch.setattr(module, "TOGETHER", together)
    sizes = set()
    for seed in range(12):
        point, resampled = scores(seed)
        found = confidence_set(point, resampled.astype(np.float32), level=LEVEL, n_blocks=n_blocks)
        expected = one_by_one(point, resampled, n_blocks)
        assert sorted(found.members) == expected
        outside = np.setdiff1d(np.arange(len(point)), expected)
        assert (found.p_values[outside] <= 1 - LEVEL).all()
        sizes.add(len(expected) / len(point))
    assert min(sizes) < 0.4 and max(sizes) > 0.5


def test_identical_candidates_stay_or_leave_together(monkeypatch):
    monkeypatch.setattr(import_module("probes.uncertainty.confidence_set"), "ONE_BY_ONE", 5)
    for seed in range(6):
        point, resampled = scores(seed)
        twice = np.repeat(point, 2), np.repeat(resampled, 2, axis=0).astype(np.float32)
        members = set(confidence_set(*twice, level=LEVEL).members.tolist())
        assert {i ^ 1 for i in members} == members
