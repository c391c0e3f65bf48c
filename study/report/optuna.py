"""Optuna's own plots of a study on one HTML page."""

from collections.abc import Callable
from html import escape
from typing import Any

import optuna
from optuna.trial import TrialState
from plotly.io import to_html

# Importances and parallel coordinates say nothing about fewer trials.
FEWEST_TRIALS = 4

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ margin: 0 auto; max-width: 1100px; padding: 20px; font: 15px/1.5 system-ui, sans-serif; color: #1f2933; }}
h2 {{ font-size: 18px; margin: 28px 0 4px; }} p {{ color: #5f6c7b; }}
</style></head><body><h1 style="font-size:22px">{title}</h1>
"""


def optuna_page(study: optuna.Study, *, metric: str) -> str:
    """One page with every plot that the trials allow, and a line for each that they do not.

    All plots are on one page because each of them would carry its own copy of plotly.js (4.8 MB): MLflow shows an
    artifact in a frame that can load no second file.
    """
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    parameters = sorted({name for trial in complete for name in trial.params})
    # The parameters that took more than one value: the others can explain nothing.
    varied = [n for n in parameters if len({str(t.params.get(n)) for t in complete}) > 1]
    name = f"select {metric}"
    few = (
        f"{len(complete)} completed trials; {FEWEST_TRIALS} are needed"
        if len(complete) < FEWEST_TRIALS
        else ""
    )
    if not few and not varied:
        few = "no parameter took more than one value"
    draw = optuna.visualization
    plots: tuple[tuple[str, str, Callable[[], Any]], ...] = (
        ("Optimisation history", "", lambda: draw.plot_optimization_history(study, target_name=name)),
        (
            "Importance of the parameters",
            few,
            lambda: draw.plot_param_importances(study, params=varied, target_name=name),
        ),
        (
            "Parallel coordinates",
            few,
            lambda: draw.plot_parallel_coordinate(study, params=varied, target_name=name),
        ),
        ("Timeline of the trials", "", lambda: draw.plot_timeline(study)),
    )
    parts = [HEAD.format(title=escape(f"Search of {study.study_name}"))]
    script: bool | str = True
    for title, reason, plot in plots:
        parts.append(f"<h2>{title}</h2>")
        if reason:
            parts.append(f"<p>Left out: {escape(reason)}.</p>")
            continue
        try:
            figure = plot()
        except Exception as error:  # a plot that Optuna can't draw must not cost the others
            parts.append(f"<p>Left out: {escape(' '.join(str(error).split()))}.</p>")
            continue
        figure.update_layout(template="plotly_white", title=None, margin={"t": 20})
        parts.append(to_html(figure, include_plotlyjs=script, full_html=False, config={"displaylogo": False}))
        script = False
    return "".join(parts) + "</body></html>\n"
