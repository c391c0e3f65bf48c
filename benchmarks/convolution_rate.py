"""How much arithmetic a TimesNet step needs, beside how fast this machine convolves."""

import time

import torch
from torch.nn import functional


def meeting(length: int, reach: int) -> int:
    """Pairs of a position and a tap that meet data, along an axis of this length and a kernel of this reach."""
    return sum(max(0, length - abs(shift)) for shift in range(-reach, reach + 1))


def block_arithmetic(
    total_len: int, bins: tuple[int, ...], *, batch: int, d_model: int, d_ff: int, num_kernels: int
) -> float:
    """Floating-point operations of one block's merged convolutions, forward, on taps that meet data."""
    reach, pairs = num_kernels - 1, 0
    for period in {total_len // bin for bin in bins}:
        pairs += meeting(-(-total_len // period), reach) * meeting(period, reach)
    # A multiplication and an addition for each pair of channels, in each of the two convolutions.
    return 2.0 * 2 * batch * pairs * d_model * d_ff


def best_rate(*, seconds: float = 3.0) -> float:
    """Best forward rate, in operations on taps that meet data a second, over a range of plain convolutions."""
    shapes = [
        (c, k, h, w) for c in (32, 64, 128) for k in (3, 5, 11) for h, w in ((4, 48), (12, 48), (28, 28))
    ]
    rates = []
    with torch.no_grad():
        for channels, size, height, width in shapes:
            maps = torch.randn(32, channels, height, width).to(memory_format=torch.channels_last)
            kernel = torch.randn(channels, channels, size, size)
            reach = size // 2
            pairs = meeting(height, reach) * meeting(width, reach)
            best, end = float("inf"), time.perf_counter() + seconds / len(shapes)
            runs = 0
            while runs < 3 or time.perf_counter() < end:
                start = time.perf_counter()
                functional.conv2d(maps, kernel, padding=reach)
                best, runs = min(best, time.perf_counter() - start), runs + 1
            rates.append(2.0 * 32 * channels * channels * pairs / best)
    return max(rates)
