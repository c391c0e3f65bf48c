"""Which periods a TimesBlock folds a window by, with what weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(frozen=True, eq=False)
class PeriodGroup:
    """The windows of a batch that share one period.

    Attributes:
        period: steps in one cycle, which is one row of the 2D map.
        weights: (b,) softmaxed amplitude weight of the period in each window of the group.
        windows: (b,) int64 places in the batch; None when the group is the whole batch.
    """

    period: int
    weights: Tensor
    windows: Tensor | None = None


def amplitudes(x: Tensor) -> Tensor:
    """Spectrum of each window: x (B, T, D) -> (B, T // 2 + 1, D), with rfft over time."""
    return torch.fft.rfft(_at_least_float32(x), dim=1).abs()


def strongest(spectrum: Tensor, top_k: int) -> Tensor:
    """Bins of the `top_k` largest amplitudes above frequency zero, falling; ties go to the lower frequency.

    spectrum (..., F) -> int64 (..., top_k).
    """
    # topk leaves the order of equal values open; a stable sort does not.
    return spectrum[..., 1:].sort(dim=-1, descending=True, stable=True).indices[..., :top_k] + 1


def batch_groups(x: Tensor, top_k: int) -> list[PeriodGroup]:
    """Periods of the mean spectrum of the batch, as published (Wu et al. 2023, equations 1, 2, 6).

    x (B, T, D). The weights are the softmax over each window's own channel-mean amplitudes.
    """
    x = _at_least_float32(x)
    with torch.no_grad():
        spectrum = torch.fft.rfft(x, dim=1)
        frequencies = strongest(spectrum.abs().mean(0).mean(-1), top_k).tolist()
        chosen = spectrum[:, frequencies]
    weights = _MeanAmplitudes.apply(x, chosen, frequencies).softmax(dim=1)
    return _merge_equal_periods(x.shape[1], frequencies, weights)


def window_groups(x: Tensor, top_k: int) -> list[PeriodGroup]:
    """Periods of each window's own spectrum; windows that share a period form one group.

    x (B, T, D). What a window gets does not depend on the rest of the batch.
    """
    spectrum = amplitudes(x).mean(-1)
    with torch.no_grad():
        bins = strongest(spectrum, top_k)
        periods = torch.div(x.shape[1], bins, rounding_mode="floor")
    weights = spectrum.gather(1, bins).softmax(dim=1)
    groups = []
    for period in sorted(set(periods.flatten().tolist()), reverse=True):
        chosen = periods == period
        windows = chosen.any(dim=1).nonzero().squeeze(1)
        shared = (weights * chosen).sum(dim=1)
        groups.append(PeriodGroup(period, shared[windows], windows))
    return groups


def frozen_groups(x: Tensor, frequencies: Sequence[int], rows: Tensor) -> list[PeriodGroup]:
    """Given periods, weighted by each window's amplitudes at these frequencies alone.

    x (B, T, D); rows (2, k, T) from `fourier_rows` in x's dtype. Nothing waits for the device.
    """
    # Under autocast the products would round to bfloat16, which an amplitude of 100 doesn't survive.
    with torch.autocast(x.device.type, enabled=False):
        real, imaginary = (torch.matmul(part, _at_least_float32(x)) for part in rows)
    weights = torch.complex(real, imaginary).abs().mean(-1).softmax(dim=1)
    return _merge_equal_periods(x.shape[1], frequencies, weights)


def fourier_rows(frequencies: Sequence[int], length: int) -> Tensor:
    """Real and imaginary rows of the Fourier matrix: (2, k, length) float64."""
    steps = torch.arange(length)
    # Reduced modulo the length first, in whole numbers, so that large angles lose no digits.
    angle = (torch.tensor(list(frequencies)).unsqueeze(1) * steps % length).double() * (2 * math.pi / length)
    return torch.stack([angle.cos(), -angle.sin()])


class _MeanAmplitudes(torch.autograd.Function):
    """Channel-mean amplitudes of x (B, T, D) at a few frequencies, whose spectrum (B, k, D) is already there.

    The gradient of the whole transform would be mostly zeros; that of k frequencies is a small product.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, chosen: Tensor, frequencies: list[int]) -> Tensor:
        ctx.save_for_backward(chosen)
        ctx.frequencies, ctx.length = frequencies, x.shape[1]
        return chosen.abs().mean(-1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor, None, None]:
        (chosen,) = ctx.saved_tensors
        direction = torch.view_as_real(chosen.sgn()) * (cotangent / chosen.shape[-1])[..., None, None]
        rows = fourier_rows(ctx.frequencies, ctx.length).to(direction)
        # (T, 2 k) by (B, 2 k, D): the cosines meet the real parts, the sines the imaginary ones.
        parts = direction.permute(0, 3, 1, 2).flatten(1, 2)
        return rows.flatten(0, 1).t() @ parts, None, None


def _merge_equal_periods(length: int, frequencies: Sequence[int], weights: Tensor) -> list[PeriodGroup]:
    """One group per distinct period, in order of first appearance; weights (B, k) of equal ones are added."""
    merged: dict[int, Tensor] = {}
    for place, frequency in enumerate(frequencies):
        period, weight = length // frequency, weights[:, place]
        merged[period] = merged[period] + weight if period in merged else weight
    return [PeriodGroup(period, weight) for period, weight in merged.items()]


def _at_least_float32(x: Tensor) -> Tensor:
    # The Fourier transforms know neither bfloat16 nor most float16 lengths.
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
