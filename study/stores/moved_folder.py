"""A moved or copied project folder: MLflow's store keeps whole paths, so they are made good when it is opened."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import mlflow
import sqlalchemy
from sqlalchemy import MetaData, Table, select, update
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from study.stores.defaults import DEFAULT_ARTIFACTS

# Folders beside a SQLite store in which artifacts lie: this project's and MLflow's own.
FOLDERS = (DEFAULT_ARTIFACTS, "mlruns")
# The column of each table that holds an address.
ADDRESSES = {
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "model_versions": "storage_location",
}


def mend_addresses(say: Callable[[str], None]) -> None:
    """Point artifact addresses of a SQLite store into the folder where it lies now, if their files came along.

    What proves that they did are folders named after runs and models, whose names no two stores share. A store whose
    artifacts were always elsewhere is left alone.
    """
    try:
        url = make_url(mlflow.get_tracking_uri())
    except ArgumentError:
        return
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).exists():
        return
    home = Path(url.database).resolve().parent
    engine = sqlalchemy.create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            mended = _mend(connection, home)
    finally:
        engine.dispose()
    if mended:
        say(f"this store was moved or copied: {mended} addresses of artifacts now point into {home}")


def _mend(connection: Connection, home: Path) -> int:
    known = set(sqlalchemy.inspect(connection).get_table_names())
    if not known >= set(ADDRESSES):
        return 0
    places = [_split(address) for _, address in _rows(connection, "experiments")]
    elsewhere = {place[0] for place in places if place} - {home}
    if not elsewhere:
        return 0
    found = [
        (table, row, address, *place)
        for table in ADDRESSES
        for row, address in _rows(connection, table)
        if (place := _split(address)) and place[0] in elsewhere
    ]
    moved = {
        root
        for table, _, _, root, rest in found
        if table in ("runs", "logged_models") and (home / rest).exists()
    }
    # A store without any files has nothing to prove it by but that its old folder is gone. One with files keeps its
    # addresses: they may lie on a disk that is not mounted now.
    with_files = {root for table, _, _, root, _ in found if table in ("runs", "logged_models")}
    moved |= {root for root in elsewhere - moved - with_files if not root.exists()}
    mended = 0
    for name, row, address, root, rest in found:
        if root in moved and ((home / rest).exists() or not (root / rest).exists()):
            table = Table(name, MetaData(), autoload_with=connection)
            same = [table.c[key] == value for key, value in row.items()]
            mend = update(table).where(*same).values({ADDRESSES[name]: _like(address, home / rest)})
            connection.execute(mend)
            mended += 1
    return mended


def _rows(connection: Connection, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Primary key and address of each row of a table that has one."""
    table = Table(name, MetaData(), autoload_with=connection)
    keys = [column.name for column in table.primary_key.columns]
    for row in connection.execute(select(*table.primary_key.columns, table.c[ADDRESSES[name]])).all():
        *values, address = row
        if address:
            yield dict(zip(keys, values, strict=True)), address


def _split(address: str) -> tuple[Path, Path] | None:
    """(folder that the store was in, path below it) of an address on this machine's disk; None for any other."""
    parts = urlsplit(address)
    if parts.scheme not in ("", "file") or parts.netloc:
        return None
    path = Path(unquote(parts.path) if parts.scheme else address)
    places = [number for number, part in enumerate(path.parts) if part in FOLDERS]
    if not path.is_absolute() or not places:
        return None
    return Path(*path.parts[: places[-1]]), Path(*path.parts[places[-1] :])


def _like(address: str, path: Path) -> str:
    """The path in the form of the old address."""
    return path.as_uri() if address.startswith("file:") else str(path)
