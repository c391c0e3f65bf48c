"""What the layers of the winner's network and another table add to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from probes import bootstrap_scores, interval, metric_named, probe_candidates, score_of_many
from study.baselines import Probed
from study.choice.outcome import Scored
from study.choice.resampling import draw, score_bounds
from study.choice.test_split import HeldOutPrediction, open_layer
from study.data import StudyData
from study.metrics import LEVEL
from study.trials import CAPTURE_BATCH, Candidate, TrialRecord, on_device, probe_split, task_windows
from timesnet import TimesNet, capture_layers

# What a table of the layers calls each score.
_COLUMNS = {
    "layer": "layer_alone",
    "table": "table_alone",
    "both": "together",
    "over_layer": "gain_over_layer",
    "over_table": "gain_over_table",
}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Scores of a layer, of the table and of both side by side, over the same resamples.

    Attributes:
        layer, table, both: scores.
        over_layer, over_table: by how much both are better than one of them, higher is better.
    """

    layer: Scored
    table: Scored
    both: Scored
    over_layer: Scored
    over_table: Scored

    def verdict(self, table: str) -> str:
        """What to do with the two, in a sentence; `table` is its name."""
        if self.over_layer.low > 0 and self.over_table.low > 0:
            return "Each knows what the other does not: fuse them."
        if self.over_table.low > 0:
            return f"That {table} adds to the layer is not shown: the layer alone may do."
        if self.over_layer.low > 0:
            return f"That the layer adds to {table} is not shown: {table} alone may do."
        return "Neither is shown to add to the other."


@dataclass(frozen=True, kw_only=True)
class Complement:
    """The layers of the winner's network, each in its best pooling, beside the table.

    Attributes:
        metric: what is scored; table: the file's name.
        leak: which of the table's numbers know the future, in a line; empty where none is found.
        rows: layers in the order of the forward pass; poolings: theirs.
        select: of each row.
        winner: place of the winner among the rows; test: its scores there.
    """

    metric: str
    table: str
    rows: tuple[str, ...]
    poolings: tuple[str, ...]
    select: tuple[Sides, ...]
    winner: int
    test: Sides
    leak: str = ""

    @property
    def best(self) -> int:
        """The row whose layer adds most to the table on select."""
        return max(range(len(self.rows)), key=lambda row: self.select[row].over_table.value)

    def sentences(self) -> list[str]:
        """What each adds to the other, on test; and which layer adds most, on select."""
        test, best = self.test, self.best
        added = self.select[best].over_table
        lines = [f"{self.leak}."] if self.leak else []
        lines += [
            f"With {self.table} at its side the winner has test {self.metric} {test.both}; {self.table} alone "
            f"{test.table}, the layer alone {test.layer}.",
            f"To {self.table} the layer adds {test.over_table.signed()}, to the layer {self.table} adds "
            f"{test.over_layer.signed()}. {test.verdict(self.table)}",
        ]
        if best != self.winner:
            lines.append(
                f"On select the layer that adds most to {self.table} is {self.rows[best]} ({self.poolings[best]}): "
                f"{added.signed()}; the winner adds {self.select[self.winner].over_table.signed()} there."
            )
        return lines

    def frame(self) -> pd.DataFrame:
        """One row a layer: select scores alone, with the table, and what each adds."""
        rows = []
        for name, pooling, sides in zip(self.rows, self.poolings, self.select, strict=True):
            row: dict[str, object] = {"layer": name, "pooling": pooling}
            for field, column in _COLUMNS.items():
                scored = getattr(sides, field)
                row |= {column: scored.value, f"{column}_low": scored.low, f"{column}_high": scored.high}
            rows.append(row)
        return pd.DataFrame(rows)


def find_complement(
    model: TimesNet,
    candidates: Mapping[str, Candidate],
    *,
    winner: Candidate,
    record: TrialRecord,
    table: Probed,
    opened: HeldOutPrediction,
    data: StudyData,
    metric: str,
    seed: int,
) -> Complement:
    """Score each layer of the winner's network alone and with the table, on select; the winner on test, too.

    The vectors stand side by side and are standardised; the probe is that of the study, its C chosen on tune for each
    of the three. Intervals are each layer's own.

    Args:
        candidates: by layer, its best pooling in the winner's trial.
        record: of that trial, which has one of the two scored already.
        table: the row of the table alone.
        opened: the winner on test as the study scores it.
        data: with a table.
    """
    chosen = {**candidates, winner.layer: winner}
    order = sorted(chosen.values(), key=lambda one: one.depth)
    other = replace(data, together=not data.together)
    rows = np.concatenate([data.probed.fit, data.probed.tune, data.probed.select])
    captured = capture_layers(
        model,
        on_device(task_windows(data, model.config).select(rows).batches(CAPTURE_BATCH), model),
        n=len(rows),
        poolings=tuple(sorted({one.pooling for one in order})),
        layers=tuple(chosen),
    )
    probed = probe_candidates(
        {one.key: captured[one.key] for one in order},
        probe_split(other),
        metric=metric,
        seed=seed,
        n_threads=torch.get_num_threads(),
        max_probe_windows=len(rows),
        with_separability=False,
    )
    places = {candidate.key: place for place, candidate in enumerate(record.candidates)}
    known = np.stack([np.asarray(record.predictions[places[one.key]]) for one in order])
    found = np.stack([probed[one.key].select_probability for one in order])
    place = order.index(winner)
    on_test = open_layer(
        model, replace(winner, C=probed[winner.key].C, Cs=probed[winner.key].Cs), other
    ).probability

    def sides(split: str, known: np.ndarray, found: np.ndarray, table: np.ndarray, at: int) -> list[Sides]:
        alone, both = (found, known) if data.together else (known, found)
        return _sides(data, split, alone, both, table, at=at, metric=metric, seed=seed)

    return Complement(
        metric=metric,
        table=data.table.name if data.table is not None else table.name,
        rows=tuple(one.layer for one in order),
        poolings=tuple(one.pooling for one in order),
        select=tuple(sides("select", known, found, table.probability, place)),
        winner=place,
        leak=data.table.leak if data.table is not None else "",
        test=sides("test", opened.probability[None], on_test[None], table.test(), 0)[0],
    )


def _sides(
    data: StudyData,
    split: str,
    alone: np.ndarray,
    both: np.ndarray,
    table: np.ndarray,
    *,
    at: int,
    metric: str,
    seed: int,
) -> list[Sides]:
    """Of each of m layers, whose probabilities are (m, n, n_classes); the one `at` tells the block length."""
    y = data.judged[getattr(data.probed, split)]
    m = len(alone)
    stacked = np.concatenate([alone, both, table[None]]).astype(np.float64)
    drawn = draw(y, stacked[m + at], metric=metric, overlap=data.overlap(split), seed=seed)
    points, resampled = score_of_many(y, stacked, metric), bootstrap_scores(y, stacked, metric, drawn.counts)
    low, high = score_bounds(y, points, resampled, drawn, metric=metric)
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0

    def score(i: int) -> Scored:
        return Scored(float(points[i]), float(low[i]), float(high[i]))

    def ahead(i: int, j: int) -> Scored:
        value = sign * (points[i] - points[j])
        bounds = interval(value, sign * (resampled[i] - resampled[j]), n_blocks=drawn.n_blocks, level=LEVEL)
        return Scored(float(value), float(bounds[0]), float(bounds[1]))

    return [
        Sides(
            layer=score(i),
            table=score(2 * m),
            both=score(m + i),
            over_layer=ahead(m + i, i),
            over_table=ahead(m + i, 2 * m),
        )
        for i in range(m)
    ]
