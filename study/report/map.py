"""Maps of embeddings: the winner's and the raw window's on their first two principal components."""

import numpy as np

from study.conclusion import Findings
from study.display import shade
from study.report.sample import Sample
from study.report.svg import Scale, circle, rect, svg, text

SIZE, GAP = 420, 60
TIME_STEPS = 16
# Per cent at each end of an axis; a few far windows would leave no room for the rest.
OUTERMOST = 2.0


def embedding_maps(findings: Findings, sample: Sample) -> str:
    """Two maps of the same select windows; CSS colours them by label or by time."""
    data, winner = findings.data, findings.outcome.winner
    labels = data.labels[sample.rows]
    told = data.source.columns(sample.rows)
    words = [", ".join(map(str, values)) for values in zip(*told.values(), strict=True)]
    steps = np.minimum(np.arange(len(sample.rows)) * TIME_STEPS // len(sample.rows), TIME_STEPS - 1)
    shown = {
        f"{winner.layer} ({winner.pooling}), {winner.dim} numbers": sample.layers[winner.layer],
        f"raw window, {sample.raw.shape[1]} numbers": sample.raw,
    }
    radius = 2.6 if len(words) > 300 else 4.0
    parts = []
    for place, (name, vectors) in enumerate(shown.items()):
        left = place * (SIZE + GAP) + 10
        points, shares = principal_components(vectors)
        low, high = np.percentile(points, [OUTERMOST, 100 - OUTERMOST], axis=0)
        x = Scale(float(low[0]), float(high[0]), left + 12, left + SIZE - 12)
        y = Scale(float(low[1]), float(high[1]), 30 + SIZE - 12, 42)
        clipped = np.clip(points, low, high)
        parts.append(text(left, 20, name, kind="axis"))
        parts.append(rect(left, 30, SIZE, SIZE, kind="frame"))
        parts += [
            circle(
                (x(float(a)), y(float(b))),
                radius,
                kind=f"dot k{label} t{step}",
                tip=f"{word}, class {label}",
            )
            for (a, b), label, step, word in zip(clipped, labels, steps, words, strict=True)
        ]
        along = f"first component, {shares[0]:.0%} of the variance"
        parts.append(text(left + SIZE / 2, 30 + SIZE + 16, along, anchor="middle", kind="tick"))
        up = f"second component, {shares[1]:.0%}"
        parts.append(text(left + SIZE + 12, 30 + SIZE / 2, up, anchor="middle", kind="tick", turn=90))
    return svg(
        960, SIZE + 60, parts, title="Principal components of the winner's embedding and of the raw window"
    )


def principal_components(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n, 2) on the first two components of standardised features, and their shares of the variance (2,)."""
    centred = np.asarray(vectors, dtype=np.float64) - vectors.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    varies = spread > 1e-6 * max(1.0, float(np.abs(vectors).max()))
    standard = centred[:, varies] / spread[varies]
    if standard.shape[1] < 2:
        standard = np.hstack([standard, np.zeros((len(standard), 2 - standard.shape[1]))])
    left, singular, _ = np.linalg.svd(standard, full_matrices=False)
    total = float((singular**2).sum()) or 1.0
    return left[:, :2] * singular[:2], singular[:2] ** 2 / total


def map_style(n_classes: int, colours: tuple[str, ...]) -> str:
    """CSS rules for the dots: classes in their colours, or early dark to late light."""
    by_label = "".join(
        f".by-label .k{label}{{fill:{colours[label % len(colours)]}}}" for label in range(n_classes)
    )
    by_time = "".join(
        f".by-time .t{step}{{fill:{shade(step / (TIME_STEPS - 1))}}}" for step in range(TIME_STEPS)
    )
    return by_label + by_time
