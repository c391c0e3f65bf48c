"""Addresses of pages in MLflow's UI."""

import os
import shlex
import sys
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit

from sqlalchemy.engine import make_url

DEFAULT_PORT = "5000"
# A fresh browser shows an experiment as one of GenAI, where runs are evaluations, unless the link says otherwise.
_WORKFLOW = "workflowType=machine_learning"


def host(tracking_uri: str) -> str:
    """Where the UI is: the tracking server without credentials, or where `mlflow ui` listens."""
    parts = urlsplit(tracking_uri)
    if parts.scheme not in ("http", "https"):
        return f"http://127.0.0.1:{_port()}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def absolute_store(tracking_uri: str) -> str:
    """The same store, from whichever folder it is named."""
    if tracking_uri.startswith("sqlite:///"):
        url = make_url(tracking_uri)
        return str(url.set(database=str(Path(url.database or "").absolute())))
    return tracking_uri


def ui_command(tracking_uri: str) -> str:
    """The line that opens the UI on a store that is no server, from whichever folder and environment it is pasted."""
    tracking_uri = absolute_store(tracking_uri)
    beside = Path(sys.executable).with_name("mlflow")
    program = str(beside) if beside.exists() else "mlflow"
    words = [program, "ui", "--backend-store-uri", tracking_uri]
    return shlex.join(words + (["--port", _port()] if _port() != DEFAULT_PORT else []))


def local_artifact(artifact_uri: str, artifact: str) -> str | None:
    """The `file://` address of a run's artifact, which a browser opens without a server; None where it is not here."""
    parts = urlsplit(artifact_uri)
    if parts.scheme not in ("", "file"):
        return None
    path = Path(unquote(parts.path) if parts.scheme else artifact_uri, artifact).absolute()
    return path.as_uri() if path.is_file() else None


def run_page(experiment_id: str, run_id: str) -> str:
    """Overview of a run, without the host, so that it can stand in a note."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?{_WORKFLOW}"


def artifact_page(experiment_id: str, run_id: str, artifact: str) -> str:
    """An artifact of a run, shown in the UI."""
    return f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{quote(artifact)}?{_WORKFLOW}"


def view_page(experiment_id: str, view_id: str, mode: str) -> str:
    """A saved view of the experiment's runs; `mode` is TABLE or CHART."""
    query = urlencode({"viewStateShareKey": view_id, "compareRunsMode": mode})
    return f"#/experiments/{experiment_id}/runs?{query}&{_WORKFLOW}"


def model_page(model_name: str) -> str:
    """A registered model."""
    return f"#/models/{quote(model_name)}?{_WORKFLOW}"


def _port() -> str:
    """Where `mlflow ui` listens: the variable is MLflow's own, and set by the Makefile."""
    return os.environ.get("MLFLOW_PORT") or DEFAULT_PORT
