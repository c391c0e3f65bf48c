"""Captured layers against the recorded calls of the published model, combined by hand."""

import numpy as np
import pytest
import torch

from tests.timesnet.golden_cases import golden_case
from timesnet.capture.layer_reader import LayerReader
from timesnet.capture.layers import list_layers
from timesnet.capture.pooling import POOLINGS, pool
from timesnet.network.config import TimesNetConfig
from timesnet.network.model import TimesNet

TIME_LAST = ("enc_embedding.value_embedding.tokenConv", "predict_linear")


def amplitude_weights(arrays, block, config):
    """Softmaxed amplitudes (B, k) at the strongest bins of the batch, from what the block received."""
    if block:
        received = arrays[f"layer/layer_norm#{block - 1}"]
    elif config.forecasts:
        received = arrays["layer/predict_linear#0"].transpose(0, 2, 1)
    else:
        received = arrays["layer/enc_embedding#0"]
    spectrum = np.abs(np.fft.rfft(received, axis=1))
    mean = spectrum.mean((0, 2))
    mean[0] = 0
    bins = np.argsort(-mean)[: config.top_k]
    weights = np.exp(spectrum.mean(2)[:, bins])
    return weights / weights.sum(1, keepdims=True)


def recorded(arrays, layer, config):
    """A layer's series (B, T, D) from the recorded calls."""
    name, _, call = layer.partition("#")
    if ".conv" not in name:
        series = arrays[f"layer/{name}#{call or 0}"]
        series = series.transpose(0, 2, 1) if name in TIME_LAST else series
        return series[:, None] if series.ndim == 2 else series
    weights = amplitude_weights(arrays, int(name.split(".")[1]), config)
    calls = [arrays[f"layer/{name}#{k}"] for k in range(config.top_k)]
    series = [
        maps.transpose(0, 2, 3, 1).reshape(len(maps), -1, maps.shape[1])[:, : config.total_len]
        for maps in calls
    ]
    return sum(weight[:, None, None] * part for weight, part in zip(weights.T, series, strict=True))


@pytest.mark.parametrize("poolings", [("mean", "last"), POOLINGS])
def test_every_layer_equals_the_recorded_calls(poolings):
    case = golden_case("short_forecast")
    config = TimesNetConfig.from_dict(case.args)
    model = TimesNet(config)
    model.load_state_dict(case.state)
    model.eval()
    x, marks, mask = case.inputs()
    with_marks = marks is not None and marks.dim() == 3
    layers = [info.name for info in list_layers(model, marks=with_marks)]
    reader = LayerReader(model, layers, poolings, marks=with_marks)
    reader.begin(len(x), x)
    with torch.no_grad():
        model(x, marks, mask, observe=reader)
    vectors = reader.finish().split(list(reader.sizes.values()), dim=1)
    found = dict(zip(reader.sizes, vectors, strict=True))
    for (layer, kind), pooled in found.items():
        if ".kernels." in layer:
            continue
        series = torch.from_numpy(recorded(case.arrays, layer, config))
        expected = pool(series, kind).expand(len(x), -1)
        torch.testing.assert_close(pooled, expected, rtol=1e-5, atol=1e-5, msg=f"{layer} {kind}")
        # The single kernels' calls are too large to keep, but their mean is what the block returned.
        singles = [found[key] for key in found if key[0].startswith(f"{layer}.kernels.") and key[1] == kind]
        if singles and kind in ("mean", "last", "flatten"):
            mean = torch.stack(singles).mean(0)
            torch.testing.assert_close(mean, expected, rtol=1e-5, atol=1e-5, msg=f"{layer}.kernels {kind}")
