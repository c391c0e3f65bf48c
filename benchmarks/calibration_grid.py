"""How often 95 % intervals hold, and how often equals are told apart, over lengths, horizons and persistence.

    python -m benchmarks.calibration_grid                  all lengths up to 5,000 windows
    python -m benchmarks.calibration_grid --n 20000 --replications 100
    python -m benchmarks.calibration_grid --quick          a smoke run

Returns are exp(h / 2) · noise, the log-volatility h an autoregression of variance 1 with a memory of so many candles.
A window's score is the mean size of its last seq_len returns, its label whether the mean size of the next horizon
returns is above the median of a long series, the truth the AUC of that long series. The second predictor is the same
of other noise under the same volatility, so exactly as good: whatever is told apart is told falsely.

Block lengths are those of a study. The standard error is not drawn but computed: that of the mean of the score's terms
(placement values) under the circular block bootstrap, which resampling approaches; one row draws 1,000 resamples as a
study does and must come to the same. Goals: 92 to 98 % of intervals hold, at most 3.5 % of equals are called better
(nominal 2.5); where the blocks are fewer than a study calls enough, the shortfall is shown and the study says so.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.stats import t as student

from probes import bootstrap_scores, choose_block_length, row_values, score_of_many
from probes.uncertainty import ENOUGH_BLOCKS
from study.choice.resampling import draw, score_bounds
from study.metrics import LEVEL

SEQ_LENS, HORIZONS, MEMORIES, LENGTHS = (8, 16, 48, 96), (1, 4, 16), (10, 50, 200), (300, 1000, 5000)
LONG = 400_000


@dataclass(frozen=True)
class Market:
    """What windows are cut from."""

    seq_len: int
    horizon: int
    memory: int

    def draw(self, generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean size of the next `horizon` returns, float64 (n,), and two predictors, (2, n)."""
        steps = n + self.seq_len + self.horizon
        keep = np.exp(-1 / self.memory)
        level = lfilter(
            [np.sqrt(1 - keep**2)],
            [1, -keep],
            generator.standard_normal(steps),
            zi=[keep * generator.standard_normal()],
        )[0]
        size = np.abs(np.exp(level / 2) * generator.standard_normal((3, steps)))
        total = np.concatenate([np.zeros((3, 1)), np.cumsum(size, axis=1)], axis=1)
        ends = np.arange(self.seq_len, self.seq_len + n)
        ahead = (total[0, ends + self.horizon] - total[0, ends]) / self.horizon
        past = (total[1:, ends] - total[1:, ends - self.seq_len]) / self.seq_len
        return ahead, past

    def truth(self) -> tuple[float, float]:
        """Threshold of the label and the AUC of either predictor."""
        ahead, past = self.draw(np.random.default_rng(0), LONG)
        threshold = float(np.median(ahead))
        return threshold, float(score_of_many((ahead > threshold).astype(np.int64), both(past), "auc").mean())

    def samples(self, n: int, replications: int, threshold: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Labels int64 (n,) with probabilities (2, n, 2); samples of one class, which no study takes, are left out."""
        generator = np.random.default_rng((n, self.seq_len, self.horizon, self.memory))
        for _ in range(replications):
            ahead, past = self.draw(generator, n)
            y = (ahead > threshold).astype(np.int64)
            if 5 <= y.sum() <= n - 5:
                yield y, both(past)


def both(scores: np.ndarray) -> np.ndarray:
    """Positive scores (m, n) as probabilities of two classes (m, n, 2) in the same order."""
    positive = scores / (1 + scores)
    return np.stack([1 - positive, positive], axis=2)


def standard_error(terms: np.ndarray, block: int) -> float:
    """Of the mean of terms (n,), by circular blocks: exact, not drawn."""
    n = len(terms)
    around = np.concatenate([terms, terms[:block]]) - terms.mean()
    sums = np.concatenate([[0.0], np.cumsum(around)])
    spread = ((sums[block : block + n] - sums[:n]) ** 2).mean() / (block * n)
    blocks = n / block
    return float(np.sqrt(spread * blocks / (blocks - 1)))


@dataclass(frozen=True)
class Cell:
    """Of one market and length: intervals that hold and equals called better, in percent; blocks, samples."""

    held: float
    better: float
    blocks: float
    samples: int

    def __str__(self) -> str:
        return f"{self.held:.1f} / {self.better:.1f} ({self.blocks:.0f})"


def cell(market: Market, n: int, replications: int, known: tuple[float, float]) -> Cell:
    """One cell of the table; `known` are threshold and truth."""
    threshold, truth = known
    held, better, blocks = [], [], []
    for y, probability in market.samples(n, replications, threshold):
        terms = row_values(y, probability, "auc")
        block = choose_block_length(
            terms[0],
            min_block=market.seq_len + market.horizon,
            predictions=probability[0, :, 1:],
        ).length
        quantile = float(student.ppf((1 + LEVEL) / 2, n / block - 1))
        held.append(abs(terms[0].mean() - truth) <= quantile * standard_error(terms[0], block))
        ahead = terms[0] - terms[1]
        better.append(ahead.mean() > quantile * standard_error(ahead, block))
        blocks.append(n / block)
    return Cell(100 * float(np.mean(held)), 100 * float(np.mean(better)), float(np.median(blocks)), len(held))


def drawn_cell(market: Market, n: int, replications: int, known: tuple[float, float]) -> float:
    """Percent of intervals that hold, by resampling as a study does."""
    threshold, truth = known
    held = []
    for number, (y, probability) in enumerate(market.samples(n, replications, threshold)):
        overlap = market.seq_len + market.horizon
        drawn = draw(y, probability[0], metric="auc", overlap=overlap, seed=number)
        points = score_of_many(y, probability[:1], "auc")
        resampled = bootstrap_scores(y, probability[:1], "auc", drawn.counts)
        low, high = score_bounds(y, points, resampled, drawn, metric="auc")
        held.append(low[0] <= truth <= high[0])
    return 100 * float(np.mean(held))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, nargs="+", default=list(LENGTHS), help="windows")
    parser.add_argument("--replications", type=int, default=400)
    parser.add_argument("--quick", action="store_true", help="few samples of two markets")
    options = parser.parse_args(arguments)
    markets = [Market(s, h, m) for m in MEMORIES for s in SEQ_LENS for h in HORIZONS]
    replications = 5 if options.quick else options.replications
    lengths = [300] if options.quick else options.n
    markets = markets[:2] if options.quick else markets
    print("held / equals called better (blocks)\n")
    print(f"| memory | seq_len | horizon | AUC | {' | '.join(f'{n:,}' for n in lengths)} |")
    print("| ---: |" + " ---: |" * (3 + len(lengths)))
    by_blocks: dict[str, list[Cell]] = defaultdict(list)
    for market in markets:
        known = market.truth()
        cells = [cell(market, n, replications, known) for n in lengths]
        for one in cells:
            kind = f"{ENOUGH_BLOCKS} blocks or more" if one.blocks >= ENOUGH_BLOCKS else "fewer"
            by_blocks[kind].append(one)
        shown = " | ".join(map(str, cells))
        print(
            f"| {market.memory} | {market.seq_len} | {market.horizon} | {known[1]:.3f} | {shown} |",
            flush=True,
        )
    print()
    for kind, cells in by_blocks.items():
        held = np.array([one.held for one in cells])
        equal = np.array([one.better for one in cells])
        print(
            f"- {kind}: {len(cells)} cells, held {held.mean():.1f} % ({held.min():.1f} to {held.max():.1f}), "
            f"{(held >= 92).mean():.0%} of them at least 92 %; equals called better {equal.mean():.1f} % (up to "
            f"{equal.max():.1f})"
        )
    market = markets[0]
    known = market.truth()
    few = min(replications, 200)
    exact, drawn = (
        cell(market, lengths[0], few, known).held,
        drawn_cell(market, lengths[0], few, known),
    )
    print(f"- computed {exact:.1f} %, drawn {drawn:.1f} % of {few} (first market, {lengths[0]:,} windows)")


if __name__ == "__main__":
    main()
