"""The winner's map as a table: where each window lies, what it was, which windows are most like it."""

import numpy as np
import pandas as pd

from probes.neighbours import NONE, separated_neighbours
from study.conclusion import Conclusion
from study.report.explorer import NEIGHBOURS, separation
from study.report.map import principal_components
from study.report.sample import Sample


def embedding_table(conclusion: Conclusion, sample: Sample) -> pd.DataFrame:
    """One row a sampled select window.

    Columns: `date` and `symbol`, or `window`; `class` in words; `probability_…` of each class by the winner's probe;
    `x` and `y`, the first two principal components of the standardised embedding; `neighbors`, a struct of `ids`
    (rows of this table) and `distances` (Euclidean, standardised) of the windows most like it that share no candle with
    it or with each other. That is the form that Embedding Atlas opens with
    `embedding-atlas embedding.parquet --x x --y y --neighbors neighbors`.
    """
    data, winner, rows = conclusion.data, conclusion.outcome.winner, sample.rows
    vectors = sample.layers[winner.layer].astype(np.float64)
    spread = vectors.std(axis=0)
    standard = (vectors - vectors.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    points, _ = principal_components(vectors)
    times, gap = separation(conclusion, rows)
    near = separated_neighbours(vectors, times, gap=gap, k=NEIGHBOURS)
    called = [*data.source.class_names] or [f"class {number}" for number in range(data.n_classes)]
    # Select windows stand in the order of their predictions.
    place = np.searchsorted(data.probed.select, rows)
    probability = data.own(conclusion.choice.winner_probability[place])
    neighbours = [
        {"ids": ids.tolist(), "distances": np.linalg.norm(standard[ids] - standard[i], axis=1).tolist()}
        for i, ids in enumerate(row[row != NONE] for row in near)
    ]
    return pd.DataFrame(
        {
            **data.source.columns(rows),
            "class": [called[label] for label in data.labels[rows]],
            **{f"probability_{name.replace(' ', '_')}": probability[:, k] for k, name in enumerate(called)},
            "x": points[:, 0],
            "y": points[:, 1],
            "neighbors": neighbours,
        }
    )
