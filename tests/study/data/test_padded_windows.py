"""A published classifier on series of unequal length: padded to its own length, with its mask."""

import numpy as np
import pytest
import torch

from benchmarks.hooked import hooked_layers
from study.configuration import StudyConfiguration
from study.data import prepare
from study.errors import StudyError
from study.trials import check_given_network, probe_network, read_given_network
from tests.study.published_checkpoint import ARGUMENTS, save_published
from timesnet import DataError, Extractor
from timesnet.extractor import load_extractor, save_extractor

ARGS = {
    **ARGUMENTS,
    "task_name": "classification",
    "seq_len": 13,
    "pred_len": 0,
    "enc_in": 2,
    "c_out": 2,
    "num_class": 2,
}


def series(n, longest, seed):
    generator = np.random.default_rng(seed)
    lengths = generator.integers(6, longest + 1, n)
    lengths[0] = longest
    return [generator.normal(row % 2, 2, (length, 2)).round(4) for row, length in enumerate(lengths)]


def write(path, values):
    lines = ["@problemName Small", "@classLabel true 0 1", "@data"]
    for row, one in enumerate(values):
        lines.append(":".join(",".join(map(str, channel)) for channel in one.T) + f":{row % 2}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def parts(tmp_path):
    train, test = series(160, 10, 0), series(60, 13, 1)
    write(tmp_path / "Small_TRAIN.ts", train)
    write(tmp_path / "Small_TEST.ts", test)
    return train, test


def probing(tmp_path, args=ARGS, **changes):
    model = save_published(tmp_path, args)
    configuration = StudyConfiguration(
        data=str(tmp_path / "Small_TRAIN.ts"),
        checkpoint=str(tmp_path / "checkpoint.pth"),
        config=str(tmp_path / "args.json"),
        **changes,
    )
    network, configuration = read_given_network(configuration, lambda line: None)
    data = prepare(configuration)
    check_given_network(network, data)
    return model, network, data


def test_every_layer_is_the_published_one_under_its_padding(tmp_path, parts):
    train, test = parts
    model, network, data = probing(tmp_path)
    assert "series are padded with zeros to the checkpoint's 13 steps" in data.quality.summary()
    record = probe_network(network, data, metric="auc", seed=0, number=0, variant={})
    model.set_frozen_frequencies(network.frozen_frequencies)

    steps = np.concatenate(train)
    x, mask = np.zeros((len(test), 13, 2)), np.zeros((len(test), 13))
    for row, one in enumerate(test):
        x[row, : len(one)] = (one - steps.mean(0)) / steps.std(0, ddof=1)
        mask[row, : len(one)] = 1
    with torch.no_grad():
        expected = hooked_layers(
            model, torch.tensor(x, dtype=torch.float32), torch.tensor(mask, dtype=torch.float32)
        )
    assert {candidate.layer for candidate in record.candidates} == set(expected)
    raw = data.source.model_input(data.splits.test)
    assert np.isnan(raw).any()
    for layer in ("enc_embedding", "model.0", "dropout", "projection"):
        extractor = Extractor(
            network,
            layer,
            "mean",
            scaler=data.scaler,
            features=data.features,
            seq_len=13,
            freq="h",
            interval_seconds=None,
            padded=True,
        )
        save_extractor(extractor, tmp_path / layer)
        vectors = load_extractor(tmp_path / layer).embed_arrays(raw)
        layered = expected[layer] if expected[layer].dim() == 3 else expected[layer][:, None]
        np.testing.assert_allclose(vectors, layered.mean(1), rtol=1e-5, atol=1e-5, err_msg=layer)
    # Shorter arrays are shorter series.
    short = np.stack([one[:6] for one in test])
    longer = np.full((len(test), 13, 2), np.nan)
    longer[:, :6] = short
    np.testing.assert_array_equal(extractor.embed_arrays(short), extractor.embed_arrays(longer))
    with pytest.raises(DataError, match="lacks values before its end"):
        longer[3, 2] = np.nan
        extractor.embed_arrays(longer)
    last = data.windows.select(data.splits.test).last()
    np.testing.assert_allclose(last[1], x[1, len(test[1]) - 1], rtol=1e-5)


def test_a_checkpoint_of_shorter_series_is_refused(tmp_path, parts):
    with pytest.raises(StudyError, match="a series has 13 steps, the checkpoint takes 11"):
        probing(tmp_path, {**ARGS, "seq_len": 11})


def test_the_scaler_may_be_the_study_s_own(tmp_path, parts):
    _, _, data = probing(tmp_path, scaler="fit")
    fit = np.concatenate([parts[0][row] for row in data.splits.fit])
    np.testing.assert_allclose(data.scaler.mean, fit.mean(0))
