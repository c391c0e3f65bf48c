"""Light commands answer before anything heavy is imported."""

import errno
import shutil
import subprocess
import sys
import tempfile

import pytest

from benchmarks.start import COMMANDS, imported
from study.cli import COMMANDS as OTHERS
from study.cli import _line_of, parse


@pytest.mark.parametrize(
    "name", ["help", "version", "unknown parameter", "unknown command", "unknown value", "missing file"]
)
def test_what_needs_no_package_imports_none(name):
    assert imported(COMMANDS[name]) == []


def test_layers_imports_nothing_of_the_study():
    assert set(imported(COMMANDS["layers"])) <= {"torch", "numpy", "pandas"}


def test_a_missing_file_is_one_line_that_says_what_was_meant(tmp_path):
    (tmp_path / "candles.csv").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "study", "study", "--data", str(tmp_path / "candels.csv")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "no such file" in done.stderr and "candles.csv" in done.stderr


def test_a_full_temporary_folder_is_named(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full = OSError(errno.ENOSPC, "No space left on device")
    line = _line_of(full)
    assert "No space left" in line and str(tmp_path) not in line
    monkeypatch.setattr(
        shutil, "disk_usage", lambda place: usage._replace(free=0 if place == str(tmp_path) else 2**40)
    )
    assert _line_of(full).startswith(f"{tmp_path}: ") and "No space left" in _line_of(full)
    none = FileNotFoundError(errno.ENOENT, f"No usable temporary directory found in ['{tmp_path}']")
    assert str(tmp_path) in _line_of(none) and "set TMPDIR" in _line_of(none)


def test_every_command_says_its_defaults():
    for command, parameters in OTHERS.items():
        needed = [f"--{name}=1" for name, (_, default) in parameters.items() if default is None]
        assert set(parse([command, *needed])[1]) == set(parameters)
