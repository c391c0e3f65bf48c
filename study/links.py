"""Addresses of pages in MLflow's UI."""

from urllib.parse import quote, urlencode, urlsplit

LOCAL_HOST = "http://127.0.0.1:5000"


def host(tracking_uri: str) -> str:
    """Where the UI is: the tracking server without credentials, or where `mlflow ui` listens by default."""
    parts = urlsplit(tracking_uri)
    if parts.scheme not in ("http", "https"):
        return LOCAL_HOST
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def run_page(experiment_id: str, run_id: str) -> str:
    """Overview of a run, without the host, so that it can stand in a note."""
    return f"#/experiments/{experiment_id}/runs/{run_id}"


def artifact_page(experiment_id: str, run_id: str, artifact: str) -> str:
    """An artifact of a run, shown in the UI."""
    return f"{run_page(experiment_id, run_id)}/artifacts/{quote(artifact)}"


def view_page(experiment_id: str, view_id: str, mode: str) -> str:
    """A saved view of the experiment's runs; `mode` is TABLE or CHART."""
    # A fresh browser opens the GenAI page of an experiment unless the link names the workflow.
    query = urlencode(
        {"viewStateShareKey": view_id, "compareRunsMode": mode, "workflowType": "machine_learning"}
    )
    return f"#/experiments/{experiment_id}/runs?{query}"


def model_page(model_name: str) -> str:
    """A registered model."""
    return f"#/models/{quote(model_name)}"
