"""The page of the search: what the trials allow, each plot with a caption."""

import optuna

from study.report.optuna import FEWEST_FOR_IMPORTANCES, optuna_page

CAPTIONS = ("best so far", "after each epoch", "explains", "Drag", "at once")


def page_of(search):
    return optuna_page(search, metric="auc", dashboard="optuna-dashboard 'sqlite:////a b/optuna.db'")


def test_plots_that_need_more_trials_say_so():
    search = optuna.create_study(study_name="<b>")
    page = page_of(search)
    assert (
        "Left out: 0 completed trials; 4 are needed." in page
        and "Left out: no trial reported an epoch." in page
    )
    assert f"Left out: 0 completed trials; {FEWEST_FOR_IMPORTANCES} are needed." in page
    for value in range(FEWEST_FOR_IMPORTANCES):
        trial = search.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        trial.report(0.5, 0)
        search.tell(trial, value)
        if value == 4:
            page = page_of(search)
            assert page.count("Left out") == 1 and "Left out: 5 completed trials" in page
    page = page_of(search)
    assert "Left out" not in page and "<b>" not in page and all(words in page for words in CAPTIONS)
    assert page.count("Plotly.newPlot(") == 5 or page.count("plotly-graph-div") == 5
    assert "optuna-dashboard &#x27;sqlite:////a b/optuna.db&#x27;" in page
    assert len(page) < 6_000_000
