"""The model registry: a study's winner becomes a version of a model."""

import logging
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import mlflow
from mlflow.entities import Metric
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from study.publish.champion import place, versions_of
from timesnet import Extractor, pyfunc_parts
from timesnet.extractor import save_extractor

# Tags that two versions share only if they are the same study's same winner.
IDENTITY = ("study", "candidate", "data_digest", "checkpoint_digest")
LOGGED_NAME = "embedder"
# MLflow copies the run's metrics of one step to a model that is logged; no metric has this one.
NO_STEP = -1
# What a registered model says of itself from its creation on, until a person writes something else.
ABOUT = (
    "Turns each window of a time series into a vector, by the layer of a TimesNet that a layer study found best; each "
    'version is one study\'s winner. Load the champion, `mlflow.pyfunc.load_model("models:/{name}@champion")`, not the '
    "newest version."
)


Answer = TypeVar("Answer")


class Ask(Protocol):
    """Makes a request to MLflow and repeats it through an outage."""

    def __call__(self, request: Callable[[], Answer]) -> Answer:
        """The request's answer."""


@dataclass(frozen=True)
class Scores:
    """What a logged model scores on one data set of its run, by the set's name and digest."""

    name: str
    digest: str
    metrics: Mapping[str, float]


def register(
    extractor: Extractor,
    *,
    model_name: str,
    run_id: str,
    tags: Mapping[str, Any],
    description: str,
    params: Mapping[str, Any],
    scores: Sequence[Scores] = (),
    say: Callable[[str], None],
    ask: Ask,
) -> ModelVersion:
    """Log the extractor as a pyfunc model on the study run, register it and decide on its alias.

    The logged model has the layer's own `params` and `scores`, not those of the run.

    Registering the same study's same winner again, after a crash say, finds the version that is there: each step,
    made through `ask`, looks first what an earlier attempt has left.
    """
    client = mlflow.MlflowClient()
    values = {key: str(value) for key, value in tags.items()}
    identity = {key: values[key] for key in IDENTITY}

    def same() -> list[ModelVersion]:
        found = [v for v in versions_of(client, model_name) if identity.items() <= v.tags.items()]
        return sorted(found, key=lambda v: int(v.version))

    versions = ask(same)
    if not versions:
        uri = ask(lambda: _log(extractor, run_id, identity, params, scores))
        ask(lambda: _create_name(client, model_name))

        def create() -> list[ModelVersion]:
            # The answer of an earlier attempt may be what got lost.
            return same() or [
                client.create_model_version(
                    model_name,
                    uri,
                    run_id=run_id,
                    # A server refuses a logged model as a version's source unless its id is named too.
                    model_id=uri.removeprefix("models:/"),
                    tags=values,
                    description=description,
                )
            ]

        ask(create)
        versions = ask(same)
    for number in [str(v.version) for v in versions[1:]]:
        # A slow server carried out both of two requests for one version.
        ask(partial(client.delete_model_version, model_name, number))
    ask(lambda: delete_unused_models(client, run_id, model_name, identity))
    ask(lambda: place(client, versions[0], say))
    return versions[0]


def delete_unused_models(
    client: mlflow.MlflowClient, run_id: str, model_name: str, identity: Mapping[str, str]
) -> None:
    """Delete models that an interrupted registration of the same winner logged and no version came of."""
    experiment = client.get_run(run_id).info.experiment_id
    logged = client.search_logged_models([experiment], filter_string=f"name = '{LOGGED_NAME}'")
    used = {str(v.source).rpartition("/")[2] for v in versions_of(client, model_name)}
    for model in logged:
        if model.model_id not in used and identity.items() <= model.tags.items():
            client.delete_logged_model(model.model_id)


def _log(
    extractor: Extractor,
    run_id: str,
    identity: Mapping[str, str],
    params: Mapping[str, Any],
    scores: Sequence[Scores],
) -> str:
    client = mlflow.MlflowClient()
    experiment = client.get_run(run_id).info.experiment_id
    with tempfile.TemporaryDirectory(prefix="layer-study-") as folder:
        save_extractor(extractor, Path(folder) / "extractor")
        parts = pyfunc_parts(Path(folder) / "extractor", Path(folder) / "code")
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        # Made here, since MLflow would give it all params and metrics of the run.
        logged = client.create_logged_model(
            experiment,
            LOGGED_NAME,
            run_id,
            tags=dict(identity),
            params={key: str(value) for key, value in params.items()},
        )
        with mlflow.start_run(run_id=run_id):
            model = mlflow.pyfunc.log_model(model_id=logged.model_id, step=NO_STEP, **parts)
    now = int(time.time() * 1000)
    metrics = [
        Metric(
            key, value, now, 0, model_id=logged.model_id, dataset_name=split.name, dataset_digest=split.digest
        )
        for split in scores
        for key, value in split.metrics.items()
    ]
    if metrics:
        client.log_batch(run_id, metrics=metrics)
    return str(model.model_uri)


def _create_name(client: mlflow.MlflowClient, model_name: str) -> None:
    try:
        client.create_registered_model(model_name, description=ABOUT.format(name=model_name))
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
