from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import candle_frame
from timesnet import (
    TimesNet,
    TimesNetConfig,
    TrainingSettings,
    Windows,
    clean_candles,
    compute_features,
    train,
)
from timesnet.errors import ConfigError
from timesnet.windows.epoch_windows import EpochWindows, members_of

GROUPS = st.lists(st.integers(0, 5), min_size=1, max_size=60).map(np.array)


def drawn(n, seed=0, **options):
    return EpochWindows.of(n, **options).draw(np.random.default_rng(seed))


@given(GROUPS)
def test_members_are_every_place_once_by_group(groups):
    parts = members_of(groups)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    assert [groups[part[0]] for part in parts] == sorted(set(groups.tolist()))
    for part in parts:
        assert len(set(groups[part].tolist())) == 1 and (np.diff(part) > 0).all()


def test_all_windows_of_one_group_are_the_permutation_that_the_seed_gives():
    expected = np.random.default_rng(3).permutation(50)
    assert np.array_equal(drawn(50, seed=3), expected)
    assert np.array_equal(drawn(50, seed=3, groups=np.zeros(50, dtype=int)), expected)
    assert np.array_equal(drawn(50, seed=3, per_epoch=80), expected)


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 9))
def test_of_one_group_none_comes_twice(n, per_epoch, seed):
    windows = drawn(n, seed=seed, per_epoch=per_epoch)
    assert len(windows) == min(n, per_epoch) == len(set(windows.tolist()))
    assert windows.min() >= 0 and windows.max() < n


@settings(max_examples=200)
@given(GROUPS, st.integers(0, 80), st.integers(0, 9))
def test_every_group_gives_as_many_and_each_of_its_windows_as_often(groups, per_epoch, seed):
    n = len(groups)
    windows = drawn(n, seed=seed, per_epoch=per_epoch, groups=groups)
    assert len(windows) == min(per_epoch or n, n)
    of_group = [int((groups[windows] == group).sum()) for group in set(groups.tolist())]
    assert max(of_group) - min(of_group) <= 1
    times = np.bincount(windows, minlength=n)
    for members in members_of(groups):
        assert times[members].max() - times[members].min() <= 1


def test_epochs_differ_and_a_seed_repeats_them():
    sampler = EpochWindows.of(1000, per_epoch=100, groups=np.arange(1000) % 3)
    one, two = np.random.default_rng(1), np.random.default_rng(1)
    first, second = sampler.draw(one), sampler.draw(one)
    assert set(first.tolist()) != set(second.tolist())
    assert np.array_equal(first, sampler.draw(two)) and np.array_equal(second, sampler.draw(two))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match="windows_per_epoch is -1"):
        EpochWindows.of(5, per_epoch=-1)
    with pytest.raises(ConfigError, match=r"\(4,\) do not fit 5 windows"):
        EpochWindows.of(5, groups=np.zeros(4))


class Counted(Windows):
    """Windows that note which of them were asked for while the network trained."""

    seen: ClassVar[list] = []

    def batch(self, index, future=0):
        self.seen.extend(np.asarray(index).tolist())
        return super().batch(index, future)


def test_training_sees_as_many_windows_of_each_group():
    config = TimesNetConfig(
        task_name="anomaly_detection", seq_len=8, enc_in=12, c_out=12, d_model=4, d_ff=4, e_layers=1, top_k=1
    )
    candles, _ = clean_candles(candle_frame(200))
    values = compute_features(candles)
    fit = Counted(values, None, np.arange(20, 120), 8)
    groups = (np.arange(100) >= 90).astype(int)
    settings_ = TrainingSettings(train_epochs=2, windows_per_epoch=30, batch_size=8, patience=5)
    train(
        TimesNet(config),
        fit,
        Windows(values, None, np.arange(150, 170), 8),
        settings=settings_,
        fit_groups=groups,
    )
    assert len(fit.seen) == 60 and groups[fit.seen].sum() == 30
