"""What a finished study leaves to be looked at in MLflow: report, plots, saved views, banner."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from study.conclusion import Conclusion
from study.errors import StoreFailed
from study.metrics import names
from study.publish import log_pictures, save_views, study_views, verdict_note, write_experiment_note
from study.report import embedding_table, layer_pictures, optuna_page, report_page, take_sample
from study.report.sample import Sample
from study.search import default_storage
from study.tracking import (
    artifact_page,
    dashboard_command,
    local_artifact,
    model_page,
    run_page,
    temporary_folder,
)

Made = TypeVar("Made")


def present(conclusion: Conclusion) -> dict[str, str]:
    """Write all of it, and return the pages by name, without the host.

    Each part is done as well as it can be: the winner is found and registered by now, and a page that can't be drawn
    must not undo that. What fails is said on the console and kept under `report/errors.txt`.
    """
    study, metric = conclusion.study, conclusion.study.metric
    tracking = study.tracking
    study.say("drawing the report ...")
    failures: list[str] = []

    def attempt(what: str, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except StoreFailed:
            raise
        except Exception as error:
            study.say(f"{what} could not be written: {type(error).__name__}: {error}")
            failures.append(f"{what}\n{traceback.format_exc()}")
            return None

    taken: list[Sample] = []

    def sample() -> Sample:
        # Every layer's embeddings of some windows, captured once for all that shows them.
        taken[:] = taken or [take_sample(conclusion)]
        return taken[0]

    def search() -> str:
        storage = study.configuration.storage or default_storage(study.name)
        return optuna_page(study.ledger.study, metric=metric, dashboard=dashboard_command(storage))

    kinds = sorted({layer.module_type for layer in conclusion.layers})
    views = (
        attempt("saved views", lambda: save_views(tracking, study_views(tracking.study, metric, kinds=kinds)))
        or {}
    )
    links = _links(conclusion, views)
    with temporary_folder() as folder:
        for artifact, make in (
            (names.REPORT, lambda: report_page(conclusion, sample(), pages=links)),
            (names.OPTUNA_PLOTS, search),
        ):
            content = attempt(artifact, make)
            if content is not None:
                path = Path(folder) / artifact
                path.parent.mkdir()
                path.write_text(content, encoding="utf-8")
        table = attempt(names.EMBEDDING_TABLE, lambda: embedding_table(conclusion, sample()))
        if table is not None:
            path = Path(folder) / names.EMBEDDING_TABLE
            path.parent.mkdir()
            table.to_parquet(path, index=False)
        attempt("the report", lambda: tracking.folder(tracking.run_id, Path(folder)))
    attempt("the layers' maps", lambda: log_pictures(conclusion, layer_pictures(conclusion, sample())))
    attempt("the experiment's note", lambda: write_experiment_note(tracking, links))
    note = verdict_note(
        conclusion.outcome, conclusion.layers, conclusion.choice, answer=conclusion.answer, pages=links
    )
    attempt("the study run's note", lambda: tracking.tag(tracking.run_id, {names.NOTE: note}))
    if failures:
        attempt(
            "errors.txt", lambda: tracking.text(tracking.run_id, "\n".join(failures), "report/errors.txt")
        )
    return links


def _links(conclusion: Conclusion, views: dict[str, str]) -> dict[str, str]:
    tracking = conclusion.study.tracking
    experiment, run = tracking.experiment_id, tracking.run_id
    links = {
        "leaderboard": views.get("layers"),
        "charts": views.get("charts"),
        "report": artifact_page(experiment, run, names.REPORT),
        "model": model_page(conclusion.configuration.model_name),
        "depth profile": views.get("depth"),
        "trials": views.get("trials"),
        "layers by kind": views.get("kinds"),
        "search": artifact_page(experiment, run, names.OPTUNA_PLOTS),
        "study run": run_page(experiment, run),
    }
    return {name: page for name, page in links.items() if page is not None}


def report_file(conclusion: Conclusion) -> str | None:
    """The report's `file://` address where its run's artifacts are on this machine."""
    tracking = conclusion.study.tracking
    run = tracking.ask(lambda: tracking.client.get_run(tracking.run_id))
    return local_artifact(run.info.artifact_uri, names.REPORT)
