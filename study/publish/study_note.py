"""What the study run says of itself in MLflow, as markdown."""

from collections.abc import Mapping, Sequence

from study.choice import Answer, Choice, LayerSummary, Outcome, Scored
from study.display import as_text, code
from study.metrics import names
from study.trials import Candidate, utility

# MLflow cuts a run's tag at 8,000 characters, in the middle of a table if need be.
MOST_CHARACTERS = 7900


def verdict_note(
    outcome: Outcome,
    layers: Sequence[LayerSummary],
    choice: Choice,
    *,
    answer: Answer,
    pages: Mapping[str, str] | None = None,
) -> str:
    """The answer, the details for statisticians, then as many rows of the leaderboard as fit, baselines among them.

    `pages` are linked below the answer.
    """
    metric = outcome.metric
    parts = [f"**{question}** {as_text(line)}\n" for question, line in answer.lines()]
    if pages:
        parts += [" · ".join(f"[{name}]({page})" for name, page in pages.items()), ""]
    details = (f"{outcome.headline()}.", *outcome.sentences())
    parts += ["Details for statisticians:", "", *(f"- {as_text(sentence)}" for sentence in details), ""]
    columns = ("", "layer", "trial", f"select {metric}", f"kNN {metric}", "silhouette", f"test {metric}")
    parts.append(f"| {' | '.join(columns)} | in the confidence set |")
    parts.append("| ---: | --- | ---: | --- | ---: | ---: | --- | :---: |")
    shown_layers = {(layer.best_trial, layer.best.key): layer.best for layer in layers}
    shown_layers[outcome.trial, outcome.winner.key] = (
        outcome.winner
    )  # its layer may be better in another trial
    rows = [_layer_row(trial, best, outcome, choice) for (trial, _), best in shown_layers.items()]
    rows = sorted(rows + _baseline_rows(outcome), key=lambda row: -row[0])
    closing = [
        "",
        "Intervals are 95 %, by block bootstrap. All candidates: `tables/leaderboard.csv`; figures: "
        f"`{names.REPORT}`; meanings: docs/metrics.md and the end of the report.",
    ]
    room = MOST_CHARACTERS - len("\n".join([*parts, *closing])) - 100
    shown = []
    for place, (_, row) in enumerate(rows, start=1):
        line = f"| {place} | {row}"
        if len(line) + 1 > room:
            shown.append(f"\n… and {len(rows) - place + 1} more.")
            break
        shown.append(line)
        room -= len(line) + 1
    return "\n".join([*parts, *shown, *closing])


def progress_note(*, done: int, wanted: int, metric: str, best: tuple[float, int] | None) -> str:
    """What the study run says while trials are under way; `best` is (select score, trial number)."""
    lines = [f"**{done} of {wanted} trials done.**"]
    if best is not None:
        lines.append(f" Best select {metric} so far: {best[0]:.3f} (trial {best[1]}).")
    lines.append(
        " Each trial's training curve and probe scores arrive on its own run, below; the verdict and the leaderboard "
        "will stand here when the study ends."
    )
    return "".join(lines)


def _layer_row(trial: int, best: Candidate, outcome: Outcome, choice: Choice) -> tuple[float, str]:
    metric = outcome.metric
    key = (trial, *best.key)
    low, high = choice.interval(key)
    wins = key == (outcome.trial, *outcome.winner.key)
    name = f"{code(best.layer)} {as_text(best.pooling)}"
    cells = (
        f"**{name}, the winner**" if wins else name,
        str(trial),
        _together(Scored(best.scores[metric], low, high)),
        _number(best.knn_scores.get(metric)),
        _number(best.separability.get(names.SILHOUETTE)),
        _together(outcome.test) if wins else "",
        "yes" if key in outcome.confidence_set else "no",
    )
    return utility(metric, best.scores[metric]), " | ".join(cells) + " |"


def _baseline_rows(outcome: Outcome) -> list[tuple[float, str]]:
    metric = outcome.metric
    rows = []
    for baseline in outcome.baselines:
        cells = (
            f"*{as_text(baseline.row)}*",
            "",
            _together(baseline.select),
            _number(baseline.candidate.knn_scores.get(metric)),
            _number(baseline.candidate.separability.get(names.SILHOUETTE)),
            _together(baseline.test),
            "",
        )
        rows.append((utility(metric, baseline.select.value), " | ".join(cells) + " |"))
    return rows


def _together(scored: Scored) -> str:
    return str(scored).replace(" ", "\u00a0")  # a narrow table would break it over three lines


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
