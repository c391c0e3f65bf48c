"""Intervals, tests and corrected scores where the truth is known, because the data were made.

    python -m benchmarks.calibration             200 studies a row (about 15 minutes)
    python -m benchmarks.calibration --quick     a smoke run

Every study has 91 candidates, the first of them the baseline, on n select windows that overlap over 64 rows, as for
seq_len 48 and horizon 16. Labels and candidates' scores are drawn independently (rows), as moving averages
over 48 rows (windows), or half of that with an autoregression of memory 40 rows (slow). Without merit, all candidates
are noise; "shuffled" also permutes the labels. With merit, candidates carry from no to some of the label.

Goals: intervals at 95 % cover in 92 … 98 %; on shuffled labels the superiority test at 5 % discovers in at most 7 %;
the corrected score within 0.01 of the picked candidate's true AUC on average.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from probes import (
    bias_corrected_score,
    block_bootstrap_counts,
    bootstrap_scores,
    choose_block_length,
    correction_block_length,
    interval,
    row_values,
    score_of_many,
    spa_p_value,
)
from probes.uncertainty.confidence_set import confidence_set

OVERLAP = 64
CANDIDATES = 91
RESAMPLES = 1000


@dataclass(frozen=True)
class World:
    """How one row's studies are made: dependence of rows, select windows, greatest merit, shuffled labels."""

    dependence: str
    n: int
    merit: float
    shuffled: bool = False

    def strengths(self) -> np.ndarray:
        """(CANDIDATES,): share of the label in each score; the baseline has two fifths of the best."""
        return np.append(0.4 * self.merit, np.linspace(0, self.merit, CANDIDATES - 1))

    def draw(self, rng: np.random.Generator, n: int, strengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Labels int (n,) with scores (m, n)."""
        latent = self._series(rng, 2, n)
        scores = strengths[:, None] * latent[0] + 0.6 * latent[1] + 0.6 * self._series(rng, len(strengths), n)
        y = (latent[0] > 0).astype(np.int64)
        return (rng.permutation(y) if self.shuffled else y), scores

    def truth(self) -> np.ndarray:
        """(CANDIDATES,): AUC of each strength, from long series."""
        grid = np.linspace(0, max(self.merit, 1e-9), 6)
        if self.merit == 0:
            return np.full(CANDIDATES, 0.5)
        found = []
        for seed in range(3):
            y, scores = self.draw(np.random.default_rng(1000 + seed), 200_000, grid)
            found.append(score_of_many(y, _probability(scores), "auc"))
        return np.interp(self.strengths(), grid, np.mean(found, axis=0))

    def _series(self, rng: np.random.Generator, m: int, n: int) -> np.ndarray:
        if self.dependence == "rows":
            return rng.standard_normal((m, n))
        sums = np.cumsum(rng.standard_normal((m, n + 48)), axis=1)
        windows = (sums[:, 48:] - sums[:, :-48]) / np.sqrt(48)
        if self.dependence == "windows":
            return windows
        memory = np.exp(-1 / 40)
        noise = rng.standard_normal((m, n + 400))
        slow = lfilter([np.sqrt(1 - memory**2)], [1, -memory], noise, axis=1)[:, 400:]
        return np.sqrt(0.5) * (windows + slow)


WORLDS = (
    World("rows", 1300, 0.0),
    World("windows", 1300, 0.0),
    World("slow", 1300, 0.0),
    World("windows", 1300, 0.0, shuffled=True),
    World("slow", 1300, 0.0, shuffled=True),
    World("rows", 1300, 0.25),
    World("slow", 1300, 0.25),
    World("slow", 5000, 0.25),
)


def row(world: World, *, studies: int) -> str:
    """One line of the table."""
    rng = np.random.default_rng(0)
    truth, strengths = world.truth(), world.strengths()
    covered, discoveries, all_in, best_in = [], [], [], []
    corrected, picked, apparent = [], [], []
    for study in range(studies):
        y, scores = world.draw(rng, world.n, strengths)
        p = _probability(scores)
        point = score_of_many(y, p, "auc")
        best = int(point.argmax())
        block = choose_block_length(
            row_values(y, p[[best]], "auc")[0], min_block=OVERLAP, predictions=p[best, :, 1:]
        )
        n_blocks = world.n / block.length
        counts = block_bootstrap_counts(world.n, block.length, RESAMPLES, study)
        resampled = bootstrap_scores(y, p, "auc", counts)
        low, high = interval(point, resampled, n_blocks=n_blocks)
        covered.append(((low <= truth) & (truth <= high)).mean())
        superior = spa_p_value(
            point[1:], resampled[1:], float(point[0]), resampled[0], n=world.n, n_blocks=n_blocks
        )
        discoveries.append(superior.p_value < 0.05)
        members = confidence_set(point, resampled, level=0.9, n_blocks=n_blocks).members
        all_in.append(len(members) == CANDIDATES)
        best_in.append(CANDIDATES - 1 in members)
        wide = correction_block_length(world.n, block.length, OVERLAP - 1)
        counts = block_bootstrap_counts(world.n, wide, RESAMPLES // 2, study)
        answer = bias_corrected_score(y, p, counts, "auc", purge=OVERLAP - 1)
        corrected.append(answer.score)
        apparent.append(answer.apparent)
        picked.append(truth[best])
    gap = np.array(corrected) - np.array(picked)
    name = f"{world.dependence}{', shuffled' if world.shuffled else ''}"
    cells = [
        name,
        f"{world.n:,}",
        "yes" if world.merit else "none",
        f"{100 * np.mean(covered):.1f} %",
        f"{100 * np.mean(discoveries):.1f} %",
        f"{100 * np.mean(best_in):.0f} %" if world.merit else f"{100 * np.mean(all_in):.0f} %",
        f"{np.mean(apparent):.3f}",
        f"{np.mean(corrected):.3f}",
        f"{np.mean(picked):.3f}",
        f"{gap.mean():+.4f} ± {gap.std() / np.sqrt(len(gap)):.4f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _probability(scores: np.ndarray) -> np.ndarray:
    p = 1 / (1 + np.exp(-scores))
    return np.stack([1 - p, p], axis=2).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few studies of few worlds")
    arguments = parser.parse_args()
    print(
        "| rows | n | merit | 95 % intervals cover | discoveries at 5 % | 90 % set holds the best (without merit: all) "
        "| best score | corrected | true AUC of the pick | corrected - true |"
    )
    print("|" + " --- |" * 10)
    for world in WORLDS[:2] if arguments.quick else WORLDS:
        print(row(world, studies=3 if arguments.quick else 200), flush=True)


if __name__ == "__main__":
    main()
