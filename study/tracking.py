"""The MLflow side of a study: one study run, its trials, layers and baselines."""

import json
import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Dataset, DatasetInput, Metric, Param, Run, RunStatus, RunTag
from mlflow.exceptions import MlflowException

from study import metric_names as names
from study.errors import StudyError

DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"
DEFAULT_ARTIFACTS = "mlartifacts"
DEFAULT_EXPERIMENT = "timesnet-layer-study"
OPEN = (RunStatus.to_string(RunStatus.RUNNING), RunStatus.to_string(RunStatus.SCHEDULED))


class Tracking:
    """Writes one study to MLflow with explicit run ids; the owner process alone holds one.

    Attributes:
        client: the MLflow client.
        study: the study's name, a tag on every run.
        experiment_id: where all runs of the study are.
        run_id: the study run.
    """

    def __init__(self, study: str) -> None:
        """Adopt the run that `mlflow run` started (MLFLOW_RUN_ID), or start one.

        An earlier, unfinished call of the same study hands its trial, layer and baseline runs over to this one.
        """
        self.client = mlflow.MlflowClient()
        self.study = study
        adopted = os.environ.get("MLFLOW_RUN_ID")
        if adopted:
            self.run_id = adopted
            self.experiment_id = self.client.get_run(adopted).info.experiment_id
        else:
            self.experiment_id = open_experiment(self.client)
            self.run_id = self.client.create_run(self.experiment_id, run_name=study).info.run_id
        self._take_over_earlier_runs()
        self.tag(self.run_id, {names.KIND: names.STUDY_RUN, names.STUDY: study, names.RUN_NAME: study})

    def start_run(self, kind: str, name: str, *, tags: Mapping[str, Any], params: Mapping[str, Any]) -> str:
        """Create a RUNNING child of the study run and return its id."""
        run = self.client.create_run(
            self.experiment_id,
            run_name=name,
            tags={
                names.KIND: kind,
                names.STUDY: self.study,
                names.PARENT: self.run_id,
                **{key: _text(value) for key, value in tags.items()},
            },
        )
        if params:
            self.params(run.info.run_id, params)
        return run.info.run_id

    def finished_run(
        self,
        kind: str,
        name: str,
        *,
        tags: Mapping[str, Any],
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        series: Mapping[str, Iterable[tuple[int, float]]] | None = None,
    ) -> str:
        """Write a whole FINISHED child of the study run in as few requests as can be, and return its id."""
        run_id = self.start_run(kind, name, tags=tags, params={})
        self.log(run_id, metrics, series=series, params=params)
        self.end_run(run_id, "FINISHED")
        return run_id

    def delete_runs(self, kind: str) -> None:
        """Delete the runs of a kind that an earlier ending of the study left, before they are written anew."""
        for run in self.runs(kind):
            self.client.delete_run(run.info.run_id)

    def end_run(self, run_id: str, status: str, *, reason: str | None = None) -> None:
        """Set FINISHED, FAILED or KILLED and, if given, the reason as a tag."""
        if reason is not None:
            self.tag(run_id, {names.REASON: reason})
        self.client.set_terminated(run_id, status)

    def log(
        self,
        run_id: str,
        metrics: Mapping[str, float],
        *,
        series: Mapping[str, Iterable[tuple[int, float]]] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        """Log metrics at step 0 and series of (step, value), all in as few requests as MLflow's limit allows.

        `params` go along with them; they must be new to the run.
        """
        now = int(time.time() * 1000)
        batch = [Metric(key, value, now, 0) for key, value in metrics.items()]
        for key, points in (series or {}).items():
            batch += [Metric(key, float(value), now, step) for step, value in points]
        new = [Param(key, _text(value)) for key, value in (params or {}).items()]
        # MLflow takes 1000 metrics and 1000 entries of all kinds in a request.
        room = 1000 - len(new)
        for start in range(0, max(1, len(batch)), room):
            self.client.log_batch(
                run_id, metrics=batch[start : start + room], params=new if start == 0 else ()
            )

    def log_step(self, run_id: str, metrics: Mapping[str, float], step: int) -> None:
        """Log a point of each series."""
        self.log(run_id, {}, series={key: [(step, value)] for key, value in metrics.items()})

    def params(self, run_id: str, params: Mapping[str, Any]) -> None:
        """Log the params that the run does not have yet; `mlflow run` logs those of the entry point itself."""
        present = self.client.get_run(run_id).data.params
        missing = [Param(key, _text(value)) for key, value in params.items() if key not in present]
        if missing:
            self.client.log_batch(run_id, params=missing)

    def tag(self, run_id: str, tags: Mapping[str, Any]) -> None:
        """Set tags."""
        self.client.log_batch(run_id, tags=[RunTag(key, _text(value)) for key, value in tags.items()])

    def datasets(
        self, run_id: str, digest: str, source: str, splits: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Log one input data set for each split, with the digest of the candles and the split's profile."""
        self.client.log_inputs(
            run_id,
            [
                DatasetInput(
                    Dataset(
                        name=split,
                        digest=digest,
                        source_type="candles",
                        source=json.dumps({"uri": source}),
                        profile=json.dumps(profile),
                    )
                )
                for split, profile in splits.items()
            ],
        )

    def experiment_tags(self) -> dict[str, str]:
        """Tags of the experiment that the study is in."""
        return dict(self.client.get_experiment(self.experiment_id).tags)

    def tag_experiment(self, key: str, value: str) -> None:
        """Set a tag of the experiment."""
        self.client.set_experiment_tag(self.experiment_id, key, value)

    def untag_experiment(self, key: str) -> None:
        """Delete a tag of the experiment."""
        self.client.delete_experiment_tag(self.experiment_id, key)

    def text(self, run_id: str, content: str, artifact: str) -> None:
        """Log a text artifact."""
        self.client.log_text(run_id, content, artifact)

    def folder(self, run_id: str, directory: Path, artifact: str | None = None) -> None:
        """Log everything in a directory."""
        self.client.log_artifacts(run_id, str(directory), artifact)

    def fetch(self, run_id: str, artifact: str, directory: str) -> Path:
        """Download an artifact folder; raises StudyError when it is not there."""
        try:
            return Path(self.client.download_artifacts(run_id, artifact, directory))
        except (MlflowException, OSError) as error:
            raise StudyError(f"run {run_id}: artifact {artifact!r} can't be read: {error}") from None

    @property
    def uri(self) -> str:
        """Where the store is, for workers."""
        return str(mlflow.get_tracking_uri())

    def runs(self, kind: str) -> list[Run]:
        """Runs of this study of one kind that are not deleted."""
        query = f"tags.{names.STUDY} = '{self.study}' and tags.{names.KIND} = '{kind}'"
        return list(_pages(self.client, self.experiment_id, query))

    def runs_of_all_studies(self, kind: str) -> list[Run]:
        """Runs of one kind of every study in the experiment."""
        return list(_pages(self.client, self.experiment_id, f"tags.{names.KIND} = '{kind}'"))

    def _take_over_earlier_runs(self) -> None:
        earlier = [run for run in self.runs(names.STUDY_RUN) if run.info.run_id != self.run_id]
        if not earlier:
            return
        for run in reversed(earlier):  # oldest first, so that the newest record of openings stays
            if run.info.status in OPEN:
                self.end_run(run.info.run_id, "KILLED", reason=f"cut off; resumed by run {self.run_id}")
            self.tag(run.info.run_id, {names.KIND: "superseded", "resumed_by": self.run_id})
            opened = run.data.tags.get(names.TEST_OPENED)
            if opened:
                self.tag(self.run_id, {names.TEST_OPENED: opened})
        for kind in (names.TRIAL_RUN, names.LAYER_RUN, names.BASELINE_RUN):
            for run in self.runs(kind):
                self.tag(run.info.run_id, {names.PARENT: self.run_id})


def use_default_store() -> None:
    """Point MLflow at `sqlite:///mlflow.db` in this directory unless MLFLOW_TRACKING_URI says otherwise."""
    # A bar for each of many small files would bury the study's own lines.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        mlflow.set_tracking_uri(DEFAULT_TRACKING_URI)


def temporary_folder() -> tempfile.TemporaryDirectory:
    """A scratch directory for artifacts on their way to or from MLflow."""
    return tempfile.TemporaryDirectory(prefix="layer-study-")


def open_experiment(client: mlflow.MlflowClient) -> str:
    """Id of the experiment that MLFLOW_EXPERIMENT_NAME names, created if need be.

    Beside a local database its artifacts go under `mlartifacts/`.
    """
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or DEFAULT_EXPERIMENT
    experiment = client.get_experiment_by_name(name)
    if experiment is not None:
        if experiment.lifecycle_stage != "active":
            raise StudyError(f"experiment {name!r} is deleted; restore it or set MLFLOW_EXPERIMENT_NAME")
        return experiment.experiment_id
    # A server decides itself where artifacts go; beside a local database they go next to it.
    local = mlflow.get_tracking_uri().startswith("sqlite:")
    location = Path(DEFAULT_ARTIFACTS).absolute().as_uri() if local else None
    return client.create_experiment(name, artifact_location=location)


def _pages(client: mlflow.MlflowClient, experiment_id: str, query: str) -> Iterable[Run]:
    token = None
    while True:
        page = client.search_runs([experiment_id], query, max_results=1000, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else str(value)
