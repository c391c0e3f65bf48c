"""The winner's network drawn once: every layer a box in the order of the forward pass, coloured by its score."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from urllib.parse import quote

import numpy as np

from probes import metric_named
from study.conclusion import Conclusion
from study.display import beside, readable_on
from study.report.grids import farthest
from study.report.svg import line, rect, svg, text
from study.trials import best_by_layer
from timesnet import LayerInfo, layer_in_words

WIDE, TALL, SMALL, GAP, LEFT, TOP = 118, 34, 20, 14, 92, 30

# (pattern of a layer's name, row, column, words in the box); kernels stack in their column.
_PLACES: tuple[tuple[str, str, int, str], ...] = (
    (r"enc_embedding\.value_embedding.*", "input", 0, "features"),
    (r"enc_embedding\.temporal_embedding\.(\w+)_embed.*", "input", 1, "{0}"),
    (r"enc_embedding\.temporal_embedding.*", "input", 1, "calendar"),
    (r"enc_embedding\.position_embedding", "input", 2, "place"),
    (r"enc_embedding(?:\.dropout)?", "input", 3, "sum"),
    (r"predict_linear", "input", 4, "lengthened"),
    (r"model\.(\d+)\.conv\.0\.kernels\.(\d+)", "block {0}", 0, "kernel {1}"),
    (r"model\.(\d+)\.conv\.0", "block {0}", 1, "first convolution"),
    (r"model\.(\d+)\.conv\.1", "block {0}", 2, "activation"),
    (r"model\.(\d+)\.conv\.2\.kernels\.(\d+)", "block {0}", 3, "kernel {1}"),
    (r"model\.(\d+)\.conv(?:\.2)?", "block {0}", 4, "second convolution"),
    (r"model\.(\d+)", "block {0}", 5, "output"),
    (r"layer_norm#(\d+)", "block {0}", 6, "normalised"),
    (r"layer_norm", "block 0", 6, "normalised"),
    (r"dropout", "head", 0, "activation"),
    (r"projection", "head", 1, "answer"),
)


def network(conclusion: Conclusion) -> str:
    """Boxes that are links to `#layer=NAME`; orange above the best baseline's select score, blue below."""
    outcome, metric = conclusion.outcome, conclusion.outcome.metric
    record = conclusion.records[outcome.trial]
    best = best_by_layer(record.candidates, metric)
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    centre = outcome.best_baseline.select.value
    reach = farthest(np.array([one.scores[metric] for one in best.values()]), centre)
    rows = _rows(record.layers)
    parts, y = [], float(TOP)
    for number, (name, columns) in enumerate(rows.items()):
        height = max(_height(column) for column in columns.values())
        middle = y + height / 2
        parts.append(text(LEFT - 12, middle + 4, name, anchor="end", kind="axis"))
        ordered = sorted(columns)
        parts += [
            line((LEFT + a * (WIDE + GAP) + WIDE, middle), (LEFT + b * (WIDE + GAP), middle), kind="leader")
            for a, b in pairwise(ordered)
        ]
        if number:
            parts.append(line((LEFT + WIDE / 2, y - GAP), (LEFT + WIDE / 2, y), kind="leader"))
        for column, boxes in columns.items():
            top = middle - _height(boxes) / 2
            for words, layer in boxes:
                tall = SMALL if len(boxes) > 1 else TALL
                score = best[layer].scores[metric] if layer in best else None
                colour = "#eeeeee" if score is None else beside(sign * (score - centre) / reach)
                wins = layer == outcome.winner.layer
                parts.append(
                    _box(
                        layer,
                        words,
                        x=LEFT + column * (WIDE + GAP),
                        y=top,
                        tall=tall,
                        score=score,
                        colour=colour,
                        wins=wins,
                    )
                )
                top += tall + 2
        y += height + 2 * GAP
    parts.append(_key(centre, outcome.best_baseline.name, metric))
    return svg(
        LEFT + 7 * (WIDE + GAP), y, parts, title="The winner's network, every layer a link", links=True
    )


def _rows(layers: Sequence[LayerInfo]) -> dict[str, dict[int, list[tuple[str, str]]]]:
    """Row -> column -> (words, layer), layers that return another one's numbers left out."""
    rows: dict[str, dict[int, list[tuple[str, str]]]] = {}
    for info in layers:
        if info.same_as is not None:
            continue
        row, column, words = _place(info.name)
        rows.setdefault(row, {}).setdefault(column, []).append((words, info.name))
    return rows


def _place(layer: str) -> tuple[str, int, str]:
    for pattern, row, column, words in _PLACES:
        if found := re.fullmatch(pattern, layer):
            groups: Mapping[str, int] | Sequence[str] = found.groups()
            shown = words.format(*groups)
            if shown.startswith("kernel "):
                size = 2 * int(found[2]) + 1
                shown = f"{size}×{size}"
            if row.startswith("block"):
                row = f"block {int(row.format(*groups).split()[1]) + 1}"
            return row, column, shown
    return "others", 0, layer


def _height(boxes: Sequence[object]) -> float:
    return TALL if len(boxes) == 1 else len(boxes) * (SMALL + 2) - 2


def _box(
    layer: str,
    words: str,
    *,
    x: float,
    y: float,
    tall: float,
    score: float | None,
    colour: str,
    wins: bool,
) -> str:
    ink = f'style="fill:{readable_on(colour)}"'
    shown = "" if score is None else f"{score:.3f}".replace("-", "−")
    tip = f"{layer}: {layer_in_words(layer)}" + (f"; {shown}" if shown else "")
    if tall == TALL:
        inside = (
            f'<text x="{x + WIDE / 2}" y="{y + 14}" text-anchor="middle" {ink}>{escape(words)}</text> '
            f'<text x="{x + WIDE / 2}" y="{y + 28}" text-anchor="middle" {ink}>{shown}</text>'
        )
    else:
        inside = (
            f'<text x="{x + WIDE / 2}" y="{y + 14}" text-anchor="middle" {ink}>{escape(words)} {shown}</text>'
        )
    frame = rect(x, y, WIDE, tall, kind="layer wins" if wins else "layer", style=f"fill:{colour}")
    return (
        f'<a href="#layer={quote(layer)}" data-layer="{escape(layer)}">'
        f"<title>{escape(tip)}</title>{frame}{inside}</a>"
    )


def _key(centre: float, baseline: str, metric: str) -> str:
    parts = [rect(LEFT + place * 16, 4, 16, 10, style=f"fill:{beside(place / 4 - 1)}") for place in range(9)]
    words = f"blue: below the best baseline ({baseline}, select {metric} {centre:.3f}); orange: above it"
    parts.append(text(LEFT + 9 * 16 + 8, 13, words, kind="tick"))
    return "".join(parts)
