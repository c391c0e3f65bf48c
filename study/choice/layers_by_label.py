"""Which layer for which purpose: the winner's network probed for other labels of the same windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from probes import even_subsample, fit_logistic_path, score_of_many
from study.baselines import baseline_vectors
from study.choice.other_labels import UNKNOWN, other_labels
from study.data import StudyData
from study.trials import CAPTURE_BATCH, Candidate, on_device, task_windows
from timesnet import TimesNet, capture_layers

METRIC = "auc"
# Windows that a probe learns from, evenly over time: enough to tell layers apart, so that six labels stay cheap.
LEARNT_WINDOWS = 4_000
BASELINE_PREFIX = "baseline: "


@dataclass(frozen=True, kw_only=True)
class Purposes:
    """Select scores (ROC AUC) of layers and baselines for several labels.

    Attributes:
        labels: names such as `volume 16`: what is asked, and of how many candles.
        rows: layers in the order of the forward pass, then baselines.
        poolings: of the rows.
        scores: float64 (rows, labels).
        winner: place of the winner among the rows.
        left_out: labels that could not be asked.
    """

    labels: tuple[str, ...]
    rows: tuple[str, ...]
    poolings: tuple[str, ...]
    scores: np.ndarray
    winner: int
    left_out: tuple[str, ...] = ()

    @property
    def means(self) -> np.ndarray:
        """float64 (rows,): each row's mean over the labels."""
        return self.scores.mean(axis=1)

    def frame(self) -> pd.DataFrame:
        """The table, one row a layer or baseline."""
        table = pd.DataFrame(self.scores, columns=list(self.labels)).assign(mean=self.means)
        table.insert(0, "pooling", self.poolings)
        table.insert(0, "layer", self.rows)
        return table

    def sentences(self) -> list[str]:
        """One a label and one for their mean: the best layer, the winner, the best baseline; and for which of them the
        winner is not the vector to take."""
        lines, behind = [], []
        layers = np.array([not row.startswith(BASELINE_PREFIX) for row in self.rows])
        columns = dict(zip(self.labels, self.scores.T, strict=True))
        if len(columns) > 1:
            columns[f"mean over the {len(columns)}"] = self.means
        for label, column in columns.items():
            layer = int(np.argmax(np.where(layers, column, -np.inf)))
            beside = int(np.argmax(np.where(layers, -np.inf, column)))
            own = column[self.winner]
            if own < column[beside] and label in self.labels:
                behind.append(label)
            lines.append(
                f"{label}: best layer {self.rows[layer]} ({self.poolings[layer]}) {column[layer]:.3f}, the winner "
                f"{own:.3f}, best baseline {self.rows[beside].removeprefix(BASELINE_PREFIX)} {column[beside]:.3f}"
            )
        if self.left_out:
            lines.append(
                f"Not asked: {', '.join(self.left_out)}; a split knows one class alone, or the window is too short."
            )
        if behind:
            lines.append(
                f"For {', '.join(behind)} a baseline scores higher than the winner: use that, both side by side, or "
                "the best layer where that is higher still."
            )
        return lines


def find_purposes(
    model: TimesNet,
    candidates: Mapping[str, Candidate],
    winner: Candidate,
    data: StudyData,
    wanted: Sequence[tuple[str, int | None]],
) -> Purposes | None:
    """Probe each layer of the winner's network, in its best pooling, and the baselines for `other_labels`.

    A logistic probe learns from fit, its C is chosen on tune, its score is of select: the test split stays closed. The
    scores compare rows; they have no intervals. None where none of the labels can be asked.

    Args:
        candidates: by layer, its best pooling in the winner's trial.
        wanted: see `other_labels`.
    """
    labels, left_out = other_labels(data, wanted)
    if not labels:
        return None
    parts = [
        even_subsample(rows, LEARNT_WINDOWS, data.symbols)
        for rows in (data.probed.fit, data.probed.tune, data.probed.select)
    ]
    rows = np.concatenate(parts)
    chosen = {**candidates, winner.layer: winner}
    captured = capture_layers(
        model,
        on_device(task_windows(data, model.config).select(rows).batches(CAPTURE_BATCH), model),
        n=len(rows),
        poolings=tuple(sorted({one.pooling for one in chosen.values()})),
        layers=tuple(chosen),
    )
    order = sorted(chosen.values(), key=lambda one: one.depth)
    vectors = {one.key: captured[one.key] for one in order}
    beside = baseline_vectors(data, rows)
    vectors |= {(f"{BASELINE_PREFIX}{name}", pooling): vector for (name, pooling), vector in beside.items()}
    ends = np.cumsum([len(part) for part in parts])[:-1]
    scores = np.array(
        [[_score(vector, known[rows], ends) for known in labels.values()] for vector in vectors.values()]
    )
    return Purposes(
        labels=tuple(labels),
        rows=tuple(name for name, _ in vectors),
        poolings=tuple(pooling for _, pooling in vectors),
        scores=scores,
        winner=list(vectors).index(winner.key),
        left_out=left_out,
    )


def _score(vector: np.ndarray, labels: np.ndarray, ends: np.ndarray) -> float:
    """AUC on the last of the three parts of the rows that `ends` (2,) divides."""
    (x, y), (x_tune, y_tune), (x_select, y_select) = (
        (part[known != UNKNOWN], known[known != UNKNOWN])
        for part, known in zip(np.split(vector, ends), np.split(labels, ends), strict=True)
    )
    path = fit_logistic_path(x, y, n_classes=2, precision="single")
    best = int(np.argmax(score_of_many(y_tune, path.probabilities(x_tune), METRIC)))
    probability = path.probabilities(x_select)[best : best + 1]
    return float(score_of_many(y_select, probability, METRIC)[0])
