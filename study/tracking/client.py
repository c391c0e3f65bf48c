"""The MLflow side of a study: one study run, its trials, layers and baselines."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import mlflow
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from study.display import tell_of_secrets, without_secrets
from study.errors import StoreFailed, StudyError
from study.metrics import names
from study.stores import Retry, open_experiment, reason
from study.tracking.adopted_run import adopted_run
from study.tracking.delivery import KEY, Delivery, pages
from study.tracking.outbox import Outbox

Answer = TypeVar("Answer")

# Seconds that an interrupted study takes to deliver what it can.
LAST_WAIT = 10.0


class Tracking:
    """Writes one study to MLflow with explicit run ids; the owner process alone holds one.

    Writes go through an outbox: they return before MLflow has them, survive its outages and a killed process. Reads
    wait until all of them are delivered. A run that could not be created at once is known by its *key*, which every
    method takes for its id.

    Attributes:
        client: the MLflow client; what it reads may lack writes that are on their way.
        study: the study's name, a tag on every run.
        experiment_id: where all runs of the study are.
        run_id: the study run.
        retry: repeats requests that read.
        where: the store as it may be shown, without secrets.
    """

    def __init__(self, study: str, *, folder: Path, retry: Retry) -> None:
        """Adopt the run that `mlflow run` started (MLFLOW_RUN_ID), or start one.

        What an earlier call could not deliver, kept under `folder`, is delivered first.
        """
        self.client = mlflow.MlflowClient()
        self.study = study
        self.retry = retry
        self.where = f"MLflow at {without_secrets(self.uri)}"
        run = self.ask(lambda: adopted_run(self.client, study))
        adopted = None if run is None else run.info.run_id
        if run is not None:
            self.experiment_id = run.info.experiment_id
            tell_of_secrets(run.data.params, f"run {adopted}", retry.say)
        else:
            self.experiment_id = self.ask(lambda: open_experiment(self.client))
        self._delivery = Delivery(self.client, experiment_id=self.experiment_id, files=folder)
        self._outbox = Outbox(folder, where=self.where, deliver=self._delivery, retry=retry)
        if self._outbox.left:
            retry.say(f"uploading {self._outbox.left} writes that an earlier call left")
        self._refuse_damage()
        tags = {names.KIND: names.STUDY_RUN, names.STUDY: study, names.RUN_NAME: study}
        if adopted is not None:
            self.run_id = adopted
            self.tag(adopted, tags)
        else:
            key = self._create(study, tags)
            self._outbox.flush()
            self.run_id = self.id_of(key)

    def _refuse_damage(self) -> None:
        """Raise StoreFailed, once what is whole is delivered, where an earlier call's journal is damaged."""
        if self._outbox.set_aside is None:
            return
        self._outbox.flush()
        self._outbox.close(0)
        raise StoreFailed(
            f"{self._outbox.folder} was damaged: what was whole is uploaded, the rest is set aside in "
            f"{self._outbox.set_aside} and missing in MLflow; the same command goes on without it"
        )

    def start_run(self, kind: str, name: str, *, tags: Mapping[str, Any], params: Mapping[str, Any]) -> str:
        """Create a RUNNING child of the study run and return its id, or its key while MLflow is away."""
        key = self._create_child(kind, name, tags)
        if params:
            self.params(key, params)
        self._outbox.wait_for(lambda: key in self._delivery.ids)
        return self.known_id(key)

    def finished_run(
        self,
        kind: str,
        name: str,
        *,
        tags: Mapping[str, Any],
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        series: Mapping[str, Iterable[tuple[int, float]]] | None = None,
    ) -> None:
        """Write a whole FINISHED child of the study run in as few requests as can be."""
        key = self._create_child(kind, name, tags)
        self.log(key, metrics, series=series, params=params)
        self.end_run(key, "FINISHED")

    def delete_runs(self, kind: str) -> None:
        """Delete the runs of a kind that an earlier ending of the study left, before they are written anew."""
        for run in self.runs(kind):
            self._delete(run)

    def delete_doubles(self) -> None:
        """Delete runs that a slow server created when it was asked a second time for the same one."""
        if not self._delivery.repeated:
            return
        for kind in names.RUN_KINDS:
            for run in self._delivery.doubles(self.runs(kind)):
                self._delete(run)

    def end_run(self, run_id: str, status: str, *, tags: Mapping[str, Any] | None = None) -> None:
        """Set FINISHED, FAILED or KILLED and, before it, tags if any are given."""
        if tags:
            self.tag(run_id, tags)
        self._outbox.put({"write": "end", "run": run_id, "status": status, "at": _now()})

    def log(
        self,
        run_id: str,
        metrics: Mapping[str, float],
        *,
        series: Mapping[str, Iterable[tuple[int, float]]] | None = None,
        params: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        """Log metrics at step 0 and series of (step, value), in as few requests as MLflow's limit allows.

        `params`, which must be new to the run, and `tags` go along with them.
        """
        # The time of the call: delivered again, a point is the same point and MLflow keeps one.
        now = _now()
        batch = [(key, float(value), now, 0) for key, value in metrics.items()]
        for key, points in (series or {}).items():
            batch += [(key, float(value), now, step) for step, value in points]
        entries = {"metrics": batch, "params": _pairs(params), "tags": _pairs(tags)}
        self._outbox.put({"write": "batch", "run": run_id, **entries})

    def log_step(self, run_id: str, metrics: Mapping[str, float], step: int) -> None:
        """Log a point of each series."""
        self.log(run_id, {}, series={key: [(step, value)] for key, value in metrics.items()})

    def params(self, run_id: str, params: Mapping[str, Any]) -> None:
        """Log the params that the run does not have yet; `mlflow run` logs those of the entry point itself."""
        values = {key: _text(value) for key, value in params.items()}
        self._outbox.put({"write": "params", "run": run_id, "params": values})

    def tag(self, run_id: str, tags: Mapping[str, Any]) -> None:
        """Set tags."""
        self.log(run_id, {}, tags=tags)

    def datasets(self, run_id: str, source: str, splits: Mapping[str, Mapping[str, Any]]) -> None:
        """Log one input data set for each split, by its digest, schema and profile; its context is its name."""
        inputs = [
            {
                "name": split,
                "digest": described["digest"],
                "source_type": "candles",
                "source": json.dumps({"uri": source}),
                "schema": json.dumps(described["schema"]),
                "profile": json.dumps(described["profile"]),
            }
            for split, described in splits.items()
        ]
        self._outbox.put({"write": "inputs", "run": run_id, "inputs": inputs})

    def experiment_tags(self) -> dict[str, str]:
        """Tags of the experiment that the study is in."""
        return dict(self._read(lambda: self.client.get_experiment(self.experiment_id)).tags)

    def tag_experiment(self, key: str, value: str) -> None:
        """Set a tag of the experiment."""
        self.ask(lambda: self.client.set_experiment_tag(self.experiment_id, key, value))

    def untag_experiment(self, key: str) -> None:
        """Delete a tag of the experiment."""
        self.ask(lambda: self.client.delete_experiment_tag(self.experiment_id, key))

    def text(self, run_id: str, content: str, artifact: str) -> None:
        """Log a text artifact."""
        self._outbox.put({"write": "text", "run": run_id, "content": content, "artifact": artifact})

    def folder(self, run_id: str, directory: Path, artifact: str | None = None) -> None:
        """Log everything in a directory, as it is now."""
        kept = self._outbox.keep_files(directory)
        self._outbox.put({"write": "folder", "run": run_id, "folder": kept, "artifact": artifact})

    def fetch(self, run_id: str, artifact: str, directory: str) -> Path:
        """Download an artifact folder; raises StudyError when it is not there."""
        run_id = self.id_of(run_id)
        self._outbox.flush()
        try:
            download = partial(self.client.download_artifacts, run_id, artifact, directory)
            return Path(self.retry.call(download, self.where))
        except (MlflowException, OSError) as error:
            raise StudyError(
                f"run {run_id}: artifact {artifact!r} can't be read: {reason(error)}; put it back, or give name=... "
                "for a new study"
            ) from None

    def tags_of(self, run_id: str) -> dict[str, str]:
        """All tags of a run."""
        run_id = self.id_of(run_id)
        return dict(self._read(lambda: self.client.get_run(run_id)).data.tags)

    def known_id(self, run: str) -> str:
        """Run id for a run's id or key, without asking MLflow: the key itself while the run is not created."""
        return self._delivery.ids.get(run, run)

    def id_of(self, run: str) -> str:
        """Run id for a run's id or key; the key itself when no run has it."""
        ids = self._delivery.ids
        if run.startswith(KEY) and run not in ids:
            self._outbox.flush()
            if run not in ids and (found := self.ask(lambda: self._delivery.created(run))):
                ids[run] = found[0].info.run_id
        return ids.get(run, run)

    @property
    def uri(self) -> str:
        """Where the store is, for workers."""
        return str(mlflow.get_tracking_uri())

    def runs(self, kind: str) -> list[Run]:
        """Runs of this study of one kind that are not deleted."""
        query = f"tags.{names.STUDY} = '{self.study}' and tags.{names.KIND} = '{kind}'"
        return self._read(lambda: list(pages(self.client, self.experiment_id, query)))

    def runs_of_all_studies(self, kind: str) -> list[Run]:
        """Runs of one kind of every study in the experiment."""
        query = f"tags.{names.KIND} = '{kind}'"
        return self._read(lambda: list(pages(self.client, self.experiment_id, query)))

    def runs_of_the_store(self, kind: str, tags: Mapping[str, str]) -> list[Run]:
        """Runs of one kind with these tags, whichever experiment they are in."""
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in {names.KIND: kind, **tags}.items())

        def everywhere() -> list[Run]:
            experiments = [one.experiment_id for one in self.client.search_experiments()]
            return [run for number in experiments for run in pages(self.client, number, query)]

        return self._read(everywhere)

    def finish(self) -> None:
        """End the study run as FINISHED and see everything delivered.

        Raises StoreFailed when it can't be: the next call of the same command delivers the rest.
        """
        self._outbox.flush()
        self.delete_doubles()
        self.end_run(self.run_id, "FINISHED")
        self._outbox.flush()
        self._outbox.close(0)

    def abandon(self, status: str) -> None:
        """End the study run as FAILED or KILLED and deliver what can be delivered soon; the rest waits on disk."""
        try:
            self.end_run(self.run_id, status)
        finally:
            self._outbox.close(min(LAST_WAIT, self.retry.seconds))

    def _create_child(self, kind: str, name: str, tags: Mapping[str, Any]) -> str:
        own = {names.KIND: kind, names.STUDY: self.study, names.PARENT: self.run_id}
        return self._create(name, {**own, **{key: _text(value) for key, value in tags.items()}})

    def _create(self, name: str, tags: Mapping[str, str]) -> str:
        key = f"{KEY}{uuid.uuid4().hex}"
        self._outbox.put(
            {"write": "create", "run": key, "name": name, "at": _now(), "tags": {names.RUN_KEY: key, **tags}}
        )
        return key

    def ask(self, request: Callable[[], Answer]) -> Answer:
        """The answer to a request that may be repeated, MLflow's outages waited out.

        Raises StoreFailed when it stays away or refuses.
        """
        try:
            return self.retry.call(request, self.where)
        except MlflowException as error:
            raise StoreFailed(f"{self.where} refused a request: {reason(error)}") from error

    def _read(self, request: Callable[[], Answer]) -> Answer:
        self._outbox.flush()
        return self.ask(request)

    def _delete(self, run: Run) -> None:
        self.ask(lambda: self.client.delete_run(run.info.run_id))


def _now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


def _pairs(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    return [(key, _text(value)) for key, value in (values or {}).items()]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else str(value)
