"""A command that `mlflow run` starts in the project's folder works where the person stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = (
    "from study.lifecycle.working_folder import stand_where_called as s; s(); import os; print(os.getcwd())"
)
# As `mlflow run` does it: a shell in the project's folder, with the run in its environment.
LAUNCHER = """
import os, subprocess, sys
done = subprocess.run(
    ["bash", "-c", "true; " + sys.argv[1] + "; true"],
    cwd=sys.argv[2], env={**os.environ, "MLFLOW_RUN_ID": "abc"}, capture_output=True, text=True,
)
print(done.stdout, done.stderr)
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("here", ["there", "project"])
def test_it_goes_to_the_folder_of_the_caller(tmp_path, here):
    for name in ("there", "project"):
        (tmp_path / name).mkdir()
    command = f"{sys.executable} -c '{PROGRAM}'"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("MLFLOW_RUN_ID", None)
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, command, str(tmp_path / "project")],
        cwd=tmp_path / here,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(tmp_path / here), done.stdout + done.stderr


def test_without_mlflow_run_it_stays(tmp_path, monkeypatch):
    from study.lifecycle.working_folder import stand_where_called

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    stand_where_called()
    assert Path.cwd() == tmp_path
