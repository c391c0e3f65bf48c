"""`python -m study.tracking.newest_study`: the links of the newest study in the store, for `make ui`."""

import json

import mlflow
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from study.metrics import names
from study.tracking.links import host

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
    order = sorted(pages, key=lambda name: name != "report")
    width = max(map(len, order))
    return [
        f"newest study: {run.data.tags[names.STUDY]}",
        f"  {run.data.tags.get(names.BANNER, '')}",
        *(f"  {name:<{width}}  {address}/{pages[name]}" for name in order),
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
