"""The first word with a server or database: one line at once when it can't be used."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import sqlalchemy
from alembic.script import ScriptDirectory
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT
from mlflow.exceptions import MlflowException, RestException
from mlflow.store.db.utils import _get_alembic_config
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.pool import NullPool

from study.display import without_secrets
from study.errors import StudyError
from study.stores.retry import Retry, is_passing, reason

# Seconds that a server or database may take for its first answer.
ANSWER_TIME = 10


def check_tracking(retry: Retry) -> None:
    """Raise StudyError, one line, unless MLflow's store answers: a server, or a database of a known schema."""
    for uri in dict.fromkeys((mlflow.get_tracking_uri(), mlflow.get_registry_uri())):
        shown = f"MLFLOW_TRACKING_URI={without_secrets(uri)}"
        if urlsplit(uri).scheme in ("http", "https"):
            _ask_server(uri, shown)
        elif "://" in uri and urlsplit(uri).scheme != "file":
            check_database(uri, shown, retry, versioned=_check_mlflow_schema)


def check_database(
    uri: str, shown: str, retry: Retry, *, versioned: Callable[[Engine, str], None] | None = None
) -> None:
    """Raise StudyError, beginning with `shown`, unless the database can be written; a locked one is waited for.

    Nothing is created: a SQLite file that does not exist needs a folder that can be written.
    """
    try:
        url = make_url(uri)
        engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args=_connect_args(url))
    except sqlalchemy.exc.ArgumentError:
        raise StudyError(f"{shown} is no address of a server or a database") from None
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        raise StudyError(f"{shown} {_remedy(url, error)}") from None
    if url.get_backend_name() == "sqlite" and (path := _file(url)):
        _check_file(path, shown)
        if not path.exists():
            return

    def write() -> None:
        with engine.connect() as connection:
            if url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.exec_driver_sql("ROLLBACK")

    try:
        if url.get_backend_name() == "sqlite":
            retry.call(write, shown)
        else:
            write()
        if versioned is not None:
            versioned(engine, shown)
    except sqlalchemy.exc.SQLAlchemyError as error:
        what = "does not answer" if is_passing(error) else "can't be used"
        raise StudyError(f"{shown} {what}: {reason(error)}") from None
    finally:
        engine.dispose()


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """MLflow's client answers for the first attempt, instead of repeating it for minutes."""
    settings = {
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.name: 0,
        MLFLOW_HTTP_REQUEST_TIMEOUT.name: min(ANSWER_TIME, MLFLOW_HTTP_REQUEST_TIMEOUT.get()),
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update({name: str(value) for name, value in settings.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _ask_server(uri: str, shown: str) -> None:
    try:
        with at_once():
            mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri).search_experiments(max_results=1)
    except MlflowException as error:
        text = str(error)
        code = error.error_code if isinstance(error, RestException) else ""
        if code in ("UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED") or any(
            f"error code {status} " in text for status in (401, 403)
        ):
            raise StudyError(
                f"{shown} lets no one in without the right user and password: set MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
            ) from None
        if is_passing(error):
            raise StudyError(f"{shown} does not answer: {reason(error)}; is the server running?") from None
        raise StudyError(f"{shown} is no MLflow server that can be used: {reason(error)}") from None


def _check_mlflow_schema(engine: Engine, shown: str) -> None:
    tables = sqlalchemy.inspect(engine).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise StudyError(f"{shown} holds something else than MLflow's tables; give an empty database")
        return
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    known = {each.revision for each in ScriptDirectory.from_config(_get_alembic_config("")).walk_revisions()}
    if found is not None and found not in known:
        raise StudyError(
            f"{shown} was written by a newer MLflow than {mlflow.__version__} (schema {found}): install that one, or "
            "use another database"
        )


def _connect_args(url: URL) -> dict[str, int]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": 1}
    return {"connect_timeout": ANSWER_TIME} if url.get_backend_name() in ("postgresql", "mysql") else {}


def _file(url: URL) -> Path | None:
    return Path(url.database) if url.database and url.database != ":memory:" else None


def _check_file(path: Path, shown: str) -> None:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise StudyError(f"{shown} can't be created: {folder} is no folder")
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise StudyError(f"{shown} can't be used: {place} can't be written")


def _remedy(url: URL, error: BaseException) -> str:
    if url.get_backend_name() == "postgresql":
        return (
            f"needs a driver ({reason(error)}): pip install 'psycopg[binary]' and write "
            f"postgresql+psycopg://{url.host or ''}/{url.database or ''}"
        )
    return f"needs a driver: {reason(error)}"
