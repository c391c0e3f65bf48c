"""Writes to MLflow carried out so that twice leaves what once would have left."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from study.errors import StoreFailed
from study.metrics import names

# Begins the key of a run, which no run id of MLflow does.
KEY = "key-"
# Metrics, params and tags that MLflow takes in one request.
MOST_ENTRIES = 1000


class Delivery:
    """Carries out the writes of an outbox; runs are named by their id or by the key under which they were created.

    Attributes:
        ids: run id by key, of the runs created so far.
        repeated: whether a run was asked for more than once, so that a slow server may have made two.
    """

    def __init__(self, client: mlflow.MlflowClient, *, experiment_id: str, files: Path) -> None:
        self.client = client
        self.experiment_id = experiment_id
        self.files = files
        self.ids: dict[str, str] = {}
        self.repeated = False

    def __call__(self, write: Mapping[str, Any], again: bool) -> None:
        """Carry out one write; `again` says that an earlier attempt may have been carried out."""
        if write["write"] == "create":
            self._create(write, again)
        else:
            getattr(self, f"_{write['write']}")(self._id(write["run"]), write)

    def created(self, key: str) -> list[Run]:
        """Runs with this key: one, or none yet, or two where an answer was lost."""
        return list(pages(self.client, self.experiment_id, f"tags.{names.RUN_KEY} = '{key}'"))

    def doubles(self, runs: Iterable[Run]) -> list[Run]:
        """Those of the runs that share their key with another one, to which everything was written."""
        by_key: dict[str, list[Run]] = {}
        for run in runs:
            if names.RUN_KEY in run.data.tags:
                by_key.setdefault(run.data.tags[names.RUN_KEY], []).append(run)
        found = []
        for key, same in by_key.items():
            same.sort(key=lambda run: (run.info.run_id != self.ids.get(key), -len(run.data.params)))
            found += same[1:]
        return found

    def _id(self, run: str) -> str:
        if run.startswith(KEY) and run not in self.ids:
            if not (found := self.created(run)):
                raise StoreFailed(f"the run {run} was never created")
            self.ids[run] = found[0].info.run_id
        return self.ids.get(run, run)

    def _create(self, write: Mapping[str, Any], again: bool) -> None:
        self.repeated |= again
        # The answer of an earlier attempt may be what got lost.
        found = self.created(write["run"]) if again else []
        run = (
            found[0]
            if found
            else self.client.create_run(
                self.experiment_id, start_time=write["at"], tags=write["tags"], run_name=write["name"]
            )
        )
        self.ids[write["run"]] = run.info.run_id

    def _batch(self, run_id: str, write: Mapping[str, Any]) -> None:
        metrics = [Metric(*point) for point in write["metrics"]]
        params = [Param(*pair) for pair in write["params"]]
        tags = [RunTag(*pair) for pair in write["tags"]]
        room = MOST_ENTRIES - len(params) - len(tags)
        self.client.log_batch(run_id, metrics=metrics[:room], params=params, tags=tags)
        for start in range(room, len(metrics), MOST_ENTRIES):
            self.client.log_batch(run_id, metrics=metrics[start : start + MOST_ENTRIES])

    def _params(self, run_id: str, write: Mapping[str, Any]) -> None:
        present = self.client.get_run(run_id).data.params
        missing = [Param(key, value) for key, value in write["params"].items() if key not in present]
        if missing:
            self.client.log_batch(run_id, params=missing)

    def _end(self, run_id: str, write: Mapping[str, Any]) -> None:
        self.client.set_terminated(run_id, write["status"], write["at"])

    def _text(self, run_id: str, write: Mapping[str, Any]) -> None:
        self.client.log_text(run_id, write["content"], write["artifact"])

    def _inputs(self, run_id: str, write: Mapping[str, Any]) -> None:
        inputs = [
            DatasetInput(Dataset(**values), [InputTag(MLFLOW_DATASET_CONTEXT, values["name"])])
            for values in write["inputs"]
        ]
        self.client.log_inputs(run_id, inputs)

    def _folder(self, run_id: str, write: Mapping[str, Any]) -> None:
        folder = self.files / Path(write["folder"]).name
        if folder.exists():  # else an earlier process was killed between uploading it and saying so
            self.client.log_artifacts(run_id, str(folder), write["artifact"])
            shutil.rmtree(folder, ignore_errors=True)


def pages(client: mlflow.MlflowClient, experiment_id: str, query: str) -> Iterable[Run]:
    """All runs that a query finds."""
    token = None
    while True:
        page = client.search_runs([experiment_id], query, max_results=1000, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def temporary_folder() -> tempfile.TemporaryDirectory:
    """A scratch directory for artifacts on their way to or from MLflow."""
    return tempfile.TemporaryDirectory(prefix="layer-study-")
