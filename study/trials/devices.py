"""Where networks are evaluated."""

from collections.abc import Iterator

import torch

from timesnet import TimesNet


def device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def on_device(
    batches: Iterator[tuple[torch.Tensor, torch.Tensor | None]], model: TimesNet
) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
    """The batches, moved to where the network is."""
    where = next(model.parameters()).device
    for x, marks in batches:
        yield x.to(where), None if marks is None else marks.to(where)
