"""Figures made of shaded cells: layers by trials, likeness between layers."""

from collections.abc import Callable, Sequence

import numpy as np

from probes import cka_matrix, even_subsample, metric_named
from study.choice import Purposes
from study.conclusion import Conclusion
from study.display import beside, shade
from study.report.sample import Sample
from study.report.scores import shortened
from study.report.svg import Scale, rect, svg, text
from study.trials import best_by_layer, utility

MOST_TRIALS = 60
# Cells of a grid, each with words of its own, some 250 bytes: all in a page that can be sent.
MOST_CELLS = 2_500
LEFT = 270


def layer_by_trial(conclusion: Conclusion) -> str:
    """Select score of each layer's best pooling in each trial, the best trials where there are too many."""
    outcome, metric = conclusion.outcome, conclusion.outcome.metric
    best = {n: best_by_layer(record.candidates, metric) for n, record in conclusion.records.items()}
    by_value = sorted(
        best,
        key=lambda n: -max((utility(metric, c.scores[metric]) for c in best[n].values()), default=-np.inf),
    )
    names = [layer.layer for layer in conclusion.layers]
    most = max(1, min(MOST_TRIALS, MOST_CELLS // len(names)))
    trials = sorted({*by_value[:most], outcome.trial})
    some = f", the best {len(trials)} of {len(best)}" if len(trials) < len(best) else ""
    values = np.full((len(names), len(trials)), np.nan)
    for column, number in enumerate(trials):
        for row, name in enumerate(names):
            if name in best[number]:
                values[row, column] = best[number][name].scores[metric]

    def tip(row: int, column: int) -> str:
        candidate = best[trials[column]][names[row]]
        return f"{names[row]} ({candidate.pooling}), trial {trials[column]}: {candidate.scores[metric]:.3f}"

    marked = None
    if outcome.winner.layer in names:
        marked = names.index(outcome.winner.layer), trials.index(outcome.trial)
    centre = outcome.best_baseline.select.value
    reach = farthest(values, centre)
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    return _grid(
        values,
        names,
        [str(number) for number in trials],
        colour=lambda value: beside(sign * (value - centre) / reach),
        ends=(centre - reach, centre + reach),
        title=f"select {metric}; the best baseline {centre:.3f} in the middle",
        column_title=f"trial{some}",
        tip=tip,
        marked=marked,
        cell=(min(34.0, 640 / len(trials)), 13.0),
    )


def farthest(values: np.ndarray, centre: float) -> float:
    """How far from `centre` colours go: to nine tenths of the values.

    A few layers at chance would leave all others one colour.
    """
    return float(np.percentile(np.abs(values[np.isfinite(values)] - centre), 90)) or 1.0


def likeness(conclusion: Conclusion, sample: Sample) -> str:
    """Linear CKA between the layers of the winner's network, some where there are many, and with the raw window."""
    winner, layers = conclusion.outcome.winner.layer, list(sample.layers)
    few = even_subsample(np.arange(len(layers)), int(MOST_CELLS**0.5) - 2)
    shown = [layer for place, layer in enumerate(layers) if place in few or layer == winner]
    some = f", {len(shown)} of {len(layers)}" if len(shown) < len(layers) else ""
    keys, matrix = cka_matrix({"raw window": sample.raw, **{layer: sample.layers[layer] for layer in shown}})
    names = [str(key) for key in keys]
    size = min(22.0, 640 / len(names))
    marked = (names.index(winner), names.index(winner)) if winner in names else None
    return _grid(
        matrix,
        names,
        [""] * len(names),
        colour=shade,
        ends=(0.0, 1.0),
        title="linear CKA",
        column_title=f"the same layers, in the same order{some}",
        tip=lambda row, column: f"{names[row]} and {names[column]}: {matrix[row, column]:.2f}",
        marked=marked,
        cell=(size, size),
    )


def layers_by_label(purposes: Purposes) -> str:
    """Select score of the winner's network and the baselines for each of several labels, and on average."""
    columns = (*purposes.labels, "mean")
    scores = np.column_stack([purposes.scores, purposes.means])

    def tip(row: int, column: int) -> str:
        return f"{purposes.rows[row]}, {columns[column]}: {scores[row, column]:.3f}"

    finite = scores[np.isfinite(scores)]
    # A few rows at chance would leave all others one colour.
    low, high = float(np.percentile(finite, 10)), float(finite.max())
    return _grid(
        scores,
        purposes.rows,
        columns,
        colour=lambda value: shade((value - low) / (high - low or 1.0)),
        ends=(low, high),
        title="select auc",
        column_title="label, candles ahead",
        tip=tip,
        marked=None,
        cell=(min(106.0, 660 / len(columns)), 13.0),
    )


def _grid(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    colour: Callable[[float], str],
    ends: tuple[float, float],
    title: str,
    column_title: str,
    tip: Callable[[int, int], str],
    marked: tuple[int, int] | None,
    cell: tuple[float, float],
) -> str:
    wide, tall = cell
    top = 58
    parts = [_legend(*ends, title, colour)]
    every = max(1, int(np.ceil(18 / wide)))
    if any(columns):
        shown = [(place, name) for place, name in enumerate(columns) if place % every == 0]
        parts += [
            text(LEFT + (i + 0.5) * wide, top - 5, name, anchor="middle", kind="tick") for i, name in shown
        ]
    parts.append(text(LEFT, top - 19, column_title, kind="axis"))
    for row, name in enumerate(rows):
        y = top + row * tall
        kind = "tick winner" if marked is not None and marked[0] == row else "tick"
        if tall >= 8 or row % 2 == 0:
            parts.append(text(LEFT - 6, y + tall / 2 + 3.5, shortened(name, 40), anchor="end", kind=kind))
        for column in range(len(columns)):
            value = values[row, column]
            if not np.isfinite(value):
                continue
            style = f"fill:{colour(value)}"
            parts.append(rect(LEFT + column * wide, y, wide, tall, style=style, tip=tip(row, column)))
    if marked is not None:
        parts.append(rect(LEFT + marked[1] * wide, top + marked[0] * tall, wide, tall, kind="mark"))
    return svg(960, top + len(rows) * tall + 10, parts, title=title)


def _legend(low: float, high: float, title: str, colour: Callable[[float], str]) -> str:
    x = Scale(0, 24, LEFT, LEFT + 240)
    values = [low + (high - low) * i / 23 for i in range(24)]
    parts = [rect(x(i), 4, 10.5, 10, style=f"fill:{colour(value)}") for i, value in enumerate(values)]
    parts.append(text(LEFT - 6, 13, f"{low:.3f}", anchor="end", kind="tick"))
    parts.append(text(LEFT + 246, 13, f"{high:.3f}; {title}", kind="tick"))
    return "".join(parts)
