"""Optuna's own plots of a study on one HTML page."""

from collections.abc import Callable
from html import escape
from typing import Any

import optuna
from optuna.trial import TrialState
from plotly.io import to_html

# Parallel coordinates say nothing about fewer trials, importances nothing that a few more would not turn round.
FEWEST_TRIALS, FEWEST_FOR_IMPORTANCES = 4, 50

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ margin: 0 auto; max-width: 1100px; padding: 20px; font: 15px/1.5 system-ui, sans-serif; color: #1f2933; }}
h2 {{ font-size: 18px; margin: 28px 0 4px; }} p {{ color: #5f6c7b; }}
pre {{ overflow-x: auto; }}
</style></head><body><h1 style="font-size:22px">{title}</h1>
"""


def optuna_page(study: optuna.Study, *, metric: str, dashboard: str) -> str:
    """One page with every plot that the trials allow, and a line for each that they do not.

    `dashboard` is the line for a shell that opens the search in optuna-dashboard.

    All plots are on one page because each of them would carry its own copy of plotly.js (4.8 MB): MLflow shows an
    artifact in a frame that can load no second file.
    """
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    parameters = sorted({name for trial in complete for name in trial.params})
    # The parameters that took more than one value: the others can explain nothing.
    varied = [n for n in parameters if len({str(t.params.get(n)) for t in complete}) > 1]
    name = f"select {metric}"

    def few(fewest: int) -> str:
        if len(complete) < fewest:
            return f"{len(complete)} completed trials; {fewest} are needed"
        return "" if varied else "no parameter took more than one value"

    curves = any(trial.intermediate_values for trial in study.get_trials(deepcopy=False))
    draw = optuna.visualization
    plots: tuple[tuple[str, str, str, Callable[[], Any]], ...] = (
        (
            "Optimisation history",
            f"A point is a completed trial: the {name} of its best layer. The line is the best so far; once it is flat "
            "for long, more trials bring little.",
            "",
            lambda: draw.plot_optimization_history(study, target_name=name),
        ),
        (
            "Learning curves of all trials",
            f"A line is a trial: the last block's {metric} on tune after each epoch. By it training stops and trials "
            "are pruned; lines that end early were.",
            "" if curves else "no trial reported an epoch",
            lambda: draw.plot_intermediate_values(study),
        ),
        (
            "Importance of the parameters",
            f"How much of the differences in {name} between trials each parameter explains (fANOVA): an estimate from "
            "the trials that were drawn, without an interval.",
            few(FEWEST_FOR_IMPORTANCES),
            lambda: draw.plot_param_importances(study, params=varied, target_name=name),
        ),
        (
            "Parallel coordinates",
            f"A line is a completed trial, from its {name} through the value of each parameter that took several. Drag "
            "along an axis to keep the lines that pass there.",
            few(FEWEST_TRIALS),
            lambda: draw.plot_parallel_coordinate(study, params=varied, target_name=name),
        ),
        (
            "Timeline of the trials",
            "A bar is a trial from start to end; those beside each other ran at once.",
            "",
            lambda: draw.plot_timeline(study),
        ),
    )
    parts = [HEAD.format(title=escape(f"Search of {study.study_name}"))]
    script: bool | str = True
    for title, caption, reason, plot in plots:
        parts.append(f"<h2>{title}</h2>")
        if reason:
            parts.append(f"<p>Left out: {escape(reason)}.</p>")
            continue
        try:
            figure = plot()
        except Exception as error:  # a plot that Optuna can't draw must not cost the others
            parts.append(f"<p>Left out: {escape(' '.join(str(error).split()))}.</p>")
            continue
        parts.append(f"<p>{escape(caption)}</p>")
        figure.update_layout(template="plotly_white", title=None, margin={"t": 20})
        parts.append(to_html(figure, include_plotlyjs=script, full_html=False, config={"displaylogo": False}))
        script = False
    parts.append(
        "<h2>To look further</h2><p>optuna-dashboard (pip install optuna-dashboard) shows every trial of the search "
        f"and draws more of it:</p><pre>{escape(dashboard)}</pre>"
    )
    return "".join(parts) + "</body></html>\n"
