"""The parts of the report that are words: verdict, data, how to load, what the numbers mean."""

import json
from html import escape
from typing import Any

from study.conclusion import Findings
from study.data import SPLIT_NAMES
from study.labels import TRAILING_OUTCOMES
from study.metrics import SCORES, Definition, in_short, names
from study.report.layer_tables import plain_table


def verdict(findings: Findings) -> str:
    """Headline and sentences."""
    outcome = findings.outcome
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in outcome.sentences())
    note = (
        f"<li>{escape(findings.choice.note[:1].upper() + findings.choice.note[1:])}.</li>"
        if findings.choice.note
        else ""
    )
    return f'<p class="verdict">{escape(outcome.headline())}.</p><ul class="sentences">{sentences}{note}</ul>'


def under_the_title(findings: Findings) -> str:
    """Data, label and size of the study in one line."""
    data = findings.data
    if data.has_candles:
        dates = data.candles.frame["date"]
        size = f"{len(dates):,} candles of {_interval(findings)}, {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    else:
        size = f"{len(data.windows):,} windows"
    each = [len(record.layers) for record in findings.records.values()]
    layers = f"{len(findings.layers)} layers"
    if min(each) < len(findings.layers):
        some = f"{min(each)} to {max(each)}" if min(each) < max(each) else f"{min(each)}"
        layers += f" over all trials, {some} in each"
    return (
        f"{findings.configuration.data}: {size}. Label: {label(findings)}. "
        f"{findings.trials}; {layers}, {findings.outcome.candidates:,} candidates."
    )


def label(findings: Findings) -> str:
    """The label in words, with its thresholds where it has any."""
    if not findings.data.has_candles:
        return findings.data.source.label_text
    spec = findings.data.label
    cuts = ", ".join(f"{cut:.3%}" for cut in findings.data.thresholds)
    if findings.data.thresholds_by_symbol:
        cuts = f"thresholds of each symbol's own ({cuts} over all)"
    if spec.trailing:
        cuts = f"the median of the last {TRAILING_OUTCOMES} outcomes known then"
    ahead = f"{spec.horizon} candle{'s' if spec.horizon > 1 else ''} ahead"
    return f"{spec.kind.replace('_', ' ')}, {spec.n_classes} classes parted at {cuts}, {ahead}"


def splits(findings: Findings) -> str:
    """Windows, dates and class shares of each split."""
    data = findings.data
    rows = []
    for split in SPLIT_NAMES:
        inside = data.split_rows[split]
        period = data.source.period(inside)
        when = f" ending {period[0]:%Y-%m-%d %H:%M} to {period[1]:%Y-%m-%d %H:%M} UTC" if period else ""
        shares = data.shares_in_words(split, digits=1)
        probed = len(getattr(data.probed, split))
        few = f", {probed:,} of them probed, evenly over time" if probed < len(inside) else ""
        rows.append((split, f"{len(inside):,} windows{when}; {shares}{few}"))
    if data.splits.purge:
        purge = f"{data.splits.purge} candles between neighbours, {data.splits.purged:,} windows left out"
        rows.append(("purge", purge))
    return plain_table(rows)


def data_quality(findings: Findings) -> str:
    """What cleaning found: in short, and everything on request."""
    quality = findings.data.quality
    lines = [line.strip().partition(": ") for line in quality.summary().splitlines()]
    details: list[tuple[str, str]] = []
    for key, value in quality.to_dict().items():
        details += _flat(key.replace("_", " "), value)
    return (
        plain_table([(name, value) for name, _, value in lines])
        + f"<details><summary>in full</summary>{plain_table(details)}</details>"
    )


def how_it_was_made(findings: Findings) -> str:
    """Parameters, the winner's variant, code and packages: enough to do it again."""
    given = findings.configuration.shown()
    given["name"] = findings.configuration.study_name
    # A network that was given was not sampled: its own configuration says what it is.
    variant = findings.records[findings.outcome.trial].variant or findings.model.config.to_dict()
    provenance = findings.provenance
    rows = [("parameters", ", ".join(f"{key}={value}" for key, value in given.items()))]
    rows += [
        ("the winner's variant", ", ".join(f"{key}={_short(value)}" for key, value in variant.items())),
        ("features", ", ".join(findings.data.features)),
        ("data digest", findings.data.digest),
        ("code", str(provenance.get("git_commit", "unknown"))),
        ("packages", ", ".join(f"{k} {v}" for k, v in dict(provenance.get("packages", {})).items())),
    ]
    return plain_table(rows)


def how_to_load(findings: Findings) -> str:
    """The lines that load the registered winner, and those that extract from the command line."""
    configuration = findings.configuration
    version = findings.version
    uri = findings.load_uri
    said = (
        f"<p>Registered as <code>{escape(configuration.model_name)}</code> version {escape(version)}"
        + "".join(f", alias <code>{escape(alias)}</code>" for alias in findings.aliases)
        + f". Input: {escape(dict(findings.data.source.description()).get('input', 'windows'))}. Output: one vector a "
        "window.</p>"
        if version
        else ""
    )
    made, name = findings.data.source.example()
    python = (
        f"import mlflow, {made.partition('.')[0]}\n"
        f'embedder = mlflow.pyfunc.load_model("{uri}")\n'
        f"{name} = {made}\n"
        f"embeddings = embedder.predict({name})"
    )
    if not findings.data.has_candles:
        return f"{said}<pre>{escape(python)}</pre>"
    shell = f'mlflow run . -e extract -P model="{uri}" -P data=candles.csv -P output=embeddings.parquet'
    return f"{said}<pre>{escape(python)}</pre><p>From the command line:</p><pre>{escape(shell)}</pre>"


def glossary(findings: Findings) -> str:
    """Definition of every metric that the report shows or links to."""
    metric = findings.outcome.metric
    select = names.select(metric)
    shown = [
        select,
        names.low(select),
        names.test(metric),
        names.knn_select(metric),
        names.tune(metric),
        names.mean_select(metric),
        names.corrected_select(metric),
        names.advantage_test(metric),
        names.SPA_P_VALUE,
        names.IN_CONFIDENCE_SET,
        names.MEAN_RANK,
        names.WINS,
        names.SILHOUETTE,
        names.EFFECTIVE_RANK,
        names.DEPTH,
        names.DIM,
        names.LOGISTIC_C,
        names.KNN_K,
        names.seconds("train"),
    ]
    scores = [definition for definition in SCORES if definition.name in (metric, "brier", "ece")]
    rows = [_defined(definition) for definition in scores]
    rows += [_defined(in_short(name)) for name in shown]
    head = "<thead><tr><th>metric</th><th>what it is</th><th>range</th><th>better</th></tr></thead>"
    return f'<table class="plain">{head}<tbody>{"".join(rows)}</tbody></table>'


def _defined(definition: Definition) -> str:
    cells = (definition.meaning, definition.range, definition.better)
    return (
        f'<tr id="m-{definition.name}"><td><code>{definition.name}</code></td>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        inner = ((f"{name}: {key}".replace("_", " "), item) for key, item in value.items())
        return [row for key, item in inner for row in _flat(key, item)]
    if isinstance(value, list):
        if not value:
            return []
        shown = "; ".join(_entry(item) for item in value[:10])
        return [(name, shown + (f"; and {len(value) - 10} more" if len(value) > 10 else ""))]
    if value in ("", None):
        return []
    return [(name, _short(value))]


def _entry(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {item}" for key, item in value.items() if item != "")
    return str(value)


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10000 else str(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _interval(findings: Findings) -> str:
    return str(findings.data.quality.to_dict()["interval"])
