"""The list of layers."""

import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from timesnet.capture.layers import check_layer, list_layers, module_of
from timesnet.errors import LayerError
from timesnet.network.config import PUBLISHED_TASKS, TimesNetConfig
from timesnet.network.model import TimesNet


def small(task_name="long_term_forecast", **changes):
    settings = dict(
        seq_len=20, pred_len=3, enc_in=4, c_out=4, d_model=8, d_ff=12, top_k=2, num_kernels=6, num_class=3
    )
    return TimesNet(TimesNetConfig(task_name=task_name, **(settings | changes)))


@pytest.mark.parametrize("task_name", PUBLISHED_TASKS)
@pytest.mark.parametrize("embed", ["timeF", "fixed"])
@pytest.mark.parametrize("e_layers", [1, 2])
def test_layers_are_the_call_sites_of_the_published_forward(task_name, embed, e_layers):
    model = small(task_name, embed=embed, e_layers=e_layers, freq="t")
    x, marks = torch.randn(3, 20, 4), torch.ones(3, 20, 5)
    published = SixKernelTimesNet(model.config.to_dict())
    seen = hooked_layers(published, x, None if task_name == "classification" else marks)
    layers = list_layers(model)
    assert [info.name for info in layers] == list(seen)
    assert [info.depth for info in layers] == list(range(len(layers)))
    for info in layers:
        assert seen[info.name].shape == (3, *info.output_shape)
        module = published.get_submodule(info.name.partition("#")[0])
        assert info.parameters == sum(p.numel() for p in module.parameters())
        assert info.same_as is None or torch.equal(seen[info.same_as], seen[info.name])


def test_two_blocks_have_at_least_25_layers_without_repeats():
    names = [info.name for info in list_layers(small(e_layers=2))]
    assert len(set(names)) == len(names) >= 25
    assert {"layer_norm#0", "layer_norm#1", "model.1.conv.2.kernels.5"} <= set(names)
    assert len([info for info in list_layers(small(e_layers=2)) if info.same_as is None]) >= 25


def test_one_block_calls_the_layer_norm_once():
    names = [info.name for info in list_layers(small(e_layers=1))]
    assert "layer_norm" in names and "layer_norm#0" not in names


def test_without_marks_there_is_no_temporal_embedding():
    with_marks = {info.name for info in list_layers(small())}
    without = {info.name for info in list_layers(small(), marks=False)}
    assert with_marks - without == {
        "enc_embedding.temporal_embedding",
        "enc_embedding.temporal_embedding.embed",
    }


@pytest.mark.parametrize("e_layers", [1, 2])
def test_the_outcome_heads_change_no_layer_but_the_last(e_layers):
    model = small("outcomes", c_out=7, e_layers=e_layers)
    layers, others = list_layers(model), list_layers(small("anomaly_detection", e_layers=e_layers))
    assert [info.name for info in layers] == [info.name for info in others]
    assert layers[:-1] == others[:-1] and layers[-1].output_shape == (1, 7)
    assert model(torch.randn(3, 20, 4), torch.ones(3, 20, 5)).shape == (3, 7)


def test_a_layer_name_leads_to_its_module():
    model = small(e_layers=2)
    assert module_of(model, "layer_norm#1") is model.layer_norm
    assert module_of(model, "model.1.conv.0.kernels.2") is model.model[1].conv[0].kernels[2]


def test_an_unknown_layer_gets_the_near_misses():
    names = [info.name for info in list_layers(small(e_layers=2))]
    check_layer("model.0.conv.2", names)
    with pytest.raises(LayerError, match=r"'model\.0\.conv2' does not .* did you mean model\.0\.conv\.2"):
        check_layer("model.0.conv2", names)
    with pytest.raises(LayerError, match="layer_norm#"):
        check_layer("layer_norm", names)
    with pytest.raises(LayerError, match=f"there are {len(names)}, from enc_embedding"):
        check_layer("zzz", names)
