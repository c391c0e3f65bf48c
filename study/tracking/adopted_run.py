"""The run that `mlflow run` has started for a command, told what it is for."""

import logging
import os
from collections.abc import Mapping
from typing import Any

from study.display import without_secrets

TITLES = {
    "study": "study {data}",
    "probe": "probe {checkpoint}",
    "extract": "extract {data}",
    "layers": "layers {checkpoint}",
    "fetch": "fetch {symbol}",
    "promote": "promote {model_name} {version}",
}
PATHS = ("data", "checkpoint")


def run_title(command: str, parameters: Mapping[str, Any]) -> str:
    """The command and what it works on, a file by its name alone."""
    values = {key: str(value) for key, value in parameters.items()}
    values |= {key: values[key].rstrip("/").rpartition("/")[2] for key in PATHS if key in values}
    return without_secrets(TITLES[command].format(**values))


def describe_run(title: str, *, error: str | None = None) -> None:
    """Name the run that MLFLOW_RUN_ID stands for, if it does, and let its note say what went wrong.

    A run that a study has made its own is left as it is. So is one whose store fails: that must not hide what the
    command itself has to say.
    """
    run_id = os.environ.get("MLFLOW_RUN_ID")
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
            if error is not None and names.STUDY in client.get_run(run_id).data.tags:
                return
            tags = {names.RUN_NAME: title} | ({} if error is None else {names.NOTE: code(error)})
            client.log_batch(run_id, tags=[RunTag(*pair) for pair in tags.items()])
    except Exception as failure:
        logging.getLogger(__name__).debug("run %s could not be named: %s", run_id, failure)
