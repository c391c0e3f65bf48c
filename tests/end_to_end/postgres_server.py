"""A PostgreSQL server of a test's own: Debian's, on this machine alone, with a password."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from .faulty_server import free_port

USER, PASSWORD = "study", "s3cret-word"


class PostgresServer:
    """Starts an empty server; a context manager. Skips the test where PostgreSQL is not installed."""

    def __init__(self) -> None:
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [
            str(Path(shutil.which("initdb") or "/none/x").parent)
        ]
        self.programs = Path(found[-1])
        if not (self.programs / "initdb").exists():
            pytest.skip("needs PostgreSQL: apt-get install postgresql")

    def __enter__(self) -> "PostgresServer":
        # Not under pytest's folder, which the server's user may not enter.
        self.folder = Path(tempfile.mkdtemp(prefix="layer-study-postgres-"))
        self.port = free_port()
        password = self.folder / "password"
        password.write_text(PASSWORD)
        # The server refuses to run as root.
        self._as = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        if self._as:
            owner = pwd.getpwnam("postgres")
            for path in (self.folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        words = ["-D", "data", "-U", USER, "--auth=scram-sha-256", "--pwfile=password", "--no-sync"]
        self._call("initdb", *words)
        self.start()
        for name in ("mlflow", "optuna"):
            with psycopg.connect(self.uri("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def uri(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder), "-F"]
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", "data", *options],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as,
        )
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.uri("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None and time.monotonic() < until
                time.sleep(0.1)

    def stop(self) -> None:
        """Cut every connection and end."""
        self.process.terminate()
        time.sleep(0.1)
        if self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT: without waiting for clients
        self.process.wait(30)

    def dump(self, database: str) -> str:
        """Everything in a database as text."""
        return self._call("pg_dump", self.uri(database))

    def _call(self, program: str, *words: str) -> str:
        done = subprocess.run(
            [self.programs / program, *words], cwd=self.folder, capture_output=True, text=True, **self._as
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
