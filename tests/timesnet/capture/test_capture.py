"""Capture of every layer, against plain hooks on the published form."""

import itertools

import numpy as np
import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from timesnet.capture.capture import capture_layers
from timesnet.capture.layers import list_layers
from timesnet.capture.pooling import POOLINGS, pool
from timesnet.errors import ConfigError, DataError, LayerError
from timesnet.network.config import PUBLISHED_TASKS, TimesNetConfig
from timesnet.network.model import TimesNet

FREQUENCIES = [(1, 2, 9, 10), (3, 5, 7, 12)]


def build(task_name="long_term_forecast", selection="frozen", dtype=torch.float64, **changes):
    settings = dict(
        seq_len=25, pred_len=3, enc_in=5, c_out=5, d_model=8, d_ff=12, top_k=4, num_kernels=6, num_class=3
    )
    config = TimesNetConfig(task_name=task_name, **(settings | changes))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = TimesNet(config).to(dtype)
    model.period_selection = selection
    model.set_frozen_frequencies(FREQUENCIES[: config.e_layers])
    published = SixKernelTimesNet(
        config.to_dict(), frozen_frequencies=model.frozen_frequencies if selection == "frozen" else None
    ).to(dtype)
    published.load_state_dict(model.state_dict())
    return model, published.eval()


def windows(n=9, dtype=torch.float64, marks=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 25, 5, generator=generator, dtype=torch.float64).cumsum(1)
    return x.to(dtype), torch.rand(n, 25, marks, generator=generator, dtype=torch.float64).to(dtype)


def batches(x, marks, *sizes):
    parts = zip(x.split(sizes), [None] * len(sizes) if marks is None else marks.split(sizes), strict=True)
    return list(parts)


def by_hooks(published, x, marks):
    """{layer: (B, T, D)}; for periods of its own, each window runs alone through the published form."""
    if published.model[0].frozen is not None:
        return hooked_layers(published, x, marks)
    alone = [
        hooked_layers(published, x[i : i + 1], None if marks is None else marks[i : i + 1])
        for i in range(len(x))
    ]
    return {layer: torch.cat([seen[layer] for seen in alone]) for layer in alone[0]}


@pytest.mark.parametrize("selection", ["frozen", "window"])
@pytest.mark.parametrize("task_name", PUBLISHED_TASKS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_every_layer_equals_hooks_on_the_published_form(task_name, selection, dtype, tolerance):
    model, published = build(task_name, selection, dtype)
    x, marks = windows(dtype=dtype)
    expected = by_hooks(published, x, None if task_name == "classification" else marks)
    for poolings in (("mean", "last"), POOLINGS):
        captured = capture_layers(model, batches(x, marks, 4, 5), 9, poolings=poolings, dtype=np.float64)
        assert list(captured) == list(itertools.product(expected, poolings))
        for (layer, kind), vectors in captured.items():
            reference = pool(expected[layer], kind).numpy()
            assert vectors.shape == reference.shape
            np.testing.assert_allclose(vectors, reference, rtol=tolerance, atol=tolerance, err_msg=layer)


@pytest.mark.parametrize("selection", ["frozen", "window"])
@pytest.mark.parametrize("task_name", ["short_term_forecast", "classification"])
def test_one_layer_alone_gives_what_all_together_give(task_name, selection):
    model, _ = build(task_name, selection)
    x, marks = windows()
    together = capture_layers(model, batches(x, marks, 9), 9, poolings=POOLINGS, dtype=np.float64)
    for info in list_layers(model):
        for poolings in (("mean",), ("last",), ("last", "mean"), ("max",), ("last", "flatten")):
            alone = capture_layers(
                model, batches(x, marks, 4, 5), 9, poolings=poolings, layers=[info.name], dtype=np.float64
            )
            assert list(alone) == [(info.name, kind) for kind in poolings]
            for key, vectors in alone.items():
                np.testing.assert_allclose(vectors, together[key], rtol=0, atol=1e-10, err_msg=str(key))


@pytest.mark.parametrize(
    ("embed", "e_layers", "num_kernels"), [("fixed", 1, 3), ("fixed", 2, 1), ("timeF", 1, 6)]
)
def test_other_shapes(embed, e_layers, num_kernels):
    model, published = build(
        embed=embed, e_layers=e_layers, num_kernels=num_kernels, freq="t", use_norm=False
    )
    x, _ = windows()
    marks = torch.ones(9, 25, 5, dtype=torch.float64)
    expected = by_hooks(published, x, marks)
    captured = capture_layers(model, batches(x, marks, 9), 9, dtype=np.float64)
    assert list(dict.fromkeys(layer for layer, _ in captured)) == list(expected)
    for (layer, kind), vectors in captured.items():
        np.testing.assert_allclose(vectors, pool(expected[layer], kind), rtol=0, atol=1e-10, err_msg=layer)


def test_without_marks_the_temporal_embedding_is_absent():
    model, published = build()
    x, _ = windows()
    captured = capture_layers(model, batches(x, None, 9), 9)
    assert list(dict.fromkeys(layer for layer, _ in captured)) == list(by_hooks(published, x, None))


@pytest.mark.parametrize("selection", ["frozen", "window"])
def test_a_window_gets_the_same_vectors_whatever_its_neighbours(selection):
    model, _ = build(selection=selection, dtype=torch.float32)
    x, marks = windows(40, torch.float32)
    together = capture_layers(model, batches(x, marks, 40), 40)
    order = torch.randperm(40, generator=torch.Generator().manual_seed(3))
    for sizes in ([1] * 40, [7] * 5 + [5]):
        apart = capture_layers(model, batches(x[order], marks[order], *sizes), 40)
        for key, vectors in together.items():
            np.testing.assert_allclose(apart[key], vectors[order.numpy()], rtol=1e-5, atol=1e-5)


def test_periods_of_the_batch_are_refused():
    model, _ = build(selection="batch")
    with pytest.raises(ConfigError, match="period_selection is 'batch'"):
        capture_layers(model, [], 0)


def test_the_model_is_left_as_it_was():
    model, _ = build(dtype=torch.float32)
    model.train()
    model.layer_norm.eval()
    before = {name: parameter.clone() for name, parameter in model.state_dict().items()}
    x, marks = windows(dtype=torch.float32)
    state = torch.get_rng_state()
    capture_layers(model, batches(x, marks, 9), 9)
    assert model.training and not model.layer_norm.training and model.enc_embedding.dropout.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_vectors_keep_all_bits_of_a_float32_on_a_gpu_too(monkeypatch):
    model, _ = build(dtype=torch.float32)
    x, marks = windows(dtype=torch.float32)
    seen = []
    forward = TimesNet.forward

    def watched(self, *arguments, **keywords):
        seen.append(torch.backends.cudnn.conv.fp32_precision)
        return forward(self, *arguments, **keywords)

    monkeypatch.setattr(TimesNet, "forward", watched)
    before = torch.backends.cudnn.conv.fp32_precision
    capture_layers(model, batches(x, marks, 9), 9)
    assert set(seen) == {"ieee"} and torch.backends.cudnn.conv.fp32_precision == before


def test_results_are_float32_and_shared_by_layers_that_return_the_same():
    model, _ = build()
    x, marks = windows()
    captured = capture_layers(model, batches(x, marks, 9), 9)
    assert all(vectors.dtype == np.float32 for vectors in captured.values())
    assert captured["model.0.conv", "mean"] is captured["model.0.conv.2", "mean"]


def test_mistakes_are_named():
    model, _ = build()
    x, marks = windows()
    with pytest.raises(DataError, match="hold 9 windows, 10 were announced"):
        capture_layers(model, batches(x, marks, 9), 10)
    with pytest.raises(DataError, match="more than the 8 windows"):
        capture_layers(model, batches(x, marks, 9), 8)
    with pytest.raises(LayerError, match=r"did you mean model\.0\.conv\.1"):
        capture_layers(model, batches(x, marks, 9), 9, layers=["model.0.conv1"])
    with pytest.raises(ConfigError, match="pooling 'sum' does not exist"):
        capture_layers(model, batches(x, marks, 9), 9, poolings=("sum",))


def test_mean_and_last_side_by_side_are_the_two_and_cost_no_memory_of_their_own():
    model, _ = build()
    x, marks = windows()
    captured = capture_layers(model, batches(x, marks, 9), 9, poolings=("mean", "last", "mean|last"))
    for layer in {name for name, _ in captured}:
        both = captured[layer, "mean|last"]
        np.testing.assert_array_equal(
            both, np.concatenate([captured[layer, "mean"], captured[layer, "last"]], axis=1)
        )
        assert np.shares_memory(both, captured[layer, "mean"])
        assert np.shares_memory(both, captured[layer, "last"])
    alone = capture_layers(model, batches(x, marks, 9), 9, poolings=("mean|last",), layers=("model.1",))
    assert list(alone) == [("model.1", "mean|last")]
    np.testing.assert_allclose(alone["model.1", "mean|last"], captured["model.1", "mean|last"], atol=1e-5)


@pytest.mark.parametrize("task_name", PUBLISHED_TASKS)
def test_the_tasks_own_prediction_is_marked(task_name):
    model, _ = build(task_name)
    assert [layer.name for layer in list_layers(model) if layer.predicts] == ["projection"]
