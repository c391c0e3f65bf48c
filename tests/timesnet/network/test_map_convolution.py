import pytest
import torch
from torch.nn import functional

from timesnet.network import map_convolution
from timesnet.network.inception import InceptionBlock
from timesnet.network.map_convolution import convolve, convolve_backward, cut_to_map, prepared


def tensors(height, width, channels=(3, 4), seed=0):
    generator = torch.Generator().manual_seed(seed)
    maps, kernel, bias, cotangent = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in (
            (5, channels[0], height, width),
            (channels[1], channels[0], 11, 11),
            (channels[1],),
            (5, channels[1], height, width),
        )
    )
    return maps, kernel, bias, cotangent


@pytest.fixture
def halves_always(monkeypatch):
    monkeypatch.setattr(map_convolution, "FEWEST_CHANNEL_PAIRS", 0)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (6, 9), (7, 7), (26, 2)])
@pytest.mark.parametrize("transposed", [False, True])
def test_the_cut_kernel_gives_what_the_whole_one_gives(shape, transposed):
    maps, kernel, _, _ = tensors(*shape)
    cut = cut_to_map(kernel, *shape, transposed)
    assert all(taps <= 2 * length - 1 for taps, length in zip(cut.shape[2:], shape, strict=True))
    whole = kernel.transpose(2, 3) if transposed else kernel
    found = functional.conv2d(maps, cut, padding=(cut.shape[2] // 2, cut.shape[3] // 2))
    assert torch.allclose(found, functional.conv2d(maps, whole, padding=5), rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(2, 24), (4, 12), (6, 9), (6, 8), (2, 2)])
def test_three_half_convolutions_are_the_whole_one_with_its_gradients(shape, halves_always):
    maps, kernel, bias, cotangent = tensors(*shape)
    maps.requires_grad_()
    kernel.requires_grad_()
    bias.requires_grad_()
    expected = functional.conv2d(maps, kernel, bias, padding=5)
    of_maps, of_kernel, of_bias = torch.autograd.grad((expected * cotangent).sum(), (maps, kernel, bias))
    with torch.no_grad():
        kernels = prepared(cut_to_map(kernel, *shape, False), shape[0])
        assert len(kernels) == 3
        assert torch.allclose(convolve(maps, kernels, bias), expected, rtol=0, atol=1e-10)
        total = torch.ones_like(kernel)
        found_maps, found_bias = convolve_backward(
            cotangent, maps, kernels, cut_to_map(total, *shape, False), needs_maps=True
        )
        nothing, _ = convolve_backward(
            cotangent, maps, kernels, cut_to_map(total, *shape, False), needs_maps=False
        )
    assert nothing is None
    assert torch.allclose(found_maps, of_maps, rtol=0, atol=1e-10)
    assert torch.allclose(found_bias, of_bias, rtol=0, atol=1e-10)
    # Twice the gradient has been added to what was there.
    assert torch.allclose(total - 1, 2 * of_kernel, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(1, 48), (2, 24), (3, 5), (7, 7), (8, 6), (12, 9), (24, 2)])
def test_a_kernel_s_gradient_row_by_row_is_the_gradient(shape, monkeypatch):
    maps, kernel, _, cotangent = tensors(*shape)
    cut = cut_to_map(kernel, *shape, False)
    found = []
    for capability in ("AVX512", "AVX2"):
        monkeypatch.setattr(
            torch.backends.cpu, "get_cpu_capability", lambda capability=capability: capability
        )
        total = torch.zeros_like(cut)
        gradients = convolve_backward(cotangent, maps, (cut,), total, needs_maps=True)
        found.append((total.clone(), *gradients))
        assert convolve_backward(cotangent, maps, (cut,), total, needs_maps=False)[0] is None
    for plain, by_rows in zip(*found, strict=True):
        assert torch.allclose(plain, by_rows, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(1, 48), (3, 16), (8, 12), (12, 8)])
def test_odd_maps_and_those_with_rows_out_of_reach_stay_whole(shape, halves_always):
    _, kernel, _, _ = tensors(*shape)
    assert len(prepared(cut_to_map(kernel, *shape, False), shape[0])) == 1


def test_few_channels_stay_whole():
    _, kernel, _, _ = tensors(6, 9)
    assert len(prepared(kernel, 6)) == 1


@pytest.mark.parametrize("shape", [(6, 9), (4, 12)])
def test_wide_blocks_equal_the_mean_of_the_convolutions(shape):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        block = InceptionBlock(64, 64, 6).double()
    maps = tensors(*shape, channels=(64, 64))[0].requires_grad_()
    cotangent = tensors(*shape, channels=(64, 64))[3]
    assert len(prepared(cut_to_map(block.merged().weight, *shape, False), shape[0])) == 3
    expected = sum(kernel(maps) for kernel in block.kernels) / 6
    parameters = list(block.parameters())
    expected_gradients = torch.autograd.grad((expected * cotangent).sum(), [maps, *parameters])
    for compute in (lambda: block.convolve_all([maps], [False])[0], lambda: block(maps)):
        found = compute()
        assert torch.allclose(found, expected, rtol=0, atol=1e-10)
        gradients = torch.autograd.grad((found * cotangent).sum(), [maps, *parameters])
        for one, other in zip(gradients, expected_gradients, strict=True):
            assert torch.allclose(one, other, rtol=1e-10, atol=1e-10)
