"""One TimesBlock: fold a series by its strongest periods, convolve the maps, add them up again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import TimesNetConfig
from .inception import InceptionBlock, MergedKernel
from .observe import Observe, Stopped
from .periods import PeriodGroup, batch_groups, fourier_rows, frozen_groups, window_groups


class TimesBlock(nn.Module):
    """(B, T, d_model) -> (B, T, d_model), residual included (Wu et al. 2023, equations 1 to 6).

    The steps are select periods, fold, conv.0, GELU, conv.2, unfold, weighted sum, residual. Every distinct
    period runs once, with the weights of equal periods added; `conv` holds the modules, and its two Inception
    blocks are each merged into one kernel once a call.
    """

    def __init__(self, config: TimesNetConfig) -> None:
        super().__init__()
        self.top_k = config.top_k
        first = InceptionBlock(config.d_model, config.d_ff, config.num_kernels)
        second = InceptionBlock(config.d_ff, config.d_model, config.num_kernels)
        self.conv = nn.Sequential(first, nn.GELU(), second)
        self._rows: dict[tuple[object, ...], Tensor] = {}

    def forward(
        self,
        x: Tensor,
        selection: str = "batch",
        frequencies: Sequence[int] | None = None,
        path: str = "",
        observe: Observe | None = None,
    ) -> Tensor:
        """One block.

        Args:
            x: (B, T, d_model).
            selection: "batch", "window" or "frozen"; "frozen" needs `frequencies`, rfft bins of this block.
            path: the block's name, which the names that the observer hears begin with.
            observe: see `TimesNet.forward`.
        """
        groups = self.select_periods(x, selection, frequencies)
        if observe is None and torch.is_grad_enabled() and not torch.is_autocast_enabled(x.device.type):
            return self._all_periods(x, groups)
        first, second = (block.merged() for block in self.inception_blocks())
        total, stopped = x, False
        for group in groups:
            out = self._one_period(x, group, first, second, path, observe)
            if out is None:
                stopped = True
            elif not stopped:
                total = _add_weighted(total, out, group)
        if stopped:
            raise Stopped
        return total

    def inception_blocks(self) -> tuple[InceptionBlock, InceptionBlock]:
        """The two convolutions of the block, `conv.0` and `conv.2`."""
        return cast(InceptionBlock, self.conv[0]), cast(InceptionBlock, self.conv[2])

    def select_periods(
        self, x: Tensor, selection: str, frequencies: Sequence[int] | None
    ) -> list[PeriodGroup]:
        """The distinct periods of x (B, T, d_model) with each window's weights."""
        if selection == "batch":
            return batch_groups(x, self.top_k)
        if selection == "window":
            return window_groups(x, self.top_k)
        assert frequencies is not None
        return frozen_groups(x, frequencies, self._fourier_rows(x, tuple(frequencies)))

    def _all_periods(self, x: Tensor, groups: list[PeriodGroup]) -> Tensor:
        """The same sum step by step for all periods at once, which saves gradients of kernels; for training."""
        first, second = self.inception_blocks()
        folded = [fold(x if group.windows is None else x[group.windows], group.period) for group in groups]
        transposed = [swap for _, swap in folded]
        maps = first.convolve_all([one for one, _ in folded], transposed)
        maps = second.convolve_all([self.conv[1](one) for one in maps], transposed)
        total = x
        for one, swap, group in zip(maps, transposed, groups, strict=True):
            total = _add_weighted(total, unfold(one, swap, x.shape[1]), group)
        return total

    def _one_period(
        self,
        x: Tensor,
        group: PeriodGroup,
        first: MergedKernel,
        second: MergedKernel,
        path: str,
        observe: Observe | None,
    ) -> Tensor | None:
        """Fold, convolve, unfold: (b, T, d_model); None when the observer needs no more of this period."""
        maps, transposed = fold(x if group.windows is None else x[group.windows], group.period)

        def enough(step: str) -> bool:
            if observe is None:
                return False
            seen = maps.permute(0, 3, 2, 1) if transposed else maps.permute(0, 2, 3, 1)
            return bool(observe(f"{path}.{step}", seen, group))

        if enough("fold"):
            return None
        maps = first.convolve(maps, transposed=transposed)
        if enough("conv.0"):
            return None
        maps = self.conv[1](maps)
        if enough("conv.1"):
            return None
        maps = second.convolve(maps, transposed=transposed)
        if enough("conv.2") or enough("conv"):
            return None
        return unfold(maps, transposed, x.shape[1])

    def _fourier_rows(self, x: Tensor, frequencies: tuple[int, ...]) -> Tensor:
        # Kept outside the buffers so that a change of precision computes them anew instead of rounding them.
        dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
        key = (frequencies, x.shape[1], dtype, x.device)
        if key not in self._rows:
            self._rows = {key: fourier_rows(frequencies, x.shape[1]).to(x.device, dtype)}
        return self._rows[key]


def fold(x: Tensor, period: int) -> tuple[Tensor, bool]:
    """Lay a series out as a map with one cycle a row, zeros after the end: (B, T, D) -> (B, D, H, W).

    Memory order stays channels last. Returns the map and whether its axes are swapped: the longer axis always
    goes to W, where the CPU's convolution is fastest.
    """
    batch, length, channels = x.shape
    rows = -(-length // period)
    if rows * period != length:
        x = functional.pad(x, (0, 0, 0, rows * period - length))
    maps = x.reshape(batch, rows, period, channels)
    transposed = rows > period
    if transposed:
        maps = maps.transpose(1, 2).contiguous()
    return maps.permute(0, 3, 1, 2), transposed


def unfold(maps: Tensor, transposed: bool, length: int) -> Tensor:
    """Undo `fold`: (B, D, H, W) -> (B, length, D)."""
    maps = maps.permute(0, 3, 2, 1) if transposed else maps.permute(0, 2, 3, 1)
    return maps.reshape(maps.shape[0], -1, maps.shape[3])[:, :length]


def _add_weighted(total: Tensor, out: Tensor, group: PeriodGroup) -> Tensor:
    weights = group.weights.to(out.dtype)[:, None, None]
    if group.windows is None:
        return torch.addcmul(total, out, weights)
    return total.index_add(0, group.windows, out * weights)
