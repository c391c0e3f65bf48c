"""An Inception block computed as one convolution with the mean of its kernels.

The published block averages `num_kernels` convolutions of sizes 1, 3, 5, ... of the same map. Convolution is
linear in its kernel, so that is one convolution with the mean of the zero-padded kernels: same function, same
gradients, about a third of the arithmetic.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
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
        kernel = self.weight.transpose(2, 3) if transposed else self.weight
        centre = kernel.shape[-1] // 2
        up, across = min(centre, height - 1), min(centre, width - 1)
        kernel = kernel[:, :, centre - up : centre + up + 1, centre - across : centre + across + 1]
        if self._cuts is not None:
            kernel = self._cuts[key] = kernel.contiguous()
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
        if not self._keepers or torch.is_grad_enabled():
            return MergedKernel(*self._mean_kernel())
        state = [(p.data_ptr(), p.dtype, p.device, _version(p)) for p in self.parameters()]
        if self._kept is None or self._kept[0] != state:
            self._kept = state, MergedKernel(*self._mean_kernel(), keep_cuts=True)
        return self._kept[1]

    def keep(self) -> None:
        """Begin to reuse the merged kernel while grad is off; pairs with `release`."""
        self._keepers += 1

    def release(self) -> None:
        """End one `keep`; the last one drops the merged kernel."""
        self._keepers -= 1
        if not self._keepers:
            self._kept = None

    def _mean_kernel(self) -> tuple[Tensor, Tensor]:
        weights: list[Tensor] = [kernel.get_parameter("weight") for kernel in self.kernels]
        biases: list[Tensor] = [kernel.get_parameter("bias") for kernel in self.kernels]
        weight = weights[0]
        for larger in weights[1:]:
            # Each size is one tap wider on every side than the one before.
            weight = functional.pad(weight, (1, 1, 1, 1)) + larger
        return weight / len(weights), torch.stack(biases).mean(0)

    def forward(self, maps: Tensor) -> Tensor:
        """maps (B, in, H, W) -> (B, out, H, W)."""
        return self.merged().convolve(maps)


def _version(parameter: Tensor) -> int:
    # Tensors made in inference mode count no versions, and nobody can train them either.
    return -1 if parameter.is_inference() else parameter._version
