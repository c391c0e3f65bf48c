"""The convolution of one 2D map with its merged kernel, by the cheaper of two exact ways.

The plain way is one library call. The other cuts a map of 2 h rows, where every row meets every other one, into
a top and a bottom half. With k0 the taps between rows of the same half, kt those from the top half to the bottom
one, kb those back (Karatsuba and Ofman 1962, for a 2 x 2 Toeplitz matrix of convolutions):

    out_top    = k0 * (top + bottom) + (kb - k0) * bottom
    out_bottom = k0 * (top + bottom) + (kt - k0) * top

Three convolutions of half the rows with half the kernel instead of the four that the plain way amounts to; each
kernel takes half the cache. It pays where channels are many enough for additions to be cheap beside products.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Measured on a core with 1 MB of second-level cache: 7 to 35 % faster at 64 x 64 channels, nothing at 32 x 32.
FEWEST_CHANNEL_PAIRS = 64 * 64
# Without AVX-512 the library has no fast gradient of kernels that are wider than this and higher than one row: row by
# row it takes 37 to 62 % of the time, at 16 to 64 channels and on every map whose kernel has 9 columns or 11.
WIDEST_KERNEL_WITHOUT_AVX512 = 7


def cut_to_map(kernel: Tensor, height: int, width: int, transposed: bool) -> Tensor:
    """View of (out, in, K, K) without the taps that always lie beside a map of height x width.

    Besides the wasted arithmetic, a kernel wider than its map costs the CPU library its fast path.
    `transposed` swaps the kernel's axes, for a map whose axes are swapped.
    """
    kernel = kernel.transpose(2, 3) if transposed else kernel
    centre = kernel.shape[-1] // 2
    up, across = min(centre, height - 1), min(centre, width - 1)
    return kernel[:, :, centre - up : centre + up + 1, centre - across : centre + across + 1]


def prepared(cut: Tensor, height: int, *, may_halve: bool = True) -> tuple[Tensor, ...]:
    """What `convolve` takes for maps of this height: (cut,) for the plain way, (k0, kb - k0, kt - k0) for halves.

    The way by halves is for code that brings its own gradient.
    """
    if not may_halve or not _halves_pay(cut, height):
        return (cut,)
    within, to_top, to_bottom = _rows(cut, height // 2)
    return within.contiguous(memory_format=torch.channels_last), to_top - within, to_bottom - within


def convolve(maps: Tensor, kernels: tuple[Tensor, ...], bias: Tensor | None) -> Tensor:
    """(B, in, H, W) -> (B, out, H, W), zeros around the map; `kernels` from `prepared`."""
    if len(kernels) == 1:
        return functional.conv2d(maps, kernels[0], bias, padding=_padding(kernels[0]))
    half = maps.shape[2] // 2
    top, bottom = maps[:, :, :half], maps[:, :, half:]
    both = convolve(top + bottom, kernels[:1], bias)
    out = _empty_map(maps, channels=both.shape[1])
    torch.add(both, convolve(bottom, kernels[1:2], None), out=out[:, :, :half])
    torch.add(both, convolve(top, kernels[2:], None), out=out[:, :, half:])
    return out


def convolve_backward(
    cotangent: Tensor, maps: Tensor, kernels: tuple[Tensor, ...], total: Tensor, *, needs_maps: bool
) -> tuple[Tensor | None, Tensor]:
    """Gradients of `convolve` in the maps (None unless needed) and the bias.

    The kernel's gradient is added to `total`, a view cut like the kernel that `prepared` was given.
    """
    if len(kernels) == 1:
        of_maps, of_kernel, of_bias = _gradients(cotangent, maps, kernels[0], needs_maps)
        total.add_(of_kernel)
        return of_maps, of_bias
    half = maps.shape[2] // 2
    top, bottom = maps[:, :, :half], maps[:, :, half:]
    to_top, to_bottom = cotangent[:, :, :half], cotangent[:, :, half:]
    of_both, of_within, of_bias = _gradients(to_top + to_bottom, top + bottom, kernels[0], needs_maps)
    of_bottom, of_upward, _ = _gradients(to_top, bottom, kernels[1], needs_maps)
    of_top, of_downward, _ = _gradients(to_bottom, top, kernels[2], needs_maps)
    within, upward, downward = _rows(total, half)
    upward.add_(of_upward)
    downward.add_(of_downward)
    within.add_(of_within.sub_(of_upward).sub_(of_downward))
    if of_both is None or of_top is None or of_bottom is None:
        return None, of_bias
    of_maps = _empty_map(maps, channels=maps.shape[1])
    torch.add(of_both, of_top, out=of_maps[:, :, :half])
    torch.add(of_both, of_bottom, out=of_maps[:, :, half:])
    return of_maps, of_bias


def _halves_pay(cut: Tensor, height: int) -> bool:
    every_row_meets = cut.shape[2] == 2 * height - 1
    pairs = cut.shape[0] * cut.shape[1]
    return cut.device.type == "cpu" and height % 2 == 0 and every_row_meets and pairs >= FEWEST_CHANNEL_PAIRS


def _rows(cut: Tensor, half: int) -> tuple[Tensor, Tensor, Tensor]:
    """Views of the taps within a half, from the bottom to the top half, from the top to the bottom half."""
    middle, reach = cut.shape[2] // 2, half - 1
    within, below, above = (
        cut[:, :, row - reach : row + reach + 1] for row in (middle, middle + half, middle - half)
    )
    return within, below, above


def _gradients(
    cotangent: Tensor, maps: Tensor, kernel: Tensor, needs_maps: bool
) -> tuple[Tensor | None, Tensor, Tensor]:
    if not _rows_pay(kernel):
        return _backward(cotangent, maps, kernel, _padding(kernel), [needs_maps, True, True])
    # Asked for the bias the library makes the kernel's gradient, too.
    of_maps, _, _ = _backward(cotangent, maps, kernel, _padding(kernel), [needs_maps, False, False])
    return of_maps, _kernel_by_rows(cotangent, maps, kernel), cotangent.sum((0, 2, 3))


def _rows_pay(kernel: Tensor) -> bool:
    wide = kernel.shape[2] > 1 and kernel.shape[3] > WIDEST_KERNEL_WITHOUT_AVX512
    return wide and kernel.device.type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX2"


def _kernel_by_rows(cotangent: Tensor, maps: Tensor, kernel: Tensor) -> Tensor:
    """The kernel's gradient, each row of it from the rows of the map that it brings together."""
    height, middle = maps.shape[2], kernel.shape[2] // 2
    out = torch.empty_like(kernel)
    for row in range(kernel.shape[2]):
        down, up = max(0, row - middle), max(0, middle - row)
        _, of_row, _ = _backward(
            cotangent[:, :, up : height - down],
            maps[:, :, down : height - up],
            kernel[:, :, row : row + 1],
            [0, kernel.shape[3] // 2],
            [False, True, False],
        )
        out[:, :, row : row + 1] = of_row
    return out


def _backward(
    cotangent: Tensor, maps: Tensor, kernel: Tensor, padding: list[int], wanted: list[bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """The library's gradients in maps, kernel and bias; those not `wanted` are None."""
    return torch.ops.aten.convolution_backward(
        cotangent, maps, kernel, [kernel.shape[0]], [1, 1], padding, [1, 1], False, [0, 0], 1, wanted
    )  # fmt: skip


def _padding(kernel: Tensor) -> list[int]:
    return [kernel.shape[2] // 2, kernel.shape[3] // 2]


def _empty_map(like: Tensor, *, channels: int) -> Tensor:
    batch, _, height, width = like.shape
    return like.new_empty(batch, height, width, channels).permute(0, 3, 1, 2)
