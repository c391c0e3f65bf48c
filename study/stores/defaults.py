"""The store and the experiment that a study goes to where MLflow's own variables name no other."""

import logging
import os
from pathlib import Path

import mlflow

from study.errors import StudyError

DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"
DEFAULT_ARTIFACTS = "mlartifacts"
DEFAULT_EXPERIMENT = "timesnet-layer-study"


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
    local = mlflow.get_tracking_uri().partition(":")[0].partition("+")[0] in ("sqlite", "postgresql", "mysql")
    location = Path(DEFAULT_ARTIFACTS).absolute().as_uri() if local else None
    return client.create_experiment(name, artifact_location=location)
