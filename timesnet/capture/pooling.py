"""Ways to turn a sequence of vectors into one vector."""

import torch
from torch import Tensor

from ..errors import ConfigError

BESIDE = "|"
"""Between the names of two poolings whose vectors are put side by side."""
POOLINGS = ("mean", "last", "max", "std", "flatten", f"mean{BESIDE}last")


def check_poolings(kinds: tuple[str, ...]) -> None:
    """Raises ConfigError for a pooling that does not exist."""
    for kind in kinds:
        if kind not in POOLINGS:
            raise ConfigError(f"pooling {kind!r} does not exist: choose from {', '.join(POOLINGS)}")


def parts_of(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The poolings that those named are put together from, each once: mean and last for `mean|last`."""
    return tuple(dict.fromkeys(part for kind in kinds for part in kind.split(BESIDE)))


def pool(x: Tensor, kind: str) -> Tensor:
    """Pools over time: (B, T, D) -> (B, D), for `flatten` (B, T * D), for `mean|last` the mean and then the last step,
    (B, 2 * D).

    `std` is the population standard deviation, so that a single time step gives zeros.
    Raises ConfigError for an unknown kind or a tensor that is not three-dimensional.
    """
    check_poolings((kind,))
    if x.dim() != 3:
        raise ConfigError(f"pooling needs (windows, time, channels), got shape {tuple(x.shape)}")
    if BESIDE in kind:
        return torch.cat([pool(x, part) for part in parts_of((kind,))], dim=1)
    if kind == "mean":
        return x.mean(1)
    if kind == "last":
        return x[:, -1]
    if kind == "max":
        return x.amax(1)
    if kind == "std":
        return x.std(1, correction=0)
    return x.flatten(1)


def pooled_size(time: int, channels: int, kind: str) -> int:
    """Length of the pooled vector."""
    check_poolings((kind,))
    return time * channels if kind == "flatten" else channels * len(parts_of((kind,)))
