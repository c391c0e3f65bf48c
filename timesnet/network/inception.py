"""An Inception block computed as one convolution with the mean of its kernels.

The published block averages `num_kernels` convolutions of sizes 1, 3, 5, ... of the same map. Convolution is
linear in its kernel, so that is one convolution with the mean of the zero-padded kernels: same function, same
gradients, about a third of the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from .map_convolution import convolve, convolve_backward, cut_to_map, prepared


class MergedKernel:
    """The mean of an Inception block's kernels.

    Attributes:
        weight: (out, in, 2 n - 1, 2 n - 1) for n kernels.
        bias: (out,).
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, keep_cuts: bool = False) -> None:
        self.weight = weight
        self.bias = bias
        self._cuts: dict[tuple[object, ...], tuple[Tensor, ...]] | None = {} if keep_cuts else None

    def convolve(self, maps: Tensor, *, transposed: bool = False) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W), zeros around the map; `transposed` swaps the kernel's axes."""
        height, width = maps.shape[2:]
        # Sums of halves would round too often in bfloat16, and autograd would hold every part of them.
        may_halve = not torch.is_grad_enabled() and not torch.is_autocast_enabled(maps.device.type)
        if self._cuts is None:
            cut = cut_to_map(self.weight, height, width, transposed)
            return convolve(maps, prepared(cut, height, may_halve=may_halve), self.bias)
        key = (height, width, transposed, may_halve)
        if key not in self._cuts:
            cut = cut_to_map(self.weight, height, width, transposed)
            cut = cut.contiguous(memory_format=torch.channels_last)
            self._cuts[key] = prepared(cut, height, may_halve=may_halve)
        return convolve(maps, self._cuts[key], self.bias)


class InceptionBlock(nn.Module):
    """Mean of `num_kernels` convolutions with kernels of sizes 1, 3, 5, ... (published Inception_Block_V1).

    The modules `kernels.i` hold the parameters under their published names; they are never called.
    """

    def __init__(self, in_channels: int, out_channels: int, num_kernels: int) -> None:
        super().__init__()
        self.kernels = nn.ModuleList(
            nn.Conv2d(in_channels, out_channels, kernel_size=2 * reach + 1, padding=reach)
            for reach in range(num_kernels)
        )
        for kernel in self.kernels:
            nn.init.kaiming_normal_(kernel.get_parameter("weight"), mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(kernel.get_parameter("bias"))
        self._keepers = 0
        self._kept: tuple[object, MergedKernel] | None = None

    def merged(self) -> MergedKernel:
        """The block's one kernel, differentiable in the parameters of all its kernels.

        Between `keep` and `release`, while grad is off, it is computed once and used until a weight changes.
        """
        weights, biases = self._parameters_by_size()
        if torch.is_grad_enabled():
            return MergedKernel(*_MergeKernels.apply(*weights, *biases))
        if not self._keepers:
            return MergedKernel(_mean(weights), _mean_bias(biases))
        state = [(p.data_ptr(), p.dtype, p.device, _version(p)) for p in (*weights, *biases)]
        if self._kept is None or self._kept[0] != state:
            self._kept = state, MergedKernel(_mean(weights), _mean_bias(biases), keep_cuts=True)
        return self._kept[1]

    def convolve_all(self, maps: Sequence[Tensor], transposed: Sequence[bool]) -> list[Tensor]:
        """Convolve several maps with one merged kernel, remembering for the gradient nothing but the maps.

        maps (B, in, H, W) each, `transposed` where its axes are swapped -> (B, out, H, W) each.
        """
        weights, biases = self._parameters_by_size()
        return list(_ConvolveAll.apply(tuple(transposed), len(weights), *weights, *biases, *maps))

    def keep(self) -> None:
        """Begin to reuse the merged kernel while grad is off; pairs with `release`."""
        self._keepers += 1

    def release(self) -> None:
        """End one `keep`; the last one drops the merged kernel."""
        self._keepers -= 1
        if not self._keepers:
            self._kept = None

    def _parameters_by_size(self) -> tuple[list[Tensor], list[Tensor]]:
        kernels = cast(list[nn.Conv2d], list(self.kernels))
        return [kernel.weight for kernel in kernels], [cast(Tensor, kernel.bias) for kernel in kernels]

    def forward(self, maps: Tensor) -> Tensor:
        """maps (B, in, H, W) -> (B, out, H, W)."""
        return self.merged().convolve(maps)


class _MergeKernels(torch.autograd.Function):
    """Kernels and biases of n sizes -> their mean kernel, their mean bias."""

    @staticmethod
    def forward(ctx: Any, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        ctx.sizes = len(parameters) // 2
        return _mean(parameters[: ctx.sizes]), _mean_bias(parameters[ctx.sizes :])

    @staticmethod
    def backward(ctx: Any, weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        return _shares(weight / ctx.sizes, bias / ctx.sizes, ctx.sizes)


class _ConvolveAll(torch.autograd.Function):
    """The maps of all periods -> their convolutions with one mean kernel.

    Plain autograd would fill, copy and add the whole kernel's gradient for every map, and would hold the merged
    kernel and its cuts until then. Merging once more in the backward pass costs less than holding them.
    """

    @staticmethod
    def forward(ctx: Any, transposed: tuple[bool, ...], sizes: int, *tensors: Tensor) -> tuple[Tensor, ...]:
        weights, biases, maps = tensors[:sizes], tensors[sizes : 2 * sizes], tensors[2 * sizes :]
        ctx.transposed, ctx.sizes = transposed, sizes
        ctx.save_for_backward(*weights, *maps)
        merged = MergedKernel(_mean(weights), _mean_bias(biases))
        return tuple(merged.convolve(m, transposed=swap) for m, swap in zip(maps, transposed, strict=True))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor | None, ...]:
        sizes = ctx.sizes
        weights, maps = ctx.saved_tensors[:sizes], ctx.saved_tensors[sizes:]
        needs_maps = any(ctx.needs_input_grad[2 + 2 * sizes :])
        kernel = _mean(weights)
        total, total_bias = torch.zeros_like(kernel), kernel.new_zeros(kernel.shape[0])
        of_maps: list[Tensor | None] = []
        for cotangent, one, swap in zip(cotangents, maps, ctx.transposed, strict=True):
            shape = (one.shape[2], one.shape[3], swap)
            kernels = prepared(cut_to_map(kernel, *shape), one.shape[2])
            of_map, of_bias = convolve_backward(
                cotangent, one, kernels, cut_to_map(total, *shape), needs_maps=needs_maps
            )
            of_maps.append(of_map)
            total_bias.add_(of_bias)
        return None, None, *_shares(total.div_(sizes), total_bias.div_(sizes), sizes), *of_maps


def _inner(kernel: Tensor, size: int, sizes: int) -> Tensor:
    """View of the taps that the kernel number `size` of `sizes` has in the largest one."""
    cut = sizes - 1 - size
    return kernel[:, :, cut : kernel.shape[2] - cut, cut : kernel.shape[3] - cut]


def _mean(weights: Sequence[Tensor]) -> Tensor:
    sizes = len(weights)
    total = weights[-1] / sizes
    for size, weight in enumerate(weights[:-1]):
        _inner(total, size, sizes).add_(weight, alpha=1 / sizes)
    return total


def _mean_bias(biases: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(biases)).mean(0)


def _shares(weight: Tensor, bias: Tensor, sizes: int) -> tuple[Tensor, ...]:
    """What each kernel and bias gets, once the gradients of their means are divided by their number."""
    return *(_inner(weight, size, sizes) for size in range(sizes)), *([bias] * sizes)


def _version(parameter: Tensor) -> int:
    # Tensors made in inference mode count no versions, and nobody can train them either.
    return -1 if parameter.is_inference() else parameter._version
