"""An Inception block computed as one convolution with the mean of its kernels.

The published block averages `num_kernels` convolutions of sizes 1, 3, 5, ... of the same map. Convolution is
linear in its kernel, so that is one convolution with the mean of the zero-padded kernels: same function, same
gradients, about a third of the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class MergedKernel:
    """The mean of an Inception block's kernels, cut to the map at hand.

    Attributes:
        weight: (out, in, 2 n - 1, 2 n - 1) for n kernels.
        bias: (out,).
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, keep_cuts: bool = False) -> None:
        self.weight = weight
        self.bias = bias
        self._cuts: dict[tuple[int, int, bool], Tensor] | None = {} if keep_cuts else None

    def cut(self, height: int, width: int, transposed: bool) -> Tensor:
        """The taps that can meet data in a map of this height and width, axes swapped where the map's are.

        Besides the wasted arithmetic, a kernel wider than its map costs the CPU library its fast path.
        """
        key = (height, width, transposed)
        if self._cuts is not None and key in self._cuts:
            return self._cuts[key]
        kernel = _taps_that_meet_data(self.weight, height, width, transposed)
        if self._cuts is not None:
            kernel = self._cuts[key] = kernel.contiguous(memory_format=torch.channels_last)
        return kernel

    def convolve(self, maps: Tensor, *, transposed: bool = False) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W), zeros around the map; `transposed` swaps the kernel's axes."""
        kernel = self.cut(maps.shape[2], maps.shape[3], transposed)
        padding = (kernel.shape[2] // 2, kernel.shape[3] // 2)
        return functional.conv2d(maps, kernel, self.bias, padding=padding)


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
        if not self._keepers or torch.is_grad_enabled():
            return MergedKernel(*_MergeKernels.apply(*weights, *biases))
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
        weights: list[Tensor] = [kernel.get_parameter("weight") for kernel in self.kernels]
        biases: list[Tensor] = [kernel.get_parameter("bias") for kernel in self.kernels]
        return weights, biases

    def forward(self, maps: Tensor) -> Tensor:
        """maps (B, in, H, W) -> (B, out, H, W)."""
        return self.merged().convolve(maps)


class _MergeKernels(torch.autograd.Function):
    """Kernels and biases of n sizes -> their mean kernel, their mean bias."""

    @staticmethod
    def forward(ctx, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        ctx.sizes = len(parameters) // 2
        return _mean(parameters[: ctx.sizes]), _mean_bias(parameters[ctx.sizes :])

    @staticmethod
    def backward(ctx, weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        return _shares(weight, bias, ctx.sizes)


class _ConvolveAll(torch.autograd.Function):
    """The maps of all periods -> their convolutions with one mean kernel.

    Plain autograd would fill, copy and add the whole kernel's gradient for every map, and would hold the merged
    kernel and its cuts until then. Merging once more in the backward pass costs less than holding them.
    """

    @staticmethod
    def forward(ctx, transposed: tuple[bool, ...], sizes: int, *tensors: Tensor) -> tuple[Tensor, ...]:
        weights, biases, maps = tensors[:sizes], tensors[sizes : 2 * sizes], tensors[2 * sizes :]
        ctx.transposed, ctx.sizes = transposed, sizes
        ctx.save_for_backward(*tensors)
        merged = MergedKernel(_mean(weights), _mean_bias(biases))
        return tuple(merged.convolve(m, transposed=swap) for m, swap in zip(maps, transposed, strict=True))

    @staticmethod
    @once_differentiable
    def backward(ctx, *cotangents: Tensor) -> tuple[Tensor | None, ...]:
        sizes = ctx.sizes
        weights, maps = ctx.saved_tensors[:sizes], ctx.saved_tensors[2 * sizes :]
        needs_maps = any(ctx.needs_input_grad[2 + 2 * sizes :])
        needs_kernel = any(ctx.needs_input_grad[2 : 2 + 2 * sizes])
        kernel = _mean(weights)
        total, total_bias = torch.zeros_like(kernel), kernel.new_zeros(kernel.shape[0])
        of_maps: list[Tensor | None] = []
        for cotangent, one, swap in zip(cotangents, maps, ctx.transposed, strict=True):
            cut = _taps_that_meet_data(kernel, one.shape[2], one.shape[3], swap)
            padding = [cut.shape[2] // 2, cut.shape[3] // 2]
            of_map, of_cut, of_bias = torch.ops.aten.convolution_backward(
                cotangent, one, cut, [cut.shape[0]], [1, 1], padding, [1, 1], False, [0, 0], 1,
                [needs_maps, needs_kernel, needs_kernel],
            )  # fmt: skip
            of_maps.append(of_map)
            if needs_kernel:
                _taps_that_meet_data(total, one.shape[2], one.shape[3], swap).add_(of_cut)
                total_bias.add_(of_bias)
        shares = _shares(total, total_bias, sizes) if needs_kernel else (None,) * (2 * sizes)
        return None, None, *shares, *of_maps


def _taps_that_meet_data(kernel: Tensor, height: int, width: int, transposed: bool) -> Tensor:
    """View of (out, in, K, K) without the taps that are always beside a map of height x width."""
    kernel = kernel.transpose(2, 3) if transposed else kernel
    centre = kernel.shape[-1] // 2
    up, across = min(centre, height - 1), min(centre, width - 1)
    return kernel[:, :, centre - up : centre + up + 1, centre - across : centre + across + 1]


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
    """What each kernel and bias gets of the gradients of their means."""
    weight, bias = weight / sizes, bias / sizes
    return *(_inner(weight, size, sizes) for size in range(sizes)), *([bias] * sizes)


def _version(parameter: Tensor) -> int:
    # Tensors made in inference mode count no versions, and nobody can train them either.
    return -1 if parameter.is_inference() else parameter._version
