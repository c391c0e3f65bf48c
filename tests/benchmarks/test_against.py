"""Two checkouts beside each other."""

import io
import json

import pytest

from benchmarks import against


def test_every_task_is_timed_by_the_process_of_a_checkout(monkeypatch, capsys):
    names = list(against.tasks(quick=True))
    assert {name.split()[0].rstrip(",") for name in names} >= {
        "training",
        "inference",
        "extract",
        "capture",
        "knn",
    }
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(json.dumps, names))))
    against.main(["--quick", "--serve"])
    assert all(float(line) >= 0 for line in capsys.readouterr().out.split())


def test_a_process_imports_what_its_checkout_holds(tmp_path, capfd):
    (tmp_path / "torch.py").write_text("raise SystemExit('this checkout')")
    with against.server(tmp_path, quick=True) as seconds, pytest.raises(SystemExit, match=str(tmp_path)):
        seconds("knn")
    assert "this checkout" in capfd.readouterr().err
