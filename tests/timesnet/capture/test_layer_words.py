"""Every layer of every kind of TimesNet has words of its own."""

import itertools

import pytest

from timesnet.capture.layer_words import layer_in_words
from timesnet.capture.layers import list_layers
from timesnet.network.config import TASKS, TimesNetConfig
from timesnet.network.model import TimesNet


@pytest.mark.parametrize(
    ("task_name", "embed", "e_layers"), [*itertools.product(TASKS, ("timeF", "fixed"), (1, 2))]
)
def test_every_layer_has_words_and_only_layers_that_are_equal_share_them(task_name, embed, e_layers):
    config = TimesNetConfig(
        task_name=task_name,
        embed=embed,
        e_layers=e_layers,
        seq_len=12,
        pred_len=2,
        enc_in=2,
        c_out=2,
        d_model=4,
        d_ff=4,
        top_k=2,
        num_kernels=2,
        num_class=3,
        freq="t",
    )
    layers = list_layers(TimesNet(config))
    words = {layer.name: layer_in_words(layer.name) for layer in layers}
    assert all(text != name for name, text in words.items())
    own = [words[layer.name] for layer in layers if layer.same_as is None]
    assert len(set(own)) == len(own)
    assert all(words[layer.name] == words[layer.same_as] for layer in layers if layer.same_as)


def test_blocks_and_kernels_are_counted_from_one():
    assert "block 2" in layer_in_words("model.1")
    assert "5×5" in layer_in_words("model.0.conv.2.kernels.2")
    assert layer_in_words("a.layer.of.another.network") == "a.layer.of.another.network"
