"""The study's report: one HTML page that needs nothing else."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from study.conclusion import Findings
from study.display import CLASSES, shade
from study.report import words
from study.report.grids import layer_by_trial, layers_by_label, likeness
from study.report.layer_tables import MOST_CANDIDATES, candidate_table, layer_table, trial_table
from study.report.map import embedding_maps, map_style
from study.report.price import price_chart
from study.report.reliability import reliability
from study.report.sample import take_sample
from study.report.scores import by_depth, winner_and_baselines

TEMPLATE = Path(__file__).with_name("page.html")


def report_page(findings: Findings) -> str:
    """The whole page. What comes from data or from users is escaped."""
    outcome, data = findings.outcome, findings.data
    sample = take_sample(findings)
    class_names = data.source.class_names
    parts = {
        "title": escape(f"Layer study: {findings.configuration.study_name}"),
        "subtitle": escape(words.under_the_title(findings)),
        "metric": escape(outcome.metric),
        "trial": str(outcome.trial),
        "pooling": escape(outcome.winner.pooling),
        "sampled": f"{len(sample.rows):,}",
        "most_candidates": str(MOST_CANDIDATES),
        "label": escape(words.label(findings)),
        "style": map_style(data.n_classes, CLASSES),
        "verdict": words.verdict(findings),
        "winner_and_baselines": winner_and_baselines(findings),
        "by_depth": by_depth(findings),
        "layer_table": layer_table(findings),
        "candidate_table": candidate_table(findings),
        "layer_by_trial": layer_by_trial(findings),
        "trial_table": trial_table(findings),
        "purposes": _purposes(findings),
        "classes": "".join(_chip(number, class_names) for number in range(data.n_classes)),
        "time_shades": ",".join(shade(place / 8) for place in range(9)),
        "maps": embedding_maps(findings, sample),
        "reliability": reliability(findings),
        "likeness": likeness(findings, sample),
        "price_chart": _price_chart(findings),
        "without_time": "" if data.has_candles else " hidden",
        "splits": words.splits(findings),
        "data_quality": words.data_quality(findings),
        "how_to_load": words.how_to_load(findings),
        "how_it_was_made": words.how_it_was_made(findings),
        "glossary": words.glossary(findings),
    }
    page = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found.group(1)], page)


def _purposes(findings: Findings) -> str:
    """Which layer for which purpose: the section, or nothing where the windows have one label alone."""
    found = findings.purposes
    if found is None:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in found.sentences())
    return (
        "<h2>Which layer for which purpose</h2>"
        f'<ul class="sentences">{lines}</ul><figure>{layers_by_label(found)}<figcaption>The layers of the winner\'s '
        "network, each in its best pooling, and the baselines, probed for other labels of the same windows: a logistic "
        "probe learnt from fit, tuned on tune, scored on select. Light is better.</figcaption></figure>"
    )


def _price_chart(findings: Findings) -> str:
    if not findings.data.has_candles:
        return ""
    caption = "<figcaption>Closing price and the candles of each split.</figcaption>"
    return f"<figure>{price_chart(findings)}{caption}</figure>"


def _chip(number: int, names: Sequence[str]) -> str:
    name = f" ({escape(names[number])})" if number < len(names) else ""
    return (
        f'<span class="chip" style="background:{CLASSES[number % len(CLASSES)]}"></span>class {number}{name}'
    )
