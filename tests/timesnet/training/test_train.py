"""Training on outcomes: what is not known is not learnt, the heads' own loss stops, the rate rises first."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from timesnet import (
    TimesNet,
    TimesNetConfig,
    TrainingSettings,
    Windows,
    capture_layers,
    freeze_frequencies,
    train,
)
from timesnet.errors import TimesNetError
from timesnet.training.train import _Rate

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.normal(size=(400, 3)).astype(np.float32)
CALENDAR = GENERATOR.normal(size=(400, 2)).astype(np.float32)
WINDOWS = Windows(VALUES, None, np.arange(11, 400), 12)
FIT, TUNE = np.arange(250), np.arange(270, 380)
SETTINGS = TrainingSettings(train_epochs=3, batch_size=32, learning_rate=5e-3, warmup=0.1, stop_by_loss=True)


def network(**changes):
    settings = dict(task_name="outcomes", enc_in=3, c_out=2) | changes
    config = TimesNetConfig(
        seq_len=12,
        pred_len=0,
        label_len=0,
        d_model=8,
        d_ff=8,
        e_layers=1,
        top_k=2,
        num_kernels=2,
        dropout=0.0,
        **settings,
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return TimesNet(config)


def planted():
    """What the last step and the whole window hold, float32 (n, 2)."""
    inside = VALUES[WINDOWS.ends[:, None] - np.arange(12)]
    return np.stack([inside[:, 0, 0], 3 * inside[:, :, 1].mean(axis=1)], axis=1).astype(np.float32)


def trained(model, targets, *, windows=WINDOWS, settings=SETTINGS, weights=None, **options):
    return train(
        model,
        windows.select(FIT),
        windows.select(TUNE),
        settings=settings,
        fit_labels=targets[FIT],
        tune_labels=targets[TUNE],
        target_weights=weights,
        **options,
    )


def test_the_heads_learn_what_windows_hold_and_their_vectors_keep_it():
    model, targets = network(), planted()
    result = trained(model, targets, settings=replace(SETTINGS, train_epochs=12, patience=12))
    assert result.epochs[result.best_epoch].tune_loss < 0.5 * np.var(targets[TUNE])
    freeze_frequencies(model, lambda: WINDOWS.batches(64))
    with torch.no_grad():
        predicted = model(WINDOWS.batch(np.arange(20))[0]).numpy()
    captured = capture_layers(model, WINDOWS.batches(7), len(WINDOWS), layers=("layer_norm", "projection"))
    np.testing.assert_allclose(captured["projection", "last"][:20], predicted, rtol=1e-4, atol=1e-5)
    pooled = np.concatenate([captured["layer_norm", "mean"], captured["layer_norm", "last"]], axis=1)
    by_hand = pooled @ model.projection.weight.detach().numpy().T + model.projection.bias.detach().numpy()
    np.testing.assert_allclose(by_hand[:20], predicted, rtol=1e-4, atol=1e-5)


def test_a_target_that_is_not_known_is_as_if_it_were_not_there():
    targets = planted()
    unknown, weightless = targets.copy(), targets.copy()
    unknown[:, 1], weightless[:, 1] = np.nan, 77.0
    first, second = network(), network()
    weights = np.array([2.0, 0.0], np.float32)
    a, b = trained(first, unknown), trained(second, weightless, weights=weights)
    assert [epoch.train_loss for epoch in a.epochs] == pytest.approx([epoch.train_loss for epoch in b.epochs])
    for name, value in first.state_dict().items():
        torch.testing.assert_close(value, second.state_dict()[name])


def test_the_heads_loss_stops_whatever_the_score_says():
    result = trained(network(), planted(), on_epoch=lambda report: -float(report.epoch))
    losses = [epoch.tune_loss for epoch in result.epochs]
    assert result.scores == (0.0, -1.0, -2.0) and result.best_epoch == int(np.argmin(losses)) > 0
    by_score = trained(
        network(),
        planted(),
        on_epoch=lambda report: -float(report.epoch),
        settings=replace(SETTINGS, stop_by_loss=False),
    )
    assert by_score.best_epoch == 0


def test_the_rate_rises_and_then_falls_to_nothing_as_a_cosine_does():
    rate = [_Rate(100, 10)(step) for step in range(101)]
    assert all(np.diff(rate[:11]) > 0) and max(rate) == rate[10] == 1 and all(np.diff(rate[10:]) < 0)
    assert rate[100] == pytest.approx(0)
    plain = [_Rate(100, 0)(step) for step in range(101)]
    np.testing.assert_allclose(plain, (1 + np.cos(np.pi * np.arange(101) / 100)) / 2)


def test_channels_beside_are_seen_but_not_judged():
    windows = replace(WINDOWS, beside=CALENDAR)
    config = dict(task_name="anomaly_detection", enc_in=5, c_out=5, use_norm=False)
    model = network(**config)
    before = (
        model.projection.weight.detach().clone(),
        model.enc_embedding.value_embedding.tokenConv.weight.clone(),
    )
    settings = replace(SETTINGS, train_epochs=1, weight_decay=0.0, channels=3, stop_by_loss=False)
    trained(model, planted(), windows=windows, settings=settings)
    after = model.projection.weight, model.enc_embedding.value_embedding.tokenConv.weight
    assert torch.equal(after[0][3:], before[0][3:]) and not torch.equal(after[0][:3], before[0][:3])
    assert not torch.equal(after[1][:, 3:], before[1][:, 3:])


def test_outcomes_without_targets_are_refused():
    with pytest.raises(TimesNetError, match="outcomes"):
        train(network(), WINDOWS.select(FIT), WINDOWS.select(TUNE), settings=SETTINGS)
