"""Reliability diagram: how often a class comes true when the winner says so."""

from collections.abc import Sequence

import numpy as np

from probes import score_probabilities
from study.conclusion import Findings
from study.report.svg import Scale, circle, line, number, path, rect, svg, text, x_axis, y_axis

BINS = 10
SIZE = 300
MOST_CLASSES = 6


def reliability(findings: Findings) -> str:
    """One panel a class (for two classes: class 1), select and test as lines, the number of windows below."""
    data, choice = findings.data, findings.choice
    classes = [1] if data.n_classes == 2 else list(range(min(data.n_classes, MOST_CLASSES)))
    splits = (
        ("select", choice.winner_probability, data.labels[data.probed.select], "hollow own"),
        ("test", findings.opened.probability, data.labels[data.probed.test], "full winner"),
    )
    across = min(len(classes), 2)
    rows = -(-len(classes) // across)
    parts = []
    for place, label in enumerate(classes):
        left, top = 60 + (place % across) * (SIZE + 110), 90 + (place // across) * (SIZE + 140)
        curves = [
            (name, kind, bins(probability[:, label], y == label)) for name, probability, y, kind in splits
        ]
        parts.append(_panel(left, top, label, curves))
    for row, (name, probability, y, kind) in enumerate(splits):
        scores, _ = score_probabilities(y, probability)
        words = f"{name}, {len(y):,} windows: ece {scores['ece']:.3f}, brier {scores['brier']:.3f}"
        parts.append(circle((60, 16 + 20 * row), 4.5, kind=kind))
        parts.append(text(72, 20 + 20 * row, words))
    return svg(960, 60 + rows * (SIZE + 140), parts, title="Reliability of the winner's probabilities")


def bins(probability: np.ndarray, positive: np.ndarray) -> list[tuple[float, float, int]]:
    """(mean probability, share that came true, windows) of each of 10 equal bins that is not empty."""
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    return [
        (float(probability[inside].mean()), float(positive[inside].mean()), int(inside.sum()))
        for inside in (place == b for b in range(BINS))
        if inside.any()
    ]


def _panel(
    left: float, top: float, label: int, curves: Sequence[tuple[str, str, list[tuple[float, float, int]]]]
) -> str:
    x, y = Scale(0, 1, left, left + SIZE), Scale(0, 1, top + SIZE, top)
    ticks = [(tick, number(tick)) for tick in x.ticks(5)]
    parts = [
        y_axis(y, left, label=f"share of class {label} that came true", ticks=ticks, right=left + SIZE),
        x_axis(x, top + SIZE + 46, label=f"probability of class {label}", ticks=ticks, top=top),
        line((x(0), y(0)), (x(1), y(1)), kind="leader"),
    ]
    most = max((count for _, _, found in curves for _, _, count in found), default=1)
    for row, (name, kind, found) in enumerate(curves):
        parts.append(path([(x(said), y(came)) for said, came, _ in found], kind=kind.split()[-1] + " thin"))
        for said, came, count in found:
            tip = f"{name}: said {said:.2f}, came true {came:.2f}, {count} windows"
            parts.append(circle((x(said), y(came)), 2 + 4 * (count / most) ** 0.5, kind=kind, tip=tip))
            tall = 38 * count / most
            at = x((min(int(said * BINS), BINS - 1) + 0.5) / BINS) + (row - 1) * 9
            parts.append(rect(at, top + SIZE + 46 - tall, 8, tall, kind=f"bar {kind.split()[-1]}", tip=tip))
    return "".join(parts)
