"""Reliability diagram: how often a class comes true when the winner says so."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student_t

from probes import score_probabilities
from study.conclusion import Conclusion
from study.report.svg import Scale, circle, line, path, rect, svg, text, tick_text, x_axis, y_axis

BINS = 10
SIZE = 300
MOST_CLASSES = 6
# A share of fewer windows than this says nothing.
FEWEST_WINDOWS = 20


def reliability(conclusion: Conclusion) -> str:
    """One panel a class (for two classes: class 1), select and test as lines, the number of windows below."""
    data, choice = conclusion.data, conclusion.choice
    classes = [1] if data.n_classes == 2 else list(range(min(data.n_classes, MOST_CLASSES)))
    splits = (
        ("select", data.own(choice.winner_probability), data.labels[data.probed.select], "hollow own"),
        ("test", data.own(conclusion.opened.probability), data.labels[data.probed.test], "full winner"),
    )
    called = data.source.class_names or tuple(f"class {number}" for number in range(data.n_classes))
    across = min(len(classes), 2)
    rows = -(-len(classes) // across)
    parts = []
    for place, label in enumerate(classes):
        left, top = 60 + (place % across) * (SIZE + 110), 90 + (place // across) * (SIZE + 140)
        curves = [
            (name, kind, bins(probability[:, label], y == label, overlap=data.overlap(name)))
            for name, probability, y, kind in splits
        ]
        parts.append(_panel(left, top, called[label], curves))
    for row, (name, probability, y, kind) in enumerate(splits):
        scores, _ = score_probabilities(y, probability)
        words = f"{name}, {len(y):,} windows: ece {scores['ece']:.3f}, brier {scores['brier']:.3f}"
        parts.append(circle((60, 16 + 20 * row), 4.5, kind=kind))
        parts.append(text(72, 20 + 20 * row, words))
    return svg(960, 60 + rows * (SIZE + 140), parts, title="Reliability of the winner's probabilities")


def bins(
    probability: np.ndarray, positive: np.ndarray, *, overlap: int
) -> list[tuple[float, float, int, float, float]]:
    """(mean probability, share that came true, windows, low, high) of each of 10 equal bins with windows enough.

    The 95 % interval of the share counts windows that overlap as one witness: it sums their deviations over stretches
    of `overlap` windows (the cluster-robust variance of a mean, Cameron & Miller 2015, equation 11).
    """
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    stretch = np.arange(len(probability)) // max(1, overlap)
    found = []
    for b in range(BINS):
        inside = place == b
        n = int(inside.sum())
        if n < FEWEST_WINDOWS:
            continue
        share = float(positive[inside].mean())
        sums = np.bincount(stretch[inside], weights=positive[inside] - share)
        groups = len(np.unique(stretch[inside]))
        if share in (0.0, 1.0):  # the rule of three: deviations say nothing where there are none
            reach = 1 - 0.05 ** (1 / groups)
        elif groups > 1:
            error = float(np.sqrt((sums**2).sum() * groups / (groups - 1))) / n
            reach = float(student_t.ppf(0.975, groups - 1)) * error
        else:
            reach = 1.0
        said = float(probability[inside].mean())
        found.append((said, share, n, max(0.0, share - reach), min(1.0, share + reach)))
    return found


def _panel(
    left: float,
    top: float,
    label: str,
    curves: Sequence[tuple[str, str, list[tuple[float, float, int, float, float]]]],
) -> str:
    x, y = Scale(0, 1, left, left + SIZE), Scale(0, 1, top + SIZE, top)
    ticks = [(tick, tick_text(tick)) for tick in x.ticks(5)]
    parts = [
        y_axis(y, left, label=f"how often “{label}” came true", ticks=ticks, right=left + SIZE),
        x_axis(x, top + SIZE + 46, label=f"probability of “{label}”", ticks=ticks, top=top),
        line((x(0), y(0)), (x(1), y(1)), kind="leader"),
    ]
    most = max((count for _, _, found in curves for _, _, count, _, _ in found), default=1)
    for row, (name, kind, found) in enumerate(curves):
        if found:
            parts.append(
                path([(x(said), y(came)) for said, came, *_ in found], kind=kind.split()[-1] + " thin")
            )
        for said, came, count, low, high in found:
            tip = f"{name}: said {said:.2f}, came true {came:.2f} [{low:.2f}, {high:.2f}], {count} windows"
            parts.append(line((x(said), y(low)), (x(said), y(high)), kind=f"whisker {kind.split()[-1]}"))
            parts.append(circle((x(said), y(came)), 2 + 4 * (count / most) ** 0.5, kind=kind, tip=tip))
            tall = 38 * count / most
            at = x((min(int(said * BINS), BINS - 1) + 0.5) / BINS) + (row - 1) * 9
            parts.append(rect(at, top + SIZE + 46 - tall, 8, tall, kind=f"bar {kind.split()[-1]}", tip=tip))
    return "".join(parts)
