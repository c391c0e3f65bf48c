"""The map of an embedding: the two directions in which its windows differ most, and a picture of each layer's."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from study.conclusion import Conclusion
from study.display import BASELINE, CLASSES
from study.report.sample import Sample
from study.report.scores import shortened
from study.trials import best_by_layer

# Per cent at each end of an axis; a few far windows would leave no room for the rest.
OUTERMOST = 2.0
SIZE, MARGIN, HEAD = 400, 10, 44
RADIUS = 2.2
# Drawn larger and then made smaller, which smooths the edges.
FINER = 2
LONGEST_NAME = 44


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


def layer_pictures(conclusion: Conclusion, sample: Sample) -> dict[str, Image.Image]:
    """Layer name -> the sampled windows on the first two principal components of its embedding, coloured by class.

    Every layer of the winner's network with the winner's pooling; layers that return the same numbers look the same.
    """
    data, outcome = conclusion.data, conclusion.outcome
    record = conclusion.records[outcome.trial]
    first = {info.name: info.same_as or info.name for info in record.layers}
    drawn = {first.get(name, name): name for name in sample.layers}
    scores = {
        name: candidate.scores[outcome.metric]
        for name, candidate in best_by_layer(
            (one for one in record.candidates if one.pooling == outcome.winner.pooling), outcome.metric
        ).items()
    }
    points = {name: _placed(vectors) for name, vectors in sample.layers.items()}
    classes = [*data.source.class_names] or [f"class {number}" for number in range(data.n_classes)]
    labels = data.labels[sample.rows]
    pictures = {}
    for info in record.layers:
        if first[info.name] in drawn:
            score = f"select {outcome.metric} {scores[info.name]:.3f}" if info.name in scores else ""
            pictures[info.name] = _picture(
                f"{info.name} ({outcome.winner.pooling})",
                score,
                points[drawn[first[info.name]]],
                labels,
                classes,
            )
    return pictures


def _placed(vectors: np.ndarray) -> np.ndarray:
    """float64 (n, 2) between 0 and 1, the outermost windows at the edge."""
    points, _ = principal_components(vectors)
    low, high = np.percentile(points, [OUTERMOST, 100 - OUTERMOST], axis=0)
    return np.clip((points - low) / np.where(high > low, high - low, 1.0), 0, 1)


def _picture(
    name: str, score: str, points: np.ndarray, labels: np.ndarray, classes: list[str]
) -> Image.Image:
    image = Image.new("RGB", (SIZE * FINER, (SIZE + HEAD) * FINER), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(14 * FINER)
    draw.text((MARGIN * FINER, 4 * FINER), shortened(name, LONGEST_NAME), fill="black", font=font)
    x = MARGIN * FINER
    for number, label in enumerate(classes):
        colour = CLASSES[number % len(CLASSES)]
        draw.ellipse((x, 28 * FINER, x + 9 * FINER, 37 * FINER), fill=colour)
        draw.text((x + 13 * FINER, 23 * FINER), label, fill="black", font=font)
        x += 26 * FINER + int(draw.textlength(label, font=font))
    draw.text(((SIZE - MARGIN) * FINER, 23 * FINER), score, fill="black", font=font, anchor="ra")
    room = SIZE - 2 * MARGIN
    draw.rectangle(
        (MARGIN * FINER, HEAD * FINER, (SIZE - MARGIN) * FINER, (SIZE + HEAD - 2 * MARGIN) * FINER),
        outline=BASELINE,
    )
    inside = room - 4 * RADIUS
    for (across, up), label in zip(points, labels, strict=True):
        left = (MARGIN + 2 * RADIUS + across * inside) * FINER
        top = (HEAD + 2 * RADIUS + (1 - up) * inside) * FINER
        reach = RADIUS * FINER
        draw.ellipse(
            (left - reach, top - reach, left + reach, top + reach), fill=CLASSES[label % len(CLASSES)]
        )
    return image.resize((SIZE, SIZE + HEAD), Image.Resampling.LANCZOS)
