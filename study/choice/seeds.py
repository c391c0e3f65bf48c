"""The winner's variant trained again under other seeds: how much of a layer's score and rank is chance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from probes import ProbeError
from study.data import StudyData
from study.errors import StudyError, TrialPruned
from study.trials import Job, TrialRecord, Variant, best_by_layer, evaluate_job, utility


@dataclass(frozen=True, kw_only=True)
class SeedScores:
    """Select scores of every layer's best pooling under several seeds.

    Attributes:
        metric: what is scored.
        winner: the winning layer.
        scores: by layer, float64 (n_seeds,); the winner's own seed first.
        unscored: why the other seeds that were asked for are missing.
    """

    metric: str
    winner: str
    scores: Mapping[str, np.ndarray]
    unscored: tuple[str, ...] = ()

    @property
    def seeds(self) -> int:
        """How many seeds there are scores of."""
        return len(next(iter(self.scores.values())))

    def mean(self, layer: str) -> float:
        """Over the seeds."""
        return float(self.scores[layer].mean())

    def spread(self, layer: str) -> float:
        """Standard deviation over the seeds, with n - 1; 0 for one seed."""
        return float(self.scores[layer].std(ddof=1)) if self.seeds > 1 else 0.0

    def ranks(self) -> dict[str, np.ndarray]:
        """Each layer's rank under each seed, int (n_seeds,), 1 is best; equal scores share the better rank."""
        table = np.array([[utility(self.metric, value) for value in row] for row in self.scores.values()])
        above = (table[None, :, :] > table[:, None, :]).sum(axis=1)
        return {layer: 1 + row for layer, row in zip(self.scores, above, strict=True)}

    @property
    def agreement(self) -> float | None:
        """Mean Spearman correlation of the layers' scores between two seeds; None where there is none."""
        table = np.array(list(self.scores.values()))
        found = [
            float(spearmanr(table[:, a], table[:, b])[0])
            for a, b in combinations(range(self.seeds), 2)
            if np.ptp(table[:, a]) > 0 and np.ptp(table[:, b]) > 0
        ]
        return float(np.mean(found)) if found else None

    def sentence(self) -> str:
        """The verdict of the seeds in a line."""
        if self.seeds < 2:
            return f"The winner's variant could be scored under no other seed: {'; '.join(self.unscored)}."
        ranks = ", ".join(str(int(rank)) for rank in self.ranks()[self.winner])
        told = (
            f"Trained under {self.seeds} seeds, {self.winner} scores {self.mean(self.winner):.3f} ± "
            f"{self.spread(self.winner):.3f} on select (mean and standard deviation) and ranks {ranks} of "
            f"{len(self.scores)} layers"
        )
        if self.agreement is not None:
            told += f"; the layers' order correlates {self.agreement:.2f} between seeds"
        told += "."
        if self.unscored:
            told += f" {len(self.unscored)} seeds could not be scored: {'; '.join(self.unscored)}."
        return told

    def table(self) -> pd.DataFrame:
        """One row a layer, the best mean first."""
        ranks = self.ranks()
        order = sorted(self.scores, key=lambda layer: -utility(self.metric, self.mean(layer)))
        rows = [
            {
                "layer": layer,
                "mean": self.mean(layer),
                "spread": self.spread(layer),
                "mean_rank": float(ranks[layer].mean()),
                **{f"score_{place}": float(value) for place, value in enumerate(self.scores[layer], start=1)},
            }
            for layer in order
        ]
        return pd.DataFrame(rows)


def score_seeds(
    record: TrialRecord,
    data: StudyData,
    winner: str,
    *,
    number: int,
    metric: str,
    say: Callable[[str], None] = lambda line: None,
) -> SeedScores:
    """Train the record's variant under other seeds, until there are `number` with its own, and score every layer.

    The winner's own score was picked and is therefore lucky; those of the other seeds are not. Nothing is chosen by
    them.
    """
    found, unscored = [record], []
    for place in range(1, number):
        say(f"  training the winner's variant under seed {place + 1} of {number} ...")
        job = Job(
            number=-1,
            seed=record.seed + place,
            variant=Variant(**record.variant),
            run_id="",
            tracking_uri="",
        )
        try:
            found.append(evaluate_job(job, data, metric=metric, report=lambda *_: False))
        except (TrialPruned, StudyError, ProbeError) as error:
            unscored.append(f"seed {job.seed}: {error}")
    by_seed = [best_by_layer(one.candidates, metric) for one in found]
    return SeedScores(
        metric=metric,
        winner=winner,
        scores={
            layer: np.array([best[layer].scores[metric] for best in by_seed])
            for layer in by_seed[0]
            if all(layer in best for best in by_seed)
        },
        unscored=tuple(unscored),
    )
