"""Sortable tables of the report: layers with baselines, candidates, trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probes import metric_named
from study.choice import one_a_row, row_in_words, versus_baseline
from study.conclusion import Conclusion
from study.display import signed
from study.metrics import names
from study.trials import best_candidate, utility
from timesnet import layer_in_words

MOST_CANDIDATES, MOST_TRIALS = 100, 200


@dataclass(frozen=True)
class Column:
    """A column's heading, the metric that explains it, whether it holds numbers, which way a first click sorts."""

    heading: str
    metric: str = ""
    numeric: bool = True
    rising: bool = False


@dataclass(frozen=True)
class Cell:
    """What is shown, and what it sorts by: a number, text, or nothing; other names that it has, and it in words."""

    shown: str
    value: float | str | None = None
    also: str = ""
    words: str = ""

    def sorts_by(self, column: Column) -> str:
        """The value as text that a browser sorts by."""
        if self.value is None:
            return ""
        return f"{self.value:.6g}" if column.numeric else str(self.value)


@dataclass(frozen=True)
class Table:
    """A table that a click on a heading sorts.

    Attributes:
        rows: of each its kind (winner, baseline or nothing) and its cells.
        sorted_by: number of the column that it is sorted by as it stands.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    sorted_by: int


EMPTY = Cell("")


def layer_table(conclusion: Conclusion) -> Table:
    """Each layer in its best trial, baselines among them, the best first; layers that give one answer share a row."""
    outcome, choice, metric = conclusion.outcome, conclusion.choice, conclusion.outcome.metric
    rising = not metric_named(metric).higher_is_better
    columns = (
        Column("layer", numeric=False, rising=True),
        Column("vs best baseline", names.VS_BASELINE),
        Column(f"select {metric}", names.select(metric), rising=rising),
        Column("behind the winner", names.behind_winner(metric), rising=True),
        Column(f"test {metric}", names.test(metric), rising=rising),
        Column("trial", rising=True),
        Column("pooling", numeric=False, rising=True),
        Column("mean over trials", names.mean_select(metric), rising=rising),
        Column(f"kNN {metric}", names.knn_select(metric), rising=rising),
        Column("dim", names.DIM, rising=True),
        Column("depth", names.DEPTH, rising=True),
        Column("not ruled out", names.IN_CONFIDENCE_SET, numeric=False),
        Column("silhouette", names.SILHOUETTE),
        Column("effective rank", names.EFFECTIVE_RANK),
        Column("mean rank", names.MEAN_RANK, rising=True),
        Column("wins", names.WINS),
    )
    rows: list[tuple[float, str, list[Cell]]] = []
    for layer, also in one_a_row(conclusion.layers, metric, choice.same_answer):
        best = layer.best
        key = (layer.best_trial, *best.key)
        low, high = choice.interval(key)
        wins = key == (outcome.trial, *outcome.winner.key)
        behind = choice.behind(key)
        cells = [
            Cell(layer.layer, layer.layer, also=", ".join(also), words=layer_in_words(layer.layer)),
            _signed(versus_baseline(outcome, best.scores[metric])),
            _within(best.scores[metric], low, high),
            EMPTY if wins else _within(behind.value, behind.low, behind.high),
            _number(outcome.test.value if wins else None),
            _number(layer.best_trial, 0),
            _text(best.pooling),
            _number(layer.mean_score),
            _number(best.knn_scores.get(metric)),
            _number(best.dim, 0),
            _number(layer.number, 0),
            _text("yes" if key in outcome.confidence_set else "no"),
            _number(best.separability.get(names.SILHOUETTE)),
            _number(best.separability.get(names.EFFECTIVE_RANK), 1),
            _number(layer.mean_rank, 1),
            _number(layer.wins, 0),
        ]
        of_winner = outcome.winner.layer in (layer.layer, *also)
        rows.append((utility(metric, best.scores[metric]), "winner" if of_winner else "", cells))
    for baseline in outcome.baselines:
        candidate = baseline.candidate
        cells = [
            Cell(baseline.row, baseline.row, words=row_in_words(baseline)),
            _signed(versus_baseline(outcome, baseline.select.value)),
            _within(baseline.select.value, baseline.select.low, baseline.select.high),
            EMPTY,
            _number(baseline.test.value),
            EMPTY,
            _text(candidate.pooling),
            EMPTY,
            _number(candidate.knn_scores.get(metric)),
            _number(candidate.dim, 0),
            EMPTY,
            EMPTY,
            _number(candidate.separability.get(names.SILHOUETTE)),
            _number(candidate.separability.get(names.EFFECTIVE_RANK), 1),
            EMPTY,
            EMPTY,
        ]
        rows.append((utility(metric, baseline.select.value), "baseline", cells))
    rows.sort(key=lambda row: -row[0])
    return Table("layers", columns, [(kind, cells) for _, kind, cells in rows], sorted_by=2)


def candidate_table(conclusion: Conclusion) -> Table:
    """The best candidates: (trial, layer, pooling)."""
    outcome, choice, metric = conclusion.outcome, conclusion.choice, conclusion.outcome.metric
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
        for number, record in conclusion.records.items()
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
    return Table("candidates", columns, rows, sorted_by=4)


def trial_table(conclusion: Conclusion) -> Table:
    """Completed trials, of many the best: what was sampled, what came of it."""
    outcome, metric = conclusion.outcome, conclusion.outcome.metric
    sampled = sorted({key for record in conclusion.records.values() for key in record.variant})
    columns = [
        Column("trial", rising=True),
        Column(f"select {metric}", names.select(metric), rising=not metric_named(metric).higher_is_better),
        Column("best layer", numeric=False, rising=True),
        Column("epochs", rising=True),
        Column("seconds", names.seconds("train"), rising=True),
    ]
    variants = [record.variant for record in conclusion.records.values()]
    numeric = {key: all(type(variant.get(key)) in (int, float) for variant in variants) for key in sampled}
    columns += [Column(key, numeric=numeric[key], rising=True) for key in sampled]
    rows = []
    for number, record in conclusion.records.items():
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
    shown = [(kind, cells) for place, (_, kind, cells) in enumerate(rows) if kind or place < MOST_TRIALS]
    return Table("trials", columns, shown, sorted_by=1)


def _interval(low: float, high: float) -> Cell:
    return Cell(f"{low:.3f} to {high:.3f}".replace("-", "−"), low)


def _number(value: float | None, places: int = 3) -> Cell:
    return EMPTY if value is None else Cell(f"{value:.{places}f}".replace("-", "−"), float(value))


def _signed(value: float) -> Cell:
    return Cell(signed(value).replace("-", "−"), value)


def _within(value: float, low: float, high: float) -> Cell:
    return Cell(f"{value:.3f} [{low:.3f}, {high:.3f}]".replace("-", "−"), value)


def _text(value: str) -> Cell:
    return Cell(value, value)


def _any(value: Any) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return _text("" if value is None else str(value).lower() if isinstance(value, bool) else value)
    return Cell(f"{value:.3g}", float(value))
