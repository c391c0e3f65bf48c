"""Weights learnt elsewhere: by the names of channels and outcomes, whole on disk, in networks of another width too."""

import numpy as np
import pandas as pd
import pytest
import torch

from study.data.pretrained import SHIPPED, Pretrained
from study.errors import StudyError
from timesnet import TimesNet, TimesNetConfig

FEATURES, OUTCOMES = ("open", "close", "monday"), ("log_range_4", "return_4")


def network(channels=3, outcomes=2, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return TimesNet(
            TimesNetConfig(
                task_name="outcomes",
                seq_len=12,
                pred_len=0,
                label_len=0,
                enc_in=channels,
                c_out=outcomes,
                d_model=4,
                d_ff=4,
                top_k=2,
                num_kernels=2,
            )
        )


@pytest.fixture(scope="module")
def weights():
    model = network(seed=5)
    return Pretrained(
        config=model.config.to_dict(),
        features=FEATURES,
        outcomes=OUTCOMES,
        weights={name: value.numpy() for name, value in model.state_dict().items()},
        last=pd.Timestamp("2021-01-01", tz="UTC"),
        origin="made up",
    )


def test_the_same_network_starts_where_the_other_ended(weights):
    model = network()
    weights.start(model, features=FEATURES, outcomes=OUTCOMES)
    for name, value in model.state_dict().items():
        assert np.array_equal(value.numpy(), weights.weights[name]), name


def test_channels_and_outcomes_are_told_apart_by_name(weights):
    model, drawn = network(4, 3), network(4, 3).state_dict()
    weights.start(
        model,
        features=("monday", "volume", "open", "close"),
        outcomes=("return_4", "log_range_1", "log_range_4"),
    )
    name = "enc_embedding.value_embedding.tokenConv.weight"
    found, learnt = model.state_dict()[name], weights.weights[name]
    for here, there in ((0, 2), (2, 0), (3, 1)):
        assert np.array_equal(found[:, here].numpy(), learnt[:, there])
    assert torch.equal(found[:, 1], drawn[name][:, 1])
    heads = model.state_dict()["projection.weight"]
    assert np.array_equal(heads[[0, 2]].numpy(), weights.weights["projection.weight"][[1, 0]])
    assert torch.equal(heads[1], drawn["projection.weight"][1])


def test_what_was_written_reads_back(weights, tmp_path):
    weights.write(tmp_path / "weights.safetensors")
    found = Pretrained.read(tmp_path / "weights.safetensors")
    assert found.last == weights.last and found.origin == weights.origin
    assert (found.features, found.outcomes, found.config) == (FEATURES, OUTCOMES, weights.config)
    assert all(np.array_equal(found.weights[name], array) for name, array in weights.weights.items())
    (tmp_path / "torn.safetensors").write_bytes((tmp_path / "weights.safetensors").read_bytes()[:100])
    with pytest.raises(StudyError, match=r"torn\.safetensors"):
        Pretrained.read(tmp_path / "torn.safetensors")


def test_what_the_project_brings_along_is_small_and_says_where_it_comes_from():
    assert SHIPPED.stat().st_size < 1_000_000
    shipped = Pretrained.read(SHIPPED)
    assert shipped.last < pd.Timestamp("2021-09-27", tz="UTC") and "benchmarks.pretrain" in shipped.origin
    config = TimesNetConfig.from_dict({**shipped.config, "enc_in": 12, "c_out": 9})
    shipped.start(TimesNet(config), features=shipped.features[:12], outcomes=shipped.outcomes)
