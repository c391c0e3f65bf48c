import pytest
import torch
from torch.nn import functional

from timesnet.network.inception import InceptionBlock

SHAPES = [(1, 1), (1, 29), (2, 48), (4, 24), (11, 9), (9, 11), (26, 2), (48, 1), (12, 12), (5, 10)]


def block(num_kernels=6, channels=(3, 4)):
    with torch.random.fork_rng():
        torch.manual_seed(num_kernels)
        made = InceptionBlock(*channels, num_kernels).double()
        for kernel in made.kernels:
            torch.nn.init.normal_(kernel.bias)
    return made


def mean_of_convolutions(made, maps):
    """The published block, straight from its definition."""
    outputs = [
        functional.conv2d(maps, kernel.weight, kernel.bias, padding=size)
        for size, kernel in enumerate(made.kernels)
    ]
    return torch.stack(outputs, dim=-1).mean(-1)


def outputs_and_gradients(made, compute, maps, cotangent):
    maps = maps.clone().requires_grad_()
    out = compute(maps)
    gradients = torch.autograd.grad((out * cotangent).sum(), [maps, *made.parameters()])
    return out.detach(), gradients


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_kernels", [1, 3, 6])
def test_equals_the_mean_of_the_convolutions_with_its_gradients(shape, num_kernels):
    made = block(num_kernels)
    generator = torch.Generator().manual_seed(1)
    maps = torch.randn(5, 3, *shape, generator=generator, dtype=torch.float64)
    cotangent = torch.randn(5, 4, *shape, generator=generator, dtype=torch.float64)
    expected, expected_gradients = outputs_and_gradients(
        made, lambda x: mean_of_convolutions(made, x), maps, cotangent
    )
    out, gradients = outputs_and_gradients(made, made, maps, cotangent)
    assert torch.allclose(out, expected, rtol=0, atol=1e-10)
    for one, other in zip(gradients, expected_gradients, strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-10)


def test_a_map_with_swapped_axes_gives_the_swapped_output():
    made = block()
    maps = torch.randn(2, 3, 11, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    swapped = made.merged().convolve(maps.transpose(2, 3), transposed=True)
    assert torch.allclose(swapped.transpose(2, 3), made(maps), rtol=0, atol=1e-12)


def test_kernels_are_kept_only_while_asked_to_and_without_grad():
    made = block()
    assert made.merged() is not made.merged()
    made.keep()
    assert made.merged() is not made.merged()
    with torch.no_grad():
        kept = made.merged()
        assert made.merged() is kept
        made.keep()
        made.release()
        assert made.merged() is kept
    made.release()
    with torch.no_grad():
        assert made.merged() is not kept


def test_a_kept_kernel_follows_the_weights():
    made = block()
    maps = torch.randn(2, 3, 6, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    made.keep()
    with torch.no_grad():
        before = made(maps)
        made.kernels[2].weight.mul_(3)
        after = made(maps)
        assert not torch.allclose(before, after)
        assert torch.allclose(after, mean_of_convolutions(made, maps), rtol=0, atol=1e-12)
        assert made.float()(maps.float()).dtype == torch.float32
    made.release()


def test_kept_kernels_give_the_same_numbers():
    made = block()
    maps = torch.randn(2, 3, 6, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    with torch.no_grad():
        expected = made(maps)
        made.keep()
        assert torch.allclose(made(maps), expected, rtol=0, atol=1e-14)
        assert torch.allclose(made(maps), expected, rtol=0, atol=1e-14)
    made.release()
