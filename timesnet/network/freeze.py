"""Periods chosen once, over all windows of a set."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from ..errors import DataError
from .model import TimesNet
from .periods import amplitudes, strongest

Batches = Iterable[tuple[Tensor, Tensor | None]]
# Bytes of what a block receives that are kept for the next one: with many blocks, passing all windows through those
# before it would take most of the time.
HELD = 2**27


def freeze_frequencies(model: TimesNet, batches_factory: Callable[[], Batches]) -> list[tuple[int, ...]]:
    """Choose each block's frequencies once, from the mean spectrum over all given windows.

    Block by block, because what a block sees depends on the frequencies of those before it. Of the first windows that
    is kept, up to HELD bytes; the others go through the blocks before it once more. The result does not depend on how
    the windows are batched. Sets the frequencies on the model and its period selection
    to "frozen".

    Args:
        batches_factory: called once per block; yields (x_enc (B, T, C), x_mark (B, T, M) or None).

    Returns:
        One tuple of `top_k` rfft bins a block, by falling amplitude; the period is total_len // bin.

    Raises:
        DataError: there is no window, or a window's spectrum is not finite.
    """
    training = model.training
    model.eval()
    frozen: list[tuple[int, ...]] = []
    held: dict[int, Tensor] = {}
    room = HELD
    try:
        with torch.no_grad(), model.merged_kernels():
            for depth in range(len(model.model)):
                total, windows = torch.zeros(()).double(), 0
                for place, (x_enc, x_mark) in enumerate(batches_factory()):
                    if place in held:
                        seen = model.pass_block(depth - 1, held[place], frozen[-1])
                    else:
                        seen = model.enter_block(depth, x_enc, x_mark, frequencies=frozen)
                        room -= seen.nbytes
                    if depth + 1 < len(model.model) and (place in held or room >= 0):
                        held[place] = seen
                    total = total + amplitudes(seen).mean(-1).double().sum(0).cpu()
                    windows += len(x_enc)
                if not windows:
                    raise DataError("frozen periods need at least one window; the batches hold none")
                if not bool(torch.isfinite(total).all()):
                    raise DataError(
                        f"the mean spectrum of {windows} windows before block {depth} is not finite; "
                        "look for missing or infinite values in the windows"
                    )
                frozen.append(tuple(strongest(total, model.config.top_k).tolist()))
        model.set_frozen_frequencies(frozen)
        model.period_selection = "frozen"
    finally:
        model.train(training)
    return frozen
