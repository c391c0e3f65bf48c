"""A store that can't be used is one line at once: before data are prepared and before anything is written."""

import importlib
import sqlite3
import subprocess
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
import pytest

from study.cli import main

from .faulty_server import free_port

opening = importlib.import_module("study.lifecycle.open_study")

SECRET = "s3cret-word"


@pytest.fixture
def complain(tmp_path, monkeypatch, capsys):
    """Runs a study against a store; returns the one line that it ends with."""
    monkeypatch.chdir(tmp_path)

    def never(*_):
        raise AssertionError("data are prepared before the store was asked")

    monkeypatch.setattr(opening, "prepare", never)

    def run(uri, *words):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        before = set(tmp_path.iterdir())
        assert main(["study", *words]) == 2
        printed = capsys.readouterr()
        (line,) = [line for line in printed.err.splitlines() if line.strip()]
        assert line.startswith("error: ")
        assert SECRET not in printed.out + printed.err
        assert set(tmp_path.iterdir()) == before
        return line

    return run


@pytest.fixture
def website():
    """Answers every request with `status` and a page that is no JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(self.server.status)
            self.end_headers()
            self.wfile.write(b"<html>Welcome</html>")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_server_that_is_down(complain):
    line = complain(f"http://someone:{SECRET}@127.0.0.1:{free_port()}")
    assert "does not answer" in line and "refused" in line


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, "no MLflow server"),
        (404, "no MLflow server"),
        (401, "MLFLOW_TRACKING_USERNAME"),
        (403, "MLFLOW_TRACKING_USERNAME"),
        (503, "does not answer"),
    ],
)
def test_a_server_that_is_no_use(complain, website, status, words):
    website.status = status
    assert words in complain(f"http://127.0.0.1:{website.server_port}")


def test_a_database_that_can_not_be_created(complain, tmp_path):
    (tmp_path / "file").write_text("")
    assert "is no folder" in complain(f"sqlite:///{tmp_path}/file/mlflow.db")


def test_a_file_that_is_no_database(complain, tmp_path):
    (tmp_path / "mlflow.db").write_text("what is this" * 1000)
    assert "not a database" in complain(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_database_on_a_read_only_disk(complain, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        with closing(sqlite3.connect(disk / "mlflow.db")) as database:
            database.execute("CREATE TABLE alembic_version (version_num)")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert "can't be written" in complain(f"sqlite:///{disk}/mlflow.db")
        assert "can't be written" in complain(f"sqlite:///{disk}/other.db")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_database_of_a_newer_mlflow_or_of_something_else(complain, tmp_path):
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
        database.commit()
        assert f"newer MLflow than {mlflow.__version__}" in complain(f"sqlite:///{path}")
        database.execute("DROP TABLE alembic_version")
        database.execute("CREATE TABLE customers (name)")
        database.commit()
    assert "something else" in complain(f"sqlite:///{path}")


def test_a_locked_database_is_waited_for_then_said(complain, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE other (name)")
        database.execute("BEGIN IMMEDIATE")
        assert "locked" in complain(f"sqlite:///{path}")


def test_a_storage_that_is_down_or_has_no_driver(complain, tmp_path):
    store = f"sqlite:///{tmp_path}/mlflow.db"
    line = complain(store, "--storage", f"postgresql://someone:{SECRET}@127.0.0.1:{free_port()}/optuna")
    assert "does not answer" in line and "refused" in line
    line = complain(store, "--storage", f"postgresql+psycopg2://someone:{SECRET}@127.0.0.1/optuna")
    assert "psycopg[binary]" in line
    assert "no address" in complain(store, "--storage", "somewhere")
