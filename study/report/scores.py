"""Figures of scores: winner beside baselines, every layer by depth."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from study.choice import LayerSummary, Scored
from study.conclusion import Conclusion
from study.report.svg import (
    Point,
    Scale,
    area,
    circle,
    line,
    padded,
    path,
    spread,
    svg,
    text,
    tick_text,
    x_axis,
    y_axis,
)
from study.trials import Candidate, best_by_layer, utility

# Pixels of a letter of a tick's name, the winner's bold ones being the widest.
LETTER, LONGEST_NAME = 6.5, 42
# Of a row beside the layers, in figures.
LONGEST_TITLE = 48
# Of two trials the median is their mean, which says nothing that their lines don't.
FEWEST_FOR_MEDIAN = 3
# Trials drawn beside the winner's, the best of them.
MOST_LINES = 60
DASHES = ("7 3", "3 3", "9 3 2 3", "1 4", "12 4", "5 2 1 2")


def winner_and_baselines(conclusion: Conclusion) -> str:
    """The winner and each baseline: select score hollow, test score filled, each with its 95 % interval."""
    outcome = conclusion.outcome
    metric = outcome.metric
    rows: list[tuple[str, Scored, Scored, str]] = [
        (f"{outcome.winner.layer} ({outcome.winner.pooling})", outcome.select, outcome.test, "winner")
    ]
    rows += [(baseline.title, baseline.select, baseline.test, "baseline") for baseline in outcome.baselines]
    width, left, step, top = 960, 320, 40, 40
    bottom = top + step * len(rows)
    low, high = padded(
        [bound for _, a, b, _ in rows for scored in (a, b) for bound in (scored.low, scored.high)]
    )
    x = Scale(low, high, left, width - 30)
    parts = [
        x_axis(x, bottom, label=metric, ticks=[(tick, tick_text(tick)) for tick in x.ticks()], top=top - 10)
    ]
    for place, (name, select, test, kind) in enumerate(rows):
        middle = top + step * (place + 0.5)
        parts.append(
            text(left - 14, middle + 4, shortened(name, LONGEST_TITLE), anchor="end", kind=f"name {kind}")
        )
        for scored, offset, mark, split in ((select, -7, "hollow", "select"), (test, 7, "full", "test")):
            y = middle + offset
            parts.append(line((x(scored.low), y), (x(scored.high), y), kind=f"whisker {kind}"))
            parts.append(
                circle((x(scored.value), y), 5, kind=f"{mark} {kind}", tip=f"{name}: {split} {scored}")
            )
    parts += [
        circle((left, 14), 5, kind="hollow winner"),
        text(left + 11, 18, "select, where the winner was picked"),
    ]
    parts += [circle((left + 250, 14), 5, kind="full winner"), text(left + 261, 18, "test, opened once")]
    return svg(width, bottom + 40, parts, title=f"{metric} of the winner and the baselines")


def by_depth(conclusion: Conclusion) -> str:
    """Each layer's best pooling along the forward pass: the winner's trial with its intervals, the others faint, the
    median of all.

    Lines break where a trial's network lacks a layer that others have.
    """
    outcome, choice, layers = conclusion.outcome, conclusion.choice, conclusion.layers
    metric = outcome.metric
    place = {layer.layer: layer.number for layer in layers}
    width, left, right, top, height = 960, 60, 620, 34, 400
    bottom = top + height
    trials = {
        number: sorted(
            (
                (place[name], candidate)
                for name, candidate in best_by_layer(record.candidates, metric).items()
            ),
            key=lambda pair: pair[0],
        )
        for number, record in conclusion.records.items()
    }
    own = trials.get(outcome.trial, [])
    bounds = [choice.interval((outcome.trial, *candidate.key)) for _, candidate in own]
    values = [candidate.scores[metric] for found in trials.values() for _, candidate in found]
    values += [bound for pair in bounds for bound in pair]
    values += [baseline.select.value for baseline in outcome.baselines]
    y = Scale(*padded(values), bottom, top)
    x = Scale(-0.5, len(layers) - 0.5, left, right)
    parts = [
        y_axis(
            y,
            left,
            label=f"select {metric}",
            ticks=[(tick, tick_text(tick)) for tick in y.ticks()],
            right=right,
        ),
        _layer_names(layers, x, bottom, outcome.winner.layer),
    ]
    best = sorted(
        trials, key=lambda n: -max((utility(metric, c.scores[metric]) for _, c in trials[n]), default=-np.inf)
    )
    for number_, found in ((n, trials[n]) for n in best[:MOST_LINES]):
        if number_ != outcome.trial:
            for stretch in stretches(found):
                points = [(x(at), y(candidate.scores[metric])) for at, candidate in stretch]
                parts.append(path(_seen(points), kind="faint", tip=f"trial {number_}"))
    parts.append(_baseline_lines(conclusion, y, left, right))
    if len(trials) >= FEWEST_FOR_MEDIAN:
        middle = [(x(layer.number), y(float(np.median([*layer.scores.values()])))) for layer in layers]
        parts.append(path(middle, kind="median", tip=f"median of {len(trials)} trials"))
    bounds_at = {at: bound for (at, _), bound in zip(own, bounds, strict=True)}
    for stretch in stretches(own):
        upper = _seen([(x(at), y(bounds_at[at][1])) for at, _ in stretch])
        lower = _seen([(x(at), y(bounds_at[at][0])) for at, _ in stretch])
        parts.append(area(upper + lower[::-1], kind="ribbon"))
        points = [(x(at), y(candidate.scores[metric])) for at, candidate in stretch]
        parts.append(path(points, kind="own"))
    for (at, candidate), (low, high) in zip(own, bounds, strict=True):
        wins = candidate.key == outcome.winner.key
        score = candidate.scores[metric]
        tip = f"{candidate.layer} ({candidate.pooling}): {score:.3f} [{low:.3f}, {high:.3f}]"
        parts.append(
            circle((x(at), y(score)), 6 if wins else 3.5, kind="full winner" if wins else "full own", tip=tip)
        )
    longest = max(len(_numbered(layer)) for layer in layers)
    room = 20 + LETTER * longest
    return svg(width, bottom + room, parts, title=f"select {metric} of every layer along the forward pass")


def stretches(found: Sequence[tuple[int, Candidate]]) -> list[list[tuple[int, Candidate]]]:
    """(place, candidate) pairs in the order of their places, parted where places are left out."""
    parted = [list(found[:1])] if found else []
    for (before, _), pair in pairwise(found):
        if pair[0] == before + 1:
            parted[-1].append(pair)
        else:
            parted.append([pair])
    return parted


def _seen(points: list[Point]) -> list[Point]:
    """The points, a lone one drawn out so that a line or an area of it can be seen."""
    if len(points) > 1:
        return points
    (x, y), half = points[0], 2.5
    return [(x - half, y), (x + half, y)]


def _baseline_lines(conclusion: Conclusion, y: Scale, left: float, right: float) -> str:
    baselines = conclusion.outcome.baselines
    labels = spread([y(baseline.select.value) for baseline in baselines], 14)
    parts = []
    for baseline, at, dash in zip(baselines, labels, DASHES * 3, strict=False):
        level = y(baseline.select.value)
        parts.append(line((left, level), (right, level), kind="level", style=f"stroke-dasharray:{dash}"))
        parts.append(line((right, level), (right + 12, at), kind="leader"))
        parts.append(
            text(
                right + 16,
                at + 4,
                f"{shortened(baseline.title, LONGEST_TITLE)} {baseline.select.value:.3f}",
                kind="name baseline",
            )
        )
    return "".join(parts)


def _layer_names(layers: Sequence[LayerSummary], x: Scale, bottom: float, winner: str) -> str:
    room = abs(x(1) - x(0))
    every = max(1, round(11 / room + 0.49))
    parts = []
    for layer in layers:
        if layer.number % every and layer.layer != winner:
            continue
        at = x(layer.number)
        kind = "tick winner" if layer.layer == winner else "tick"
        parts.append(text(at + 3, bottom + 10, _numbered(layer), anchor="end", kind=kind, turn=-90))
    return "".join(parts)


def _numbered(layer: LayerSummary) -> str:
    return shortened(f"{layer.number:02d} {layer.layer}", LONGEST_NAME)


def shortened(name: str, most: int) -> str:
    """The name with its middle left out where it is too long."""
    if len(name) <= most:
        return name
    kept = (most - 1) // 2
    return f"{name[: most - 1 - kept]}…{name[-kept:]}"
