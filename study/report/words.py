"""The words of the report: details, data, how it was made, what the numbers mean."""

import json
from typing import Any

from study.choice import POOLINGS_IN_WORDS, row_in_words
from study.conclusion import Conclusion
from study.data import SPLIT_NAMES
from study.labels import TRAILING_OUTCOMES
from study.metrics import OF_LABELS, SCORES, Definition, in_short, names
from timesnet import layer_in_words

ALL_SCORES = (*SCORES, *OF_LABELS)


def details(conclusion: Conclusion) -> list[str]:
    """The verdict for statisticians, sentence by sentence."""
    note = conclusion.choice.note
    return [
        f"{conclusion.outcome.headline()}.",
        *conclusion.outcome.sentences(),
        *([f"{note[:1].upper()}{note[1:]}."] if note else []),
    ]


def terms(conclusion: Conclusion) -> list[tuple[str, str]]:
    """Every word that the page uses and a reader may not know, with what it means here."""
    outcome, data = conclusion.outcome, conclusion.data
    winner = outcome.winner
    score = next(one for one in ALL_SCORES if one.name == outcome.metric)
    said = [
        (
            "window",
            f"{data.windows.seq_len} steps in a row: what the network sees at once, and what gets one vector",
        ),
        ("label, class", f"what is predicted of a window: {label(conclusion)}"),
        (
            "layer",
            "one step of the network's computation; its output, made one vector, is an embedding of the window",
        ),
        (winner.layer, f"the layer that was chosen: {layer_in_words(winner.layer)}"),
        ("pooling", "how the steps of a layer's output become one vector; " + _pooling(winner.pooling)),
        ("trial", "one network of the search, with settings of its own, trained from the start"),
        ("candidate", "a layer of a trial with a pooling: what is compared, and what can win"),
        (
            "probe",
            "a small classifier on a layer's vectors; its score says what the vectors know of the label",
        ),
        (
            "fit, tune, select, test",
            "the data in four parts, in order of time: to learn from, to stop in time, to choose "
            "the winner, and to find out, once, what the choice is worth",
        ),
        (outcome.metric, f"{score.meaning} Here of a probe's answers on select, unless test is named."),
        ("baseline", "what a layer has to beat: the same probe on something that needs no trained network"),
    ]
    said += [(one.title, meaning) for one in outcome.baselines if (meaning := row_in_words(one))]
    said.append(("behind the winner", in_short(names.behind_winner(outcome.metric)).meaning))
    return said


def _pooling(name: str) -> str:
    return f"{name}: {POOLINGS_IN_WORDS.get(name, name)}"


def under_the_title(conclusion: Conclusion) -> str:
    """Data, label and size of the study in one line."""
    data = conclusion.data
    if data.has_candles:
        dates = data.candles.frame["date"]
        size = f"{len(dates):,} candles of {_interval(conclusion)}, {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    else:
        size = f"{len(data.windows):,} windows"
    each = [len(record.layers) for record in conclusion.records.values()]
    layers = f"{len(conclusion.layers)} layers"
    if min(each) < len(conclusion.layers):
        some = f"{min(each)} to {max(each)}" if min(each) < max(each) else f"{min(each)}"
        layers += f" over all trials, {some} in each"
    return (
        f"{conclusion.configuration.data}: {size}. Label: {label(conclusion)}. "
        f"{conclusion.trials}; {layers}, {conclusion.outcome.candidates:,} candidates."
    )


def label(conclusion: Conclusion) -> str:
    """The label in words, with its thresholds where it has any."""
    if not conclusion.data.has_candles:
        return conclusion.data.source.label_text
    spec = conclusion.data.label
    cuts = ", ".join(f"{cut:.3%}" for cut in conclusion.data.thresholds)
    if conclusion.data.thresholds_by_symbol:
        cuts = f"thresholds of each symbol's own ({cuts} over all)"
    if spec.trailing:
        cuts = f"the median of the last {TRAILING_OUTCOMES} outcomes known then"
    ahead = f"{spec.horizon} candle{'s' if spec.horizon > 1 else ''} ahead"
    return f"{spec.kind.replace('_', ' ')}, {spec.n_classes} classes parted at {cuts}, {ahead}"


def splits(conclusion: Conclusion) -> list[tuple[str, str]]:
    """Windows, dates and class shares of each split."""
    data = conclusion.data
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
    return rows


def data_quality(conclusion: Conclusion) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What cleaning found: rows in short, and all of them."""
    quality = conclusion.data.quality
    lines = [line.strip().partition(": ") for line in quality.summary().splitlines()]
    full: list[tuple[str, str]] = []
    for key, value in quality.to_dict().items():
        full += _flat(key.replace("_", " "), value)
    return [(name, value) for name, _, value in lines], full


def how_it_was_made(conclusion: Conclusion) -> list[tuple[str, str]]:
    """Parameters, the winner's variant, code and packages: enough to do it again."""
    given = conclusion.configuration.shown()
    given["name"] = conclusion.configuration.study_name
    # A network that was given was not sampled: its own configuration says what it is.
    variant = conclusion.records[conclusion.outcome.trial].variant or conclusion.model.config.to_dict()
    provenance = conclusion.provenance
    rows = [("parameters", ", ".join(f"{key}={value}" for key, value in given.items()))]
    rows += [
        ("the winner's variant", ", ".join(f"{key}={_short(value)}" for key, value in variant.items())),
        ("features", ", ".join(conclusion.data.features)),
        ("data digest", conclusion.data.digest),
        ("code", str(provenance.get("git_commit", "unknown"))),
        ("packages", ", ".join(f"{k} {v}" for k, v in dict(provenance.get("packages", {})).items())),
    ]
    return rows


def registered(conclusion: Conclusion) -> str:
    """What the registered winner takes and gives, in a line; empty where none was registered."""
    if conclusion.version is None:
        return ""
    aliases = "".join(f", alias {alias}" for alias in conclusion.aliases)
    takes = dict(conclusion.data.source.description()).get("input", "windows")
    return (
        f"Registered as {conclusion.configuration.model_name} version {conclusion.version}{aliases}. Input: {takes}. "
        "Output: one vector a window."
    )


def glossary(conclusion: Conclusion) -> list[Definition]:
    """Definition of every metric that the report shows or links to."""
    metric = conclusion.outcome.metric
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
        names.VS_BASELINE,
        names.behind_winner(metric),
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
    if conclusion.complement is not None:
        shown += [
            named("select", metric)
            for named in (names.together, names.gain_over_table, names.gain_over_layer)
        ]
    scores = [definition for definition in ALL_SCORES if definition.name in (metric, "brier", "ece")]
    return scores + [in_short(name) for name in shown]


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


def _interval(conclusion: Conclusion) -> str:
    return str(conclusion.data.quality.to_dict()["interval"])
