"""Pooling over time."""

import pytest
import torch

from timesnet.capture.pooling import POOLINGS, pool, pooled_size
from timesnet.errors import ConfigError


def test_each_pooling_is_what_its_name_says():
    x = torch.tensor([[[1.0, 5.0], [3.0, 2.0], [8.0, 2.0]]])
    assert pool(x, "mean").tolist() == [[4.0, 3.0]]
    assert pool(x, "last").tolist() == [[8.0, 2.0]]
    assert pool(x, "max").tolist() == [[8.0, 5.0]]
    assert torch.allclose(pool(x, "std") ** 2, torch.tensor([[26 / 3, 2.0]]))
    assert pool(x, "mean|last").tolist() == [[4.0, 3.0, 8.0, 2.0]]
    assert pool(x, "flatten").tolist() == [[1.0, 5.0, 3.0, 2.0, 8.0, 2.0]]


@pytest.mark.parametrize("kind", POOLINGS)
def test_sizes_and_single_time_steps(kind):
    assert pool(torch.randn(4, 6, 3), kind).shape == (4, pooled_size(6, 3, kind))
    single = torch.randn(4, 1, 3)
    expected = torch.zeros(4, 3) if kind == "std" else single[:, 0]
    parts = kind.count("|") + 1
    assert torch.equal(pool(single, kind), expected.repeat(1, parts))


def test_mistakes_are_named():
    with pytest.raises(ConfigError, match="pooling 'median' does not exist: choose from mean, last"):
        pool(torch.zeros(1, 2, 3), "median")
    with pytest.raises(ConfigError, match=r"got shape \(2, 3\)"):
        pool(torch.zeros(2, 3), "mean")
