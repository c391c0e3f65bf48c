"""What the study run says of itself in MLflow, as markdown."""

from collections.abc import Mapping, Sequence

from study.choice import Answer, Choice, LayerSummary, Outcome, Scored, one_a_row, versus_baseline
from study.display import as_text, code, signed
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
    columns = ("", "layer", "vs best baseline", f"select {metric}", "trial", f"test {metric}")
    parts.append(f"| {' | '.join(columns)} | not ruled out |")
    parts.append("| ---: | --- | ---: | --- | ---: | --- | :---: |")
    shown_layers = {
        (layer.best_trial, layer.best.key): (layer.best, also)
        for layer, also in one_a_row(layers, metric, choice.same_answer)
    }
    # Its layer may be better in another trial.
    shown_layers.setdefault((outcome.trial, outcome.winner.key), (outcome.winner, []))
    rows = [
        _layer_row(trial, best, also, outcome, choice) for (trial, _), (best, also) in shown_layers.items()
    ]
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


def _layer_row(
    trial: int, best: Candidate, also: Sequence[str], outcome: Outcome, choice: Choice
) -> tuple[float, str]:
    metric = outcome.metric
    key = (trial, *best.key)
    low, high = choice.interval(key)
    wins = key == (outcome.trial, *outcome.winner.key)
    name = f"{code(best.layer)} {as_text(best.pooling)}"
    twins = f" (also: {', '.join(map(code, also))})" if also else ""
    cells = (
        (f"**{name}, the winner**" if wins else name) + twins,
        signed(versus_baseline(outcome, best.scores[metric])),
        _together(Scored(best.scores[metric], low, high)),
        str(trial),
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
            signed(versus_baseline(outcome, baseline.select.value)),
            _together(baseline.select),
            "",
            _together(baseline.test),
            "",
        )
        rows.append((utility(metric, baseline.select.value), " | ".join(cells) + " |"))
    return rows


def _together(scored: Scored) -> str:
    return str(scored).replace(" ", "\u00a0")  # a narrow table would break it over three lines
