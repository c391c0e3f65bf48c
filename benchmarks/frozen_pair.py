"""One network twice, merged and with six kernels, with the same weights and the same frozen periods."""

from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.regimes import PERIODS
from benchmarks.six_kernel import SixKernelTimesNet
from timesnet import TimesNet, TimesNetConfig, Windows

FEATURES, BLOCKS, KERNELS = 12, 2, 6
# Where a spectrum is blurred, as before the second block of a barely trained network, bins like these win.
ALL_PERIODS = {**PERIODS, "mix": (48, 12, 2, 4, 6), "short": (2, 4, 6, 8, 12)}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One row of the tables; `pred_len` 0 reconstructs, above 0 forecasts."""

    d_model: int
    top_k: int
    periods: str
    seq_len: int = 48
    pred_len: int = 0

    @property
    def config(self) -> TimesNetConfig:
        return TimesNetConfig(
            task_name="long_term_forecast" if self.pred_len else "anomaly_detection",
            seq_len=self.seq_len,
            pred_len=self.pred_len,
            enc_in=FEATURES,
            c_out=FEATURES,
            d_model=self.d_model,
            d_ff=self.d_model,
            e_layers=BLOCKS,
            top_k=self.top_k,
            num_kernels=KERNELS,
        )

    @property
    def frequencies(self) -> list[tuple[int, ...]]:
        """The rfft bins whose periods come nearest to the regime's, the same in every block."""
        total_len = self.config.total_len
        bins = [round(total_len / period) for period in ALL_PERIODS[self.periods][: self.top_k]]
        return [tuple(max(1, min(found, total_len // 2)) for found in bins)] * BLOCKS

    def __str__(self) -> str:
        ahead = f"+{self.pred_len}" if self.pred_len else ""
        periods = ", ".join(str(self.config.total_len // found) for found in self.frequencies[0])
        return f"{self.d_model}, {self.top_k}, {self.seq_len}{ahead} | {self.periods} ({periods})"


def build_pair(shape: Shape) -> tuple[TimesNet, SixKernelTimesNet]:
    """The merged and the six-kernel network, in eval mode."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        six = SixKernelTimesNet(shape.config.to_dict(), frozen_frequencies=shape.frequencies)
    merged = TimesNet(shape.config)
    merged.load_state_dict(six.state_dict())
    merged.set_frozen_frequencies(shape.frequencies)
    merged.period_selection = "frozen"
    return merged.eval(), six.eval()


def random_walk_windows(shape: Shape, n: int, *, seed: int = 0) -> Windows:
    """n overlapping windows of one random walk, without marks."""
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((n + shape.seq_len - 1, FEATURES)).cumsum(axis=0).astype(np.float32)
    return Windows(values, None, np.arange(shape.seq_len - 1, len(values)), shape.seq_len)
