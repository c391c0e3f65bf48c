"""Windows that come as arrays, from the table to the logged model."""

import json

import mlflow
import numpy as np
import pytest
import torch
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.scoring_server import invocations

from timesnet import (
    ConfigError,
    DataError,
    Extractor,
    Scaler,
    TimesNet,
    TimesNetConfig,
    capture_layers,
    of_one_length,
    pyfunc_parts,
    stacked,
)
from timesnet.extractor.files import save_extractor

SEQ_LEN, CHANNELS = 12, 3


@pytest.fixture(scope="module")
def arrays():
    return np.random.default_rng(0).normal(5, 2, (40, SEQ_LEN, CHANNELS))


@pytest.fixture(scope="module")
def extractor(arrays):
    torch.manual_seed(0)
    model = TimesNet(
        TimesNetConfig(
            task_name="imputation",
            seq_len=SEQ_LEN,
            enc_in=CHANNELS,
            c_out=CHANNELS,
            d_model=8,
            d_ff=8,
            e_layers=2,
            top_k=2,
            num_kernels=2,
            freq="h",
        )
    )
    model.set_frozen_frequencies([(1, 2), (2, 3)])
    model.period_selection = "frozen"
    table = stacked(arrays).values
    return Extractor(
        model,
        "model.1",
        "mean",
        scaler=Scaler.fit(table, np.arange(len(table))),
        features=("x", "y", "z"),
        seq_len=SEQ_LEN,
        freq="h",
        interval_seconds=None,
    )


def test_a_stacked_window_is_the_given_window(arrays):
    windows = stacked(arrays)
    assert len(windows) == 40 and windows.marks is None
    values, _ = windows.batch(np.array([7, 0, 39]))
    np.testing.assert_array_equal(values.numpy(), arrays[[7, 0, 39]].astype(np.float32))


def test_series_of_other_lengths_are_cut_or_held():
    series = [np.arange(6.0).reshape(3, 2), np.arange(12.0).reshape(6, 2)]
    short, long = of_one_length(series, 5)
    np.testing.assert_array_equal(short, [[0, 1], [2, 3], [4, 5], [4, 5], [4, 5]])
    np.testing.assert_array_equal(long, series[1][:5])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((4, 5)), ["(4, 5)"]),
        (np.array([[["a"]]]), ["real numbers"]),
        (np.where(np.arange(12).reshape(2, 3, 2) == 9, np.nan, 1.0), ["window 1", "step 1", "channel 1"]),
    ],
)
def test_what_is_no_array_of_windows_is_one_line(values, words):
    with pytest.raises(DataError) as raised:
        stacked(values)
    assert "\n" not in str(raised.value) and all(word in str(raised.value) for word in words)


def test_arrays_are_embedded_as_their_scaled_windows_are_captured(arrays, extractor):
    windows = stacked(extractor.scaler.transform(arrays))
    captured = capture_layers(extractor.model, windows.batches(16), n=40, layers=("model.1",))
    vectors = extractor.embed_arrays(arrays)
    np.testing.assert_allclose(vectors, captured["model.1", "mean"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(extractor.embed_arrays(arrays[3:4])[0], vectors[3], rtol=1e-5, atol=1e-5)


def test_candles_are_refused_in_one_line(extractor):
    with pytest.raises(ConfigError, match=r"an array \(n, 12, 3\)"):
        extractor.embed_candles(None)


def test_the_logged_model_takes_arrays_of_any_float_and_json(arrays, extractor, tmp_path):
    save_extractor(extractor, tmp_path / "extractor")
    parts = pyfunc_parts(tmp_path / "extractor", tmp_path / "code")
    assert parts["input_example"].shape == (2, SEQ_LEN, CHANNELS)
    mlflow.pyfunc.save_model(path=tmp_path / "model", **parts)
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    vectors = extractor.embed_arrays(arrays)
    for given in (arrays, arrays.astype(np.float32)):
        embedded = model.predict(given)
        assert embedded.dtype == np.float32
        np.testing.assert_allclose(embedded, vectors, rtol=1e-4, atol=1e-4)
    request = json.dumps({"inputs": arrays[:2].tolist()})
    answer = invocations(request, "application/json", model, None)
    assert answer.status == 200
    np.testing.assert_allclose(json.loads(answer.response)["predictions"], vectors[:2], rtol=1e-4, atol=1e-4)
    for bad in (arrays[:, :-1], arrays[0], "candles", [[1.0], [2.0, 3.0]]):
        with pytest.raises(MlflowException) as raised:
            model.predict(bad)
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE" and "\n" not in str(raised.value)
