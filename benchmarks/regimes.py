"""Two kinds of windows, with the periods that go with them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor

PERIODS = {"rw": (48, 24, 16, 12, 9), "per": (48, 12, 6, 4, 2)}


def windows(regime: str, batch: int, seq_len: int, enc_in: int, seed: int = 0) -> Tensor:
    """Random walks, as prices are, or sums of sines at the regime's periods: (batch, seq_len, enc_in) float32."""
    generator = np.random.default_rng(seed)
    shape = (batch, seq_len, enc_in)
    if regime == "rw":
        return torch.from_numpy(generator.standard_normal(shape).cumsum(axis=1)).float()
    steps = np.arange(seq_len)[None, :, None]
    total = 0.1 * generator.standard_normal(shape)
    for place, period in enumerate(PERIODS["per"]):
        phase = generator.uniform(0, 2 * np.pi, (batch, 1, enc_in))
        total += np.sin(2 * np.pi * steps / period + phase) / (1 + 0.2 * place)
    return torch.from_numpy(total).float()


def bins(regime: str, total_len: int, top_k: int) -> tuple[int, ...]:
    """The rfft bins that this regime's windows show: the lowest ones, or those of its periods."""
    if regime != "per":
        return tuple(range(1, top_k + 1))
    return tuple(max(1, min(round(total_len / period), total_len // 2)) for period in PERIODS["per"][:top_k])


@contextmanager
def forced_bins(chosen: tuple[int, ...]) -> Iterator[None]:
    """Within this context every implementation computes its spectrum as ever, then folds by these bins.

    Untrained weights blur the spectrum from block to block; this way all of them do the same work.
    """

    def strongest(spectrum: Tensor, top_k: int) -> Tensor:
        spectrum[..., 1:].sort(dim=-1, descending=True, stable=True)
        return torch.tensor(chosen).expand(*spectrum.shape[:-1], len(chosen))

    def published(x: Tensor, k: int = 2) -> tuple[np.ndarray, Tensor]:
        spectrum = torch.fft.rfft(x, dim=1)
        mean = abs(spectrum).mean(0).mean(-1)
        mean[0] = 0
        torch.topk(mean, k)
        found = np.array(chosen)
        return x.shape[1] // found, abs(spectrum).mean(-1)[:, found]

    def choose(block: object, x: Tensor) -> tuple[list[int], Tensor]:
        amplitude = torch.fft.rfft(x, dim=1).abs()
        mean = amplitude.mean(0).mean(-1)
        mean[0] = 0
        torch.topk(mean, len(chosen))
        return list(chosen), amplitude.mean(-1)[:, list(chosen)]

    with ExitStack() as stack:
        stack.enter_context(patch("timesnet.network.periods.strongest", strongest))
        stack.enter_context(patch("benchmarks.six_kernel.TimesBlock.choose", choose))
        for module in ("neuralforecast.models.timesnet", "pypots.nn.modules.timesnet.layers"):
            if _installed(module):
                stack.enter_context(patch(f"{module}.FFT_for_Period", published))
        yield


def _installed(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
