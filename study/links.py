"""Addresses of pages in MLflow's UI."""

from urllib.parse import quote, urlencode, urlsplit

LOCAL_HOST = "http://127.0.0.1:5000"
# A fresh browser shows an experiment as one of GenAI, where runs are evaluations, unless the link says otherwise.
_WORKFLOW = "workflowType=machine_learning"


def host(tracking_uri: str) -> str:
    """Where the UI is: the tracking server without credentials, or where `mlflow ui` listens by default."""
    parts = urlsplit(tracking_uri)
    if parts.scheme not in ("http", "https"):
        return LOCAL_HOST
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


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
