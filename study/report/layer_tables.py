"""Sortable tables of the report: layers with baselines, candidates, trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from probes import metric_named
from study.conclusion import Findings
from study.metrics import names
from study.trials import best_candidate, utility

MOST_CANDIDATES = 100


@dataclass(frozen=True)
class Column:
    """A column's heading, the metric that explains it, whether it holds numbers, which way a first click sorts."""

    heading: str
    metric: str = ""
    numeric: bool = True
    rising: bool = False


@dataclass(frozen=True)
class Cell:
    """What is shown, and what it sorts by: a number, text, or nothing."""

    shown: str
    value: float | str | None = None


EMPTY = Cell("")


def layer_table(findings: Findings) -> str:
    """Each layer in its best trial, baselines among them, the best first."""
    outcome, choice, metric = findings.outcome, findings.choice, findings.outcome.metric
    rising = not metric_named(metric).higher_is_better
    columns = (
        Column("layer", numeric=False, rising=True),
        Column(f"select {metric}", names.select(metric), rising=rising),
        Column("95 % interval", names.low(names.select(metric)), rising=rising),
        Column(f"test {metric}", names.test(metric), rising=rising),
        Column(f"kNN {metric}", names.knn_select(metric), rising=rising),
        Column("silhouette", names.SILHOUETTE),
        Column("in the confidence set", names.IN_CONFIDENCE_SET, numeric=False),
        Column("trial", rising=True),
        Column("pooling", numeric=False, rising=True),
        Column("dim", names.DIM, rising=True),
        Column("depth", names.DEPTH, rising=True),
        Column("effective rank", names.EFFECTIVE_RANK),
        Column("mean over trials", names.mean_select(metric), rising=rising),
        Column("mean rank", names.MEAN_RANK, rising=True),
        Column("wins", names.WINS),
    )
    rows: list[tuple[float, str, list[Cell]]] = []
    for layer in findings.layers:
        best = layer.best
        key = (layer.best_trial, *best.key)
        low, high = choice.interval(key)
        wins = key == (outcome.trial, *outcome.winner.key)
        cells = [
            _text(layer.layer),
            _number(best.scores[metric]),
            _interval(low, high),
            _number(outcome.test.value if wins else None),
            _number(best.knn_scores.get(metric)),
            _number(best.separability.get(names.SILHOUETTE)),
            _text("yes" if key in outcome.confidence_set else "no"),
            _number(layer.best_trial, 0),
            _text(best.pooling),
            _number(best.dim, 0),
            _number(layer.number, 0),
            _number(best.separability.get(names.EFFECTIVE_RANK), 1),
            _number(layer.mean_score),
            _number(layer.mean_rank, 1),
            _number(layer.wins, 0),
        ]
        of_winner = layer.layer == outcome.winner.layer
        rows.append((utility(metric, best.scores[metric]), "winner" if of_winner else "", cells))
    for baseline in outcome.baselines:
        candidate = baseline.candidate
        cells = [
            _text(baseline.row),
            _number(baseline.select.value),
            _interval(baseline.select.low, baseline.select.high),
            _number(baseline.test.value),
            _number(candidate.knn_scores.get(metric)),
            _number(candidate.separability.get(names.SILHOUETTE)),
            EMPTY,
            EMPTY,
            _text(candidate.pooling),
            _number(candidate.dim, 0),
            EMPTY,
            _number(candidate.separability.get(names.EFFECTIVE_RANK), 1),
            EMPTY,
            EMPTY,
            EMPTY,
        ]
        rows.append((utility(metric, baseline.select.value), "baseline", cells))
    rows.sort(key=lambda row: -row[0])
    return _table("layers", columns, [(kind, cells) for _, kind, cells in rows], sorted_by=1)


def candidate_table(findings: Findings) -> str:
    """The best candidates: (trial, layer, pooling)."""
    outcome, choice, metric = findings.outcome, findings.choice, findings.outcome.metric
    rising = not metric_named(metric).higher_is_better
    columns = (
        Column("trial", rising=True),
        Column("layer", numeric=False, rising=True),
        Column("pooling", numeric=False, rising=True),
        Column("dim", names.DIM, rising=True),
        Column(f"select {metric}", names.select(metric), rising=rising),
        Column("95 % interval", names.low(names.select(metric)), rising=rising),
        Column(f"kNN select {metric}", names.knn_select(metric), rising=rising),
        Column("silhouette", names.SILHOUETTE),
        Column("effective rank", names.EFFECTIVE_RANK),
        Column(f"tune {metric}", names.tune(metric), rising=rising),
        Column("C", names.LOGISTIC_C, rising=True),
        Column("k", names.KNN_K, rising=True),
    )
    found = [
        (number, candidate)
        for number, record in findings.records.items()
        for candidate in record.candidates
        if metric in candidate.scores and not candidate.predicts
    ]
    found.sort(
        key=lambda pair: (-utility(metric, pair[1].scores[metric]), pair[1].depth, pair[1].dim, pair[0])
    )
    rows = []
    for number, candidate in found[:MOST_CANDIDATES]:
        low, high = choice.interval((number, *candidate.key))
        wins = (number, *candidate.key) == (outcome.trial, *outcome.winner.key)
        cells = [
            _number(number, 0),
            _text(candidate.layer),
            _text(candidate.pooling),
            _number(candidate.dim, 0),
            _number(candidate.scores[metric]),
            _interval(low, high),
            _number(candidate.knn_scores.get(metric)),
            _number(candidate.separability.get(names.SILHOUETTE)),
            _number(candidate.separability.get(names.EFFECTIVE_RANK), 1),
            _number(candidate.tune_score),
            Cell(f"{candidate.C:g}", candidate.C),
            _number(candidate.k, 0),
        ]
        rows.append(("winner" if wins else "", cells))
    return _table("candidates", columns, rows, sorted_by=4)


def trial_table(findings: Findings) -> str:
    """Completed trials: what was sampled, what came of it."""
    outcome, metric = findings.outcome, findings.outcome.metric
    sampled = sorted({key for record in findings.records.values() for key in record.variant})
    columns = [
        Column("trial", rising=True),
        Column(f"select {metric}", names.select(metric), rising=not metric_named(metric).higher_is_better),
        Column("best layer", numeric=False, rising=True),
        Column("epochs", rising=True),
        Column("seconds", names.seconds("train"), rising=True),
    ]
    variants = [record.variant for record in findings.records.values()]
    numeric = {key: all(type(variant.get(key)) in (int, float) for variant in variants) for key in sampled}
    columns += [Column(key, numeric=numeric[key], rising=True) for key in sampled]
    rows = []
    for number, record in findings.records.items():
        best = best_candidate(record.candidates, metric)
        cells = [
            _number(number, 0),
            _number(best.scores[metric]),
            _text(f"{best.layer} ({best.pooling})"),
            _number(len(record.epochs), 0),
            _number(sum(record.seconds.values()), 1),
            *(_any(record.variant.get(key)) for key in sampled),
        ]
        rows.append(
            (utility(metric, best.scores[metric]), "winner" if number == outcome.trial else "", cells)
        )
    rows.sort(key=lambda row: -row[0])
    return _table("trials", columns, [(kind, cells) for _, kind, cells in rows], sorted_by=1)


def plain_table(rows: Sequence[tuple[str, str]]) -> str:
    """Two columns of text: what, and its value."""
    body = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    return f'<table class="plain"><tbody>{body}</tbody></table>'


def _table(
    name: str, columns: Sequence[Column], rows: Sequence[tuple[str, Sequence[Cell]]], *, sorted_by: int
) -> str:
    heads = []
    for place, column in enumerate(columns):
        kind = ' class="n"' if column.numeric else ""
        first = "ascending" if column.rising else "descending"
        state = f' aria-sort="{first}"' if place == sorted_by else ""
        help_ = (
            f'<sup><a href="#m-{escape(column.metric)}" title="what this is">?</a></sup>'
            if column.metric
            else ""
        )
        heads.append(
            f'<th scope="col"{kind} data-first="{first}"{state}><button>{escape(column.heading)}</button>{help_}</th>'
        )
    body = []
    for kind, cells in rows:
        shown = "".join(_cell(cell, column) for cell, column in zip(cells, columns, strict=True))
        body.append(f'<tr class="{kind}">{shown}</tr>' if kind else f"<tr>{shown}</tr>")
    return (
        f'<div class="scroll"><table class="sortable" id="table-{name}"><thead><tr>{"".join(heads)}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(cell: Cell, column: Column) -> str:
    kind = ' class="n"' if column.numeric else ""
    value = "" if cell.value is None else escape(f"{cell.value:.6g}" if column.numeric else str(cell.value))
    return f'<td{kind} data-value="{value}">{escape(cell.shown)}</td>'


def _interval(low: float, high: float) -> Cell:
    return Cell(f"{low:.3f} to {high:.3f}".replace("-", "−"), low)


def _number(value: float | None, places: int = 3) -> Cell:
    return EMPTY if value is None else Cell(f"{value:.{places}f}".replace("-", "−"), float(value))


def _text(value: str) -> Cell:
    return Cell(value, value)


def _any(value: Any) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return _text("" if value is None else str(value).lower() if isinstance(value, bool) else value)
    return Cell(f"{value:.3g}", float(value))
