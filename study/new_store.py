"""MLflow's database, made whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import mlflow
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def make_store_whole(uri: str) -> None:
    """Make the SQLite file that a tracking URI names, if there is none yet; other stores are left alone.

    MLflow builds its tables in dozens of steps, and a database that was cut off between two of them can't be opened
    ever again. So it is built under another name and put into place in one step.
    """
    try:
        url = make_url(uri)
    except ArgumentError:
        return
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    target = Path(url.database)
    if target.exists() or not target.parent.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        part = Path(folder) / target.name
        mlflow.MlflowClient(tracking_uri=f"sqlite:///{part.absolute()}").search_experiments()
        with suppress(FileExistsError):  # another study was quicker
            os.link(part, target)
