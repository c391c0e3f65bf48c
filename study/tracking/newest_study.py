"""`python -m study.tracking.newest_study`: the links of the newest study in the store, for `make ui`."""

import json

import mlflow
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from study.metrics import names
from study.tracking.links import host, local_artifact

# Runs of studies that are looked at, newest first: those that never came to an end have no pages.
LOOKED_AT = 20


def newest_study(client: mlflow.MlflowClient) -> Run | None:
    """The study run that was started last of those that have their pages; None where there is none."""
    experiments = [one.experiment_id for one in client.search_experiments()]
    runs = client.search_runs(
        experiments,
        f"tags.{names.KIND} = '{names.STUDY_RUN}'",
        run_view_type=ViewType.ACTIVE_ONLY,
        max_results=LOOKED_AT,
        order_by=["attributes.start_time DESC"],
    )
    return next((run for run in runs if names.PAGES in run.data.tags), None)


def where_to_look(run: Run | None, address: str) -> list[str]:
    """Lines that name the study's pages, the report first; without a study the bare address."""
    if run is None:
        return [f"no finished study yet; open {address}"]
    pages = json.loads(run.data.tags[names.PAGES])
    shown = {name: f"{address}/{page}" for name, page in pages.items()}
    file = local_artifact(run.info.artifact_uri, names.REPORT)
    # Its own address keeps what is chosen in it, which a frame of MLflow's UI can't.
    first = {name: shown[name] for name in ("report",) if name in shown} | (
        {"report alone": file} if file is not None else {}
    )
    lines = first | shown
    width = max(map(len, lines), default=0)
    return [
        f"newest study: {run.data.tags[names.STUDY]}",
        f"  {run.data.tags.get(names.BANNER, '')}",
        *(f"  {name:<{width}}  {page}" for name, page in lines.items()),
    ]


def main() -> None:
    """Print the lines; a store that does not answer is the UI's to complain of."""
    uri = mlflow.get_tracking_uri()
    try:
        run = newest_study(mlflow.MlflowClient())
    except MlflowException:
        run = None
    print("\n".join(where_to_look(run, host(uri))), flush=True)


if __name__ == "__main__":
    main()
