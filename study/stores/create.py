"""SQLite files of MLflow or Optuna, made whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import mlflow
from optuna.storages import RDBStorage
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def make_store_whole(uri: str) -> None:
    """Make the SQLite file that a tracking URI names, if there is none yet; other stores are left alone.

    MLflow builds its tables in dozens of steps, and a database that was cut off between two of them can't be opened
    ever again. So it is built under another name and put into place in one step.
    """
    _make_whole(uri, lambda part: mlflow.MlflowClient(tracking_uri=part).search_experiments())


def store_exists(uri: str) -> bool:
    """Whether there is anything to read at a tracking URI: where there is no SQLite file yet, there is not."""
    try:
        parsed = make_url(uri)
    except ArgumentError:
        return True
    return parsed.get_backend_name() != "sqlite" or not parsed.database or Path(parsed.database).exists()


def make_storage_whole(url: str) -> None:
    """The same for the SQLite file of an Optuna storage.

    Cut off between a table and its index, it would take two studies of one name and then give neither.
    """
    _make_whole(url, _make_storage)


def _make_storage(url: str) -> None:
    storage = RDBStorage(url)
    storage.remove_session()
    storage.engine.dispose()


def _make_whole(url: str, make: Callable[[str], object]) -> None:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return
    target = Path(parsed.database)
    if target.exists() or not target.parent.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        part = Path(folder) / target.name
        # Like the address itself, which may be relative because the folder's name has a meaning in an address.
        make(f"sqlite:///{part.absolute() if target.is_absolute() else os.path.relpath(part)}")
        with suppress(FileExistsError):  # another study was quicker
            os.link(part, target)
