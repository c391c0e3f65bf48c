import math

import numpy as np
import pytest
import torch

from timesnet import ConfigError, DataError, TimesNet, TimesNetConfig, freeze_frequencies
from timesnet.network.periods import (
    amplitudes,
    batch_groups,
    fourier_rows,
    frozen_groups,
    strongest,
    window_groups,
)
from timesnet.network.times_block import fold, unfold


def random_walks(windows, length, channels, seed=0, dtype=torch.float32):
    steps = np.random.default_rng(seed).standard_normal((windows, length, channels))
    return torch.from_numpy(steps.cumsum(axis=1)).to(dtype)


def small_model(task="anomaly_detection", seed=0, **changed):
    args = {"seq_len": 48, "pred_len": 3, "enc_in": 3, "c_out": 3, "d_model": 8, "d_ff": 8, "top_k": 3}
    config = TimesNetConfig.from_dict({**args, "task_name": task, **changed})
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return TimesNet(config).eval()


def test_batch_periods_are_those_of_the_mean_spectrum():
    x = random_walks(7, 49, 4)
    spectrum = np.abs(np.fft.rfft(x.numpy(), axis=1))
    bins = np.argsort(-spectrum.mean((0, 2))[1:], kind="stable")[:3] + 1
    groups = batch_groups(x, 3)
    assert [group.period for group in groups] == [49 // bin for bin in bins]
    logits = spectrum.mean(-1)[:, bins]
    weights = np.exp(logits - logits.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    np.testing.assert_allclose(np.stack([group.weights for group in groups], 1), weights, atol=1e-5)


def test_equal_periods_become_one_group_with_added_weights():
    # Bins 17 to 24 of 49 steps all give period 2.
    x = random_walks(5, 49, 4, dtype=torch.float64)
    rows = fourier_rows((20, 3, 24), 49)
    groups = frozen_groups(x, (20, 3, 24), rows)
    assert [group.period for group in groups] == [2, 16]
    weights = amplitudes(x).mean(-1)[:, [20, 3, 24]].softmax(1)
    assert torch.allclose(groups[0].weights, weights[:, 0] + weights[:, 2], atol=1e-12)
    assert torch.allclose(groups[1].weights, weights[:, 1], atol=1e-12)


def test_fourier_rows_give_the_amplitudes_of_the_full_transform():
    x = random_walks(5, 100, 4, dtype=torch.float64)
    real, imaginary = (part @ x for part in fourier_rows((1, 7, 50), 100))
    expected = amplitudes(x)[:, [1, 7, 50]]
    assert torch.allclose(torch.complex(real, imaginary).abs(), expected, rtol=0, atol=1e-11)


def test_window_periods_are_those_of_each_window_alone():
    x = random_walks(9, 49, 4, dtype=torch.float64)
    total = torch.zeros(9, dtype=torch.float64)
    for group in window_groups(x, 4):
        total.index_add_(0, group.windows, group.weights)
        for window, weight in zip(group.windows.tolist(), group.weights, strict=True):
            alone = {one.period: one.weights[0] for one in batch_groups(x[window : window + 1], 4)}
            assert torch.allclose(alone[group.period], weight, atol=1e-12)
    assert torch.allclose(total, torch.ones(9, dtype=torch.float64))


def test_equal_amplitudes_go_to_the_lower_frequency():
    assert strongest(torch.tensor([9.0, 1, 3, 3, 3, 0]), 2).tolist() == [2, 3]
    assert strongest(torch.zeros(2, 4), 3).tolist() == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize("selection", ["batch", "window", "frozen"])
@pytest.mark.parametrize("task", ["anomaly_detection", "long_term_forecast"])
def test_constant_windows_give_finite_outputs_and_gradients(selection, task):
    model = small_model(task, period_selection=selection, top_k=24)
    model.set_frozen_frequencies([tuple(range(1, 25))] * 2)
    out = model(torch.full((2, 48, 3), 7.0))
    out.sum().backward()
    assert torch.isfinite(out).all()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


@pytest.mark.parametrize("period", [1, 2, 7, 24, 25, 30, 48])
def test_fold_lays_one_cycle_a_row(period):
    x = torch.arange(48.0).repeat(2, 1).unsqueeze(-1) + torch.tensor([0, 1000.0]) + 1
    maps, transposed = fold(x, period)
    assert maps.shape[2] <= maps.shape[3]
    seen = maps.transpose(2, 3) if transposed else maps
    assert seen.shape == (2, 2, math.ceil(48 / period), period)
    flat = seen[0, 1].flatten()
    assert flat[:48].tolist() == x[0, :, 1].tolist()
    assert not flat[48:].any()
    assert torch.equal(unfold(maps, transposed, 48), x)


def test_frozen_frequencies_come_from_the_mean_over_all_windows():
    model, x = small_model(), random_walks(50, 48, 3)

    def batches(size):
        return lambda: ((part, None) for part in x.split(size))

    frozen = freeze_frequencies(model, batches(50))
    assert model.period_selection == "frozen"
    assert model.frozen_frequencies == frozen
    assert all(freeze_frequencies(small_model(), batches(size)) == frozen for size in (1, 7))
    # With every window in one batch, the batch's periods are the frozen ones.
    alone = small_model()
    whole = alone(x)
    assert torch.allclose(whole, model(x), atol=1e-5)


@pytest.mark.parametrize("held", [0, 20_000, 2**27])
def test_frozen_frequencies_are_the_same_whatever_is_kept_between_blocks(monkeypatch, held):
    x, entered = random_walks(50, 48, 3), []
    model = small_model(e_layers=3)
    enter = model.enter_block
    monkeypatch.setattr("timesnet.network.freeze.HELD", held)
    monkeypatch.setattr(
        model, "enter_block", lambda depth, *a, **k: entered.append(depth) or enter(depth, *a, **k)
    )
    frozen = freeze_frequencies(model, lambda: ((part, None) for part in x.split(7)))
    whole, blocks = small_model(e_layers=3)(x), small_model(e_layers=3)
    blocks.set_frozen_frequencies(frozen)
    blocks.period_selection = "frozen"
    # With every window in one batch, the batch's periods are the frozen ones.
    assert torch.allclose(blocks(x), whole, atol=1e-5)
    again = sum(depth > 0 for depth in entered)
    assert again == {0: 16, 20_000: 14, 2**27: 0}[held]


def test_freezing_keeps_training_mode_and_changes_nothing_when_it_fails():
    model = small_model().train()
    with pytest.raises(DataError, match="hold none"):
        freeze_frequencies(model, lambda: [])
    with pytest.raises(DataError, match="block 0 is not finite"):
        freeze_frequencies(model, lambda: [(torch.full((2, 48, 3), float("nan")), None)])
    assert model.training
    assert model.period_selection == "batch"
    assert model.frozen_frequencies is None


def test_wrong_frozen_frequencies_are_named():
    model = small_model()
    with pytest.raises(ConfigError, match="1 of 2 blocks"):
        model.set_frozen_frequencies([(1, 2, 3)])
    with pytest.raises(ConfigError, match=r"block 1 are \(1, 2, 25\)"):
        model.set_frozen_frequencies([(1, 2, 3), (1, 2, 25)])
    with pytest.raises(ConfigError, match="no frequencies are set"):
        model.period_selection = "frozen"
        model(random_walks(2, 48, 3))
    with pytest.raises(ConfigError, match="period_selection is 'all'"):
        model.period_selection = "all"


def embed(model, x, sizes):
    """Layer-normed output of the last block, in batches of the given size."""
    parts = []

    def keep(name, tensor, group):
        if name == "layer_norm#1":
            parts.append(tensor)
            return True

    with torch.no_grad(), model.merged_kernels():
        for part in x.split(sizes):
            assert model(part, observe=keep) is None
    return torch.cat(parts)


@pytest.mark.parametrize("selection", ["frozen", "window"])
def test_an_embedding_does_not_depend_on_its_neighbours(selection):
    model, x = small_model(seed=4), random_walks(200, 48, 3, seed=5)
    freeze_frequencies(model, lambda: [(x, None)])
    model.period_selection = selection
    alone = embed(model, x, 1)
    for size in (7, 64, 200):
        assert (embed(model, x, size) - alone).abs().max() <= 1e-5
    order = torch.randperm(200, generator=torch.Generator().manual_seed(6))
    assert (embed(model, x[order], 64) - alone[order]).abs().max() <= 1e-5


def test_with_the_batch_s_periods_an_embedding_does_depend_on_its_neighbours():
    model, x = small_model(seed=4), random_walks(200, 48, 3, seed=5)
    alone = embed(model, x, 1)
    moved = [(embed(model, x, size) - alone).abs().max() for size in (7, 64, 200)]
    assert min(moved) > 1e-3
