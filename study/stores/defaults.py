"""The store and the experiment that a study goes to where MLflow's own variables name no other."""

import logging
import os
from pathlib import Path

import mlflow
from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException

from study.errors import StudyError

DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"
DEFAULT_ARTIFACTS = "mlartifacts"
DEFAULT_EXPERIMENT = "timesnet-layer-study"
EXPERIMENT_ID, EXPERIMENT_NAME = "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"


def use_default_store() -> None:
    """Point MLflow at `sqlite:///mlflow.db` in this directory unless MLFLOW_TRACKING_URI says otherwise."""
    # A bar for each of many small files would bury the study's own lines.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # Nor two lines for each of a hundred runs, which hold the server's address with its password.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    # MLflow logs a traceback for every refusal of a database, also one that passes; the study says it in a line.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        mlflow.set_tracking_uri(DEFAULT_TRACKING_URI)


def find_experiment(client: mlflow.MlflowClient) -> Experiment | None:
    """The experiment that MLFLOW_EXPERIMENT_ID or MLFLOW_EXPERIMENT_NAME names, else the project's own; None if new.

    Raises StudyError, one line, where there is no such id, the two name different ones or it is deleted.
    """
    number, name = os.environ.get(EXPERIMENT_ID), os.environ.get(EXPERIMENT_NAME)
    experiment: Experiment | None
    if number:
        try:
            experiment = client.get_experiment(number)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            raise StudyError(
                f"{EXPERIMENT_ID}={number!r}: no such experiment; unset {EXPERIMENT_ID}"
            ) from None
        if name and experiment.name != name:
            raise StudyError(
                f"{EXPERIMENT_ID}={number} is experiment {experiment.name!r}, {EXPERIMENT_NAME} says {name!r}; "
                "unset one of them"
            )
    else:
        experiment = client.get_experiment_by_name(name or DEFAULT_EXPERIMENT)
    if experiment is not None and experiment.lifecycle_stage != "active":
        raise StudyError(f"experiment {experiment.name!r} is deleted; restore it or set {EXPERIMENT_NAME}")
    return experiment


def open_experiment(client: mlflow.MlflowClient) -> str:
    """Id of the experiment that `find_experiment` finds, created if need be.

    Beside a local database its artifacts go under `mlartifacts/`.
    """
    experiment = find_experiment(client)
    if experiment is not None:
        return str(experiment.experiment_id)
    # A server decides itself where artifacts go; beside a local database they go next to it.
    local = mlflow.get_tracking_uri().partition(":")[0].partition("+")[0] in ("sqlite", "postgresql", "mysql")
    location = Path(DEFAULT_ARTIFACTS).absolute().as_uri() if local else None
    name = os.environ.get(EXPERIMENT_NAME) or DEFAULT_EXPERIMENT
    return client.create_experiment(name, artifact_location=location)
