"""The audit of the locks says what it looked up, and does not claim what it could not."""

import json
import subprocess

import pytest

from tools import audit

SOUND = {"name": "numpy", "version": "2.4.6", "vulns": []}
SKIPPED = {"name": "torch", "skip_reason": "Dependency not found on PyPI"}


def vulnerable(*fixed):
    return {"name": "x", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": list(fixed)}]}


@pytest.mark.parametrize(
    ("packages", "said", "code", "words"),
    [
        ([SOUND, SKIPPED], "", 0, ["1 pinned packages looked up, 0 known", "1 are not in the database"]),
        ([SKIPPED, SKIPPED], "", 0, ["can't be reached", "no package was audited"]),
        ([SOUND, vulnerable("1.1")], "", 1, ["x 1 has CVE-1, fixed in 1.1", "1 known"]),
        ([vulnerable()], "", 0, ["without a fix so far", "1 known"]),
        (None, "requests.exceptions.ConnectionError: HTTPSConnectionPool", 0, ["can't be reached"]),
        (None, "ERROR: requirements.lock: no such file", 1, ["pip-audit failed", "no such file"]),
        (None, "", 1, ["pip-audit failed"]),
    ],
)
def test_outcomes(monkeypatch, capsys, packages, said, code, words):
    def run(command, **_):
        assert [word for word in command if word.endswith(".lock")] == list(audit.LOCKS)
        if packages is not None:
            with open(command[-1], "w") as answer:
                json.dump({"dependencies": packages}, answer)
        return subprocess.CompletedProcess(command, 1, "", said)

    monkeypatch.setattr(audit.subprocess, "run", run)
    assert audit.main() == code
    printed = "".join(capsys.readouterr())
    for word in words:
        assert word in printed
    assert "0 known" not in printed or "looked up" in printed
