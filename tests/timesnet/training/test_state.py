"""A training that is cut off and goes on ends bit by bit where an undisturbed one does."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from timesnet import TimesNet, TimesNetConfig, TrainingSettings, Windows, train

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.normal(size=(160, 3)).cumsum(axis=0).astype(np.float32)
WINDOWS = Windows(VALUES, None, np.arange(11, 150), 12)
LABELS = GENERATOR.integers(0, 2, len(WINDOWS))
FIT, TUNE = np.arange(100), np.arange(105, 139)
SETTINGS = TrainingSettings(train_epochs=5, batch_size=32, learning_rate=3e-3, patience=5, seed=7)


class CutOff(Exception):
    pass


def network(task_name):
    config = TimesNetConfig(
        task_name=task_name,
        seq_len=12,
        label_len=0,
        pred_len=0,
        enc_in=3,
        c_out=3,
        d_model=4,
        d_ff=4,
        e_layers=1,
        top_k=2,
        num_kernels=2,
        embed="timeF",
        freq="h",
        dropout=0.2,
        num_class=2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return TimesNet(config)


def run(model, *, settings=SETTINGS, **options):
    return train(
        model,
        WINDOWS.select(FIT),
        WINDOWS.select(TUNE),
        settings=settings,
        fit_labels=LABELS[FIT],
        tune_labels=LABELS[TUNE],
        **options,
    )


def cut_off_after(epochs, model, state_file, **options):
    def on_epoch(report):
        if report.epoch == epochs:
            raise CutOff
        return -report.tune_loss

    with pytest.raises(CutOff):
        run(model, state_file=state_file, on_epoch=on_epoch, **options)


def without_seconds(result):
    return [replace(epoch, seconds=0.0) for epoch in result.epochs], result.scores, result.best_epoch


@pytest.mark.parametrize("task_name", ["classification", "imputation", "anomaly_detection", "outcomes"])
@pytest.mark.parametrize("epochs", [1, 4])
def test_it_goes_on_bit_by_bit(task_name, epochs, tmp_path):
    undisturbed, resumed = network(task_name), network(task_name)
    expected = run(undisturbed)
    file = tmp_path / "not there yet" / "0.safetensors"
    cut_off_after(epochs, network(task_name), file)
    told, ran = [], []

    def on_epoch(report):
        ran.append(report.epoch)
        return -report.tune_loss

    found = run(
        resumed, state_file=file, on_epoch=on_epoch, on_restored=lambda *restored: told.append(restored)
    )
    assert without_seconds(found) == without_seconds(expected)
    assert [score for _, score in told] == list(expected.scores[:epochs])
    assert [(report.epoch, report.restored) for report, _ in told] == [(n, epochs) for n in range(epochs)]
    assert ran == list(range(epochs, 5))
    for name, value in undisturbed.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_finished_training_is_not_run_again(tmp_path):
    file = tmp_path / "0.safetensors"
    first, second = network("imputation"), network("imputation")
    expected = run(first, state_file=file)
    found = run(second, state_file=file, on_epoch=lambda _: pytest.fail("trained again"))
    assert [asdict(epoch) for epoch in found.epochs] == [asdict(epoch) for epoch in expected.epochs]
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_the_state_of_another_training_or_a_torn_file_is_not_used(tmp_path):
    expected = without_seconds(run(network("imputation")))
    file = tmp_path / "0.safetensors"
    cut_off_after(2, network("imputation"), file, identity="another")
    untouched = {"on_restored": lambda *_: pytest.fail("restored")}
    assert (
        without_seconds(run(network("imputation"), state_file=file, identity="this", **untouched)) == expected
    )
    whole = file.read_bytes()
    for torn in (whole[: len(whole) // 2], whole[:7], b"", b"\x00" * 100):
        file.write_bytes(torn)
        assert (
            without_seconds(run(network("imputation"), state_file=file, identity="this", **untouched))
            == expected
        )


def test_early_stopping_is_remembered(tmp_path):
    file = tmp_path / "0.safetensors"
    worse_and_worse = {"on_epoch": lambda report: -float(report.epoch)}
    settings = replace(SETTINGS, patience=2)
    first = run(network("imputation"), settings=settings, state_file=file, **worse_and_worse)
    assert (len(first.epochs), first.best_epoch) == (3, 0)
    again = run(network("imputation"), settings=settings, state_file=file, **worse_and_worse)
    assert without_seconds(again) == without_seconds(first)
