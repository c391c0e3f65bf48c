"""The run that `mlflow run` has started for a command, told what it is for."""

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from study.display import without_secrets
from study.errors import StudyError

if TYPE_CHECKING:  # at the command line a mistake answers before MLflow is imported
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

TITLES = {
    "study": "study {data}",
    "probe": "probe {checkpoint}",
    "extract": "extract {data}",
    "layers": "layers {checkpoint}",
    "neighbours": "neighbours {data}",
    "fetch": "fetch {symbol}",
    "promote": "promote {model_name} {version}",
}
PATHS = ("data", "checkpoint")
VARIABLE = "MLFLOW_RUN_ID"


def adopted_run(client: "MlflowClient", study: str) -> "Run | None":
    """The run that `mlflow run` started for this study; None where there is none.

    Raises StudyError, one line, where MLFLOW_RUN_ID is left from something else; MlflowException where the store does
    not answer.
    """
    from mlflow.exceptions import MlflowException

    from study.metrics import names

    run_id = os.environ.get(VARIABLE)
    if not run_id:
        return None
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        raise StudyError(
            f"{VARIABLE}={run_id!r}: no such run in this MLflow store; unset {VARIABLE}"
        ) from None
    why, owner = why_not_adopted(run), run.data.tags.get(names.STUDY, study)
    if not why and owner != study:
        why = f"belongs to study {owner!r}"
    if why:
        raise StudyError(f"{VARIABLE}={run_id!r}: that run {why}; unset {VARIABLE}")
    return run


def why_not_adopted(run: "Run") -> str:
    """Why a run is not one that `mlflow run` has just started; empty where it may be."""
    if run.info.lifecycle_stage != "active":
        return "is deleted"
    if run.info.status != "RUNNING":
        return f"has ended ({run.info.status})"
    if run.data.tags.get("mlflow.source.type", "PROJECT") != "PROJECT":
        return "was not started by `mlflow run`"
    return ""


def run_title(command: str, parameters: Mapping[str, Any]) -> str:
    """The command and what it works on, a file by its name alone."""
    values = {key: str(value) for key, value in parameters.items()}
    values |= {key: values[key].rstrip("/").rpartition("/")[2] for key in PATHS if key in values}
    return without_secrets(TITLES[command].format(**values))


def describe_run(title: str, *, error: str | None = None) -> None:
    """Name the run that `mlflow run` started for this command, if it did, and let its note say what went wrong.

    A run that a study has made its own is left as it is. So is one whose store fails: that must not hide what the
    command itself has to say.
    """
    run_id = os.environ.get(VARIABLE)
    if not run_id:
        return
    try:
        import mlflow
        from mlflow.entities import RunTag

        from study.display.markdown import code
        from study.metrics import names
        from study.stores.check import at_once
        from study.stores.defaults import use_default_store

        use_default_store()
        client = mlflow.MlflowClient()
        with at_once():
            run = client.get_run(run_id)
            if why_not_adopted(run) or (error is not None and names.STUDY in run.data.tags):
                return
            tags = {names.RUN_NAME: title} | ({} if error is None else {names.NOTE: code(error)})
            client.log_batch(run_id, tags=[RunTag(*pair) for pair in tags.items()])
    except Exception as failure:
        logging.getLogger(__name__).debug("run %s could not be named: %s", run_id, failure)
