"""How much arithmetic a TimesNet step needs, beside how fast this machine convolves."""

import time
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

SHAPES = [(c, k, h, w) for c in (32, 64) for k in (3, 5, 7, 11) for h, w in ((4, 48), (12, 24), (16, 16))]
BATCH = 32


def meeting(length: int, reach: int) -> int:
    """Pairs of a position and a tap that meet data, along an axis of this length and a kernel of this reach."""
    return sum(max(0, length - abs(shift)) for shift in range(-reach, reach + 1))


def block_arithmetic(
    total_len: int, periods: Iterable[int], *, batch: int, d_model: int, d_ff: int, num_kernels: int
) -> float:
    """Floating-point operations of one block's merged convolutions, forward, on taps that meet data."""
    reach, pairs = num_kernels - 1, 0
    for period in set(periods):
        pairs += meeting(-(-total_len // period), reach) * meeting(period, reach)
    # A multiplication and an addition for each pair of channels, in each of the two convolutions.
    return 2.0 * 2 * batch * pairs * d_model * d_ff


class ReferenceConvolution:
    """The plain convolution, of a range of shapes, that runs at the highest rate on this machine."""

    def __init__(self, *, seconds: float = 3.0) -> None:
        self.rate, self._tensors, self._operations = 0.0, (torch.empty(0), torch.empty(0)), 0.0
        for channels, size, height, width in SHAPES:
            maps = torch.randn(BATCH, channels, height, width).to(memory_format=torch.channels_last)
            tensors = maps, torch.randn(channels, channels, size, size).to(memory_format=torch.channels_last)
            pairs = meeting(height, size // 2) * meeting(width, size // 2)
            operations = 2.0 * BATCH * channels * channels * pairs
            rate = operations / _fastest(*tensors, seconds=seconds / len(SHAPES))
            if rate > self.rate:
                self.rate, self._tensors, self._operations = rate, tensors, operations

    def now(self) -> float:
        """Operations a second on taps that meet data, measured at this moment."""
        return self._operations / _fastest(*self._tensors, seconds=0.0)


def _fastest(maps: Tensor, kernel: Tensor, *, seconds: float) -> float:
    best, runs, end = float("inf"), 0, time.perf_counter() + seconds
    with torch.no_grad():
        while runs < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            functional.conv2d(maps, kernel, padding=kernel.shape[2] // 2)
            best, runs = min(best, time.perf_counter() - start), runs + 1
    return best
