"""Tap sums against convolutions that are run."""

import pytest
import torch
from torch import nn

from timesnet.capture.period_sums import PeriodSums
from timesnet.capture.pooling import POOLINGS, pool
from timesnet.capture.sub_kernels import TapKernel, TapSums, convolve
from timesnet.network.periods import PeriodGroup

SHAPES = [
    (1, 30, 30),
    (2, 16, 31),
    (3, 10, 30),
    (5, 7, 31),
    (30, 1, 30),
    (16, 2, 31),
    (6, 5, 30),
    (13, 12, 150),
]


def random_maps(height, width, *, transposed, seed=0, batch=4, channels=3):
    generator = torch.Generator().manual_seed(seed)
    maps = torch.randn(batch, height, width, channels, generator=generator, dtype=torch.float64)
    # Same numbers, columns first in memory.
    return maps.transpose(1, 2).contiguous().transpose(1, 2) if transposed else maps


def kernel_of(size, channels=3, out=2):
    with torch.random.fork_rng():
        torch.manual_seed(size)
        return nn.Conv2d(channels, out, size, padding=size // 2).double()


def by_convolution(maps, kernel, valid, kind):
    series = kernel(maps.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(1, 2)[:, :valid]
    return pool(series, kind)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("height", "width", "valid"), SHAPES)
def test_one_map(height, width, valid, transposed):
    maps = random_maps(height, width, transposed=transposed)
    whole = PeriodGroup(width, torch.ones(4, dtype=torch.float64))
    kernels = [kernel_of(size) for size in (1, 3, 5, 7, 9, 11)]
    sums = TapSums(("last", "mean"), valid, (5, 5))
    sums.add(maps, whole, 4)
    outputs = sums.take([TapKernel(k.weight, k.bias, (5, 5)) for k in kernels])
    for kernel, (last, mean) in zip(kernels, outputs, strict=True):
        torch.testing.assert_close(last, by_convolution(maps, kernel, valid, "last"), rtol=0, atol=1e-12)
        torch.testing.assert_close(mean, by_convolution(maps, kernel, valid, "mean"), rtol=0, atol=1e-12)


def periods(total=30):
    """Three periods; the second serves two of four windows, the weights of each window add up to 1."""
    weights = torch.tensor(
        [[0.5, 0.0, 0.5], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.6, 0.3]], dtype=torch.float64
    )
    some = torch.tensor([1, 3])
    groups = [
        PeriodGroup(total, weights[:, 0]),
        PeriodGroup(7, weights[some, 1], some),
        PeriodGroup(2, weights[:, 2]),
    ]
    maps = []
    for seed, group in enumerate(groups):
        chosen = random_maps(-(-total // group.period), group.period, transposed=seed == 2, seed=seed)
        maps.append(chosen if group.windows is None else chosen[group.windows])
    return groups, maps


@pytest.mark.parametrize("reach", [(5, 5), (14, 5)])
def test_several_periods_add_up(reach):
    groups, maps = periods()
    kernel = kernel_of(11)
    sums = TapSums(("mean", "last"), 30, reach)
    for group, chosen in zip(groups, maps, strict=True):
        sums.add(chosen, group, 4)
    (outputs,) = sums.take([TapKernel(kernel.weight, kernel.bias, reach)])
    for kind, vectors in zip(("mean", "last"), outputs, strict=True):
        expected = torch.zeros(4, 2, dtype=torch.float64)
        for group, chosen in zip(groups, maps, strict=True):
            rows = torch.arange(4) if group.windows is None else group.windows
            expected[rows] += group.weights[:, None] * by_convolution(chosen, kernel, 30, kind)
        torch.testing.assert_close(vectors, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kinds", [("mean", "last"), POOLINGS, ("max",)])
def test_period_sums_pool_the_weighted_series(kinds):
    groups, maps = periods()
    sums = PeriodSums(kinds, 30)
    for _ in range(2):
        series = torch.zeros(4, 30, 3, dtype=torch.float64)
        for group, chosen in zip(groups, maps, strict=True):
            sums.add(chosen, group, 4)
            rows = torch.arange(4) if group.windows is None else group.windows
            series[rows] += group.weights[:, None, None] * chosen.flatten(1, 2)[:, :30]
        # Taking empties the sums, so the second round gives the same.
        for kind, vectors in zip(kinds, sums.take(), strict=True):
            torch.testing.assert_close(vectors, pool(series, kind), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("height", "width", "valid"), SHAPES)
def test_a_kernel_cut_to_its_map_convolves_the_same(height, width, valid):
    maps = random_maps(height, width, transposed=False)
    kernel = kernel_of(11)
    expected = kernel(maps.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    torch.testing.assert_close(convolve(maps, kernel), expected, rtol=0, atol=1e-12)
