"""The study's report: one HTML page that needs nothing else."""

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from study.conclusion import Conclusion
from study.display import CLASSES, shade, without_secrets
from study.report import words
from study.report.explorer import explorer_data
from study.report.grids import layer_by_trial, layers_by_label, likeness
from study.report.layer_tables import MOST_CANDIDATES, MOST_TRIALS, candidate_table, layer_table, trial_table
from study.report.network import network
from study.report.price_chart import price_chart
from study.report.reliability import FEWEST_WINDOWS, reliability
from study.report.sample import Sample
from study.report.scores import by_depth, winner_and_baselines
from study.report.table_beside import together_table
from study.tracking import host, ui_command

FOLDER = Path(__file__).parent
TIME_STEPS = 16


def report_page(conclusion: Conclusion, sample: Sample, *, pages: Mapping[str, str] | None = None) -> str:
    """The whole page. What comes from data or from users is escaped, by the template or by the drawings.

    `pages` are the study's others in MLflow's UI, by name, without their host.
    """
    outcome, data = conclusion.outcome, conclusion.data
    uri = without_secrets(conclusion.study.tracking.uri)
    explorer = explorer_data(conclusion, sample)
    names = [*data.source.class_names] or [f"class {number}" for number in range(data.n_classes)]
    quality, quality_in_full = words.data_quality(conclusion)
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render(
        title=f"Layer study: {conclusion.configuration.study_name}",
        subtitle=words.under_the_title(conclusion),
        answer=conclusion.answer,
        terms=words.terms(conclusion),
        details=words.details(conclusion),
        metric=outcome.metric,
        trial=outcome.trial,
        pooling=outcome.winner.pooling,
        sampled=f"{len(explorer['told']):,}",
        selected=f"{len(data.splits.select):,}",
        likened=f"{len(sample.rows):,}",
        most_candidates=MOST_CANDIDATES,
        most_trials=MOST_TRIALS,
        fewest_windows=FEWEST_WINDOWS,
        label=words.label(conclusion),
        layer_table=layer_table(conclusion),
        candidate_table=candidate_table(conclusion),
        trial_table=trial_table(conclusion),
        layer_names=[(layer["name"], layer["words"]) for layer in explorer["layers"]],
        classes=[(name, CLASSES[number % len(CLASSES)]) for number, name in enumerate(names)],
        colours=",".join(CLASSES),
        time_shades=",".join(shade(place / (TIME_STEPS - 1)) for place in range(TIME_STEPS)),
        has_time=data.has_candles,
        # "<" would end the script that holds it.
        explorer=Markup(json.dumps(explorer, allow_nan=False).replace("<", "\\u003c")),
        winner_and_baselines=Markup(winner_and_baselines(conclusion)),
        network=Markup(network(conclusion)),
        by_depth=Markup(by_depth(conclusion)),
        purposes=conclusion.purposes.sentences() if conclusion.purposes else [],
        layers_by_label=Markup(layers_by_label(conclusion.purposes)) if conclusion.purposes else "",
        together=conclusion.complement.sentences() if conclusion.complement else [],
        together_table=together_table(conclusion.complement) if conclusion.complement else None,
        layer_by_trial=Markup(layer_by_trial(conclusion)),
        reliability=Markup(reliability(conclusion)),
        likeness=Markup(likeness(conclusion, sample)),
        price_chart=Markup(price_chart(conclusion)) if data.has_candles else "",
        splits=words.splits(conclusion),
        quality=quality,
        quality_in_full=quality_in_full,
        registered=words.registered(conclusion),
        steps=conclusion.next_steps,
        pages=[(name, f"{host(uri)}/{page}") for name, page in (pages or {}).items()],
        opens_pages="" if uri.startswith("http") else ui_command(uri),
        how_it_was_made=words.how_it_was_made(conclusion),
        glossary=words.glossary(conclusion),
        css=_read("page.css"),
        page_js=_read("page.js"),
        explorer_js=_read("explorer.js"),
    )


def _read(name: str) -> Markup:
    return Markup((FOLDER / name).read_text(encoding="utf-8"))
