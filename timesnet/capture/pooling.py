"""Ways to turn a sequence of vectors into one vector."""

from torch import Tensor

from ..errors import ConfigError

POOLINGS = ("mean", "last", "max", "std", "flatten")


def check_poolings(kinds: tuple[str, ...]) -> None:
    """Raises ConfigError for a pooling that does not exist."""
    for kind in kinds:
        if kind not in POOLINGS:
            raise ConfigError(f"pooling {kind!r} does not exist: choose from {', '.join(POOLINGS)}")


def pool(x: Tensor, kind: str) -> Tensor:
    """Pools over time: (B, T, D) -> (B, D), for `flatten` (B, T * D).

    `std` is the population standard deviation, so that a single time step gives zeros.
    Raises ConfigError for an unknown kind or a tensor that is not three-dimensional.
    """
    check_poolings((kind,))
    if x.dim() != 3:
        raise ConfigError(f"pooling needs (windows, time, channels), got shape {tuple(x.shape)}")
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
    return time * channels if kind == "flatten" else channels
