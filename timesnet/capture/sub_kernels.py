"""Pooled outputs of an Inception block's single kernels, without running their convolutions.

The mean over the T valid positions of a zero-padded convolution is linear in its input: tap (u, v) of the
kernel meets the sum of those positions that lie (u, v) away from a valid position. These border-corrected
sums, one per tap and channel, serve every kernel of the block (a smaller kernel uses the taps in the middle)
and every period, weighted. The last position is the same with one position instead of T. What is not linear
(max, std) or needs every position (flatten) has no such short cut: there `convolve` runs the convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn

from ..network import PeriodGroup

LINEAR_POOLINGS = ("mean", "last")


@lru_cache(maxsize=64)
def tap_positions(
    height: int,
    width: int,
    valid: int,
    reach: tuple[int, int],
    *,
    by_column: bool,
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    """Which positions of a map each tap meets, averaged over the valid ones: (taps, height * width).

    The first `valid` positions, row by row, count as outputs. Taps run row by row over the
    (2 * reach[0] + 1) x (2 * reach[1] + 1) offsets. `by_column` lists the positions column by column.
    """
    output = torch.arange(valid)
    rows, columns = output // width, output % width
    matrix = torch.zeros((2 * reach[0] + 1) * (2 * reach[1] + 1), height, width, dtype=dtype)
    tap = 0
    for down in range(-reach[0], reach[0] + 1):
        for right in range(-reach[1], reach[1] + 1):
            row, column = rows + down, columns + right
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            matrix[tap, row[inside], column[inside]] = 1 / valid
            tap += 1
    if by_column:
        matrix = matrix.transpose(1, 2)
    return matrix.flatten(1).to(device)


def mean_taps(maps: Tensor, valid: int, reach: tuple[int, int]) -> Tensor:
    """Per tap, the mean of what it meets: (b, H, W, C) -> (b, taps down, taps right, C)."""
    batch, height, width, channels = maps.shape
    # A map kept with its columns first is read in that order, which spares a copy of it.
    by_column = not maps.is_contiguous() and maps.transpose(1, 2).is_contiguous()
    matrix = tap_positions(
        height, width, valid, reach, by_column=by_column, dtype=maps.dtype, device=maps.device
    )
    flat = (maps.transpose(1, 2) if by_column else maps).reshape(batch, height * width, channels)
    return torch.matmul(matrix, flat).view(batch, 2 * reach[0] + 1, 2 * reach[1] + 1, channels)


def last_taps(maps: Tensor, valid: int, reach: tuple[int, int]) -> Tensor:
    """What each tap meets at the last valid position: (b, H, W, C) -> (b, taps down, taps right, C)."""
    batch, _, width, channels = maps.shape
    row, column = divmod(valid - 1, width)
    top, left = max(row - reach[0], 0), max(column - reach[1], 0)
    patch = maps[:, top : row + reach[0] + 1, left : column + reach[1] + 1]
    taps = maps.new_zeros(batch, 2 * reach[0] + 1, 2 * reach[1] + 1, channels)
    down, right = top - row + reach[0], left - column + reach[1]
    taps[:, down : down + patch.size(1), right : right + patch.size(2)] = patch
    return taps


class TapSums:
    """Tap sums of the maps of all periods, added up with their amplitude weights.

    kinds: linear poolings; valid: positions of a map that count; reach: taps to each side, (down, right), of
    which a map uses those that can meet it.
    """

    def __init__(self, kinds: Sequence[str], valid: int, reach: tuple[int, int]) -> None:
        self.kinds = tuple(kinds)
        self.valid = valid
        self.reach = reach
        self._total: Tensor | None = None

    def add(self, maps: Tensor, group: PeriodGroup, windows: int) -> None:
        """Adds one period's maps (b, H, W, C); `windows` is the size of the whole batch."""
        if self._total is None:
            shape = (len(self.kinds), windows, 2 * self.reach[0] + 1, 2 * self.reach[1] + 1, maps.size(3))
            self._total = maps.new_zeros(shape)
        down, right = min(self.reach[0], maps.size(1) - 1), min(self.reach[1], maps.size(2) - 1)
        rows = slice(self.reach[0] - down, self.reach[0] + down + 1)
        columns = slice(self.reach[1] - right, self.reach[1] + right + 1)
        weight = group.weights.to(maps.dtype).view(-1, 1, 1, 1)
        for total, kind in zip(self._total, self.kinds, strict=True):
            taps = (mean_taps if kind == "mean" else last_taps)(maps, self.valid, (down, right))
            if group.windows is None:
                total[:, rows, columns].addcmul_(taps, weight)
            else:
                total[:, rows, columns].index_add_(0, group.windows, taps * weight)

    def take(self, kernels: Sequence[TapKernel]) -> list[Tensor]:
        """Each kernel's pooled outputs (kinds, windows, out); empties the sums for the next batch."""
        assert self._total is not None, "take() before add()"
        total, self._total = self._total, None
        return [kernel(total) for kernel in kernels]


class TapKernel:
    """A convolution (weight (out, C, s, s) with s odd, bias (out,)) in the form that tap sums meet."""

    def __init__(self, weight: Tensor, bias: Tensor, reach: tuple[int, int]) -> None:
        kernel = middle(weight, reach)
        self.reach = kernel.size(2) // 2, kernel.size(3) // 2
        self.matrix = kernel.permute(2, 3, 1, 0).flatten(0, 2).contiguous()
        self.bias = bias

    def __call__(self, total: Tensor) -> Tensor:
        """Sums (kinds, windows, taps down, taps right, C) -> (kinds, windows, out).

        A window's weights must add up to 1, so that the bias counts once.
        """
        down, right = total.size(2) // 2, total.size(3) // 2
        taps = total[
            :,
            :,
            down - self.reach[0] : down + self.reach[0] + 1,
            right - self.reach[1] : right + self.reach[1] + 1,
        ]
        return taps.flatten(2) @ self.matrix + self.bias


def middle(kernel: Tensor, reach: tuple[int, int]) -> Tensor:
    """The taps of a kernel (out, C, s, s) that lie within reach of its centre."""
    down, right = min(kernel.size(2) // 2, reach[0]), min(kernel.size(3) // 2, reach[1])
    row, column = kernel.size(2) // 2, kernel.size(3) // 2
    return kernel[:, :, row - down : row + down + 1, column - right : column + right + 1]


def convolve(maps: Tensor, kernel: nn.Conv2d) -> Tensor:
    """Runs one same-size convolution: (b, H, W, C) -> (b, H, W, out)."""
    # Taps that can't meet the map are dropped: a kernel wider than it is many times slower.
    weight = middle(kernel.weight, (maps.size(1) - 1, maps.size(2) - 1))
    padding = (weight.size(2) // 2, weight.size(3) // 2)
    out = torch.conv2d(maps.permute(0, 3, 1, 2), weight, kernel.bias, padding=padding)
    return out.permute(0, 2, 3, 1)
