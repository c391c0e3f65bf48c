"""Writes arrive in order, each at least once, whatever the server, the disk and the process do."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import requests

from study.errors import StoreFailed
from study.stores.retry import Retry
from study.tracking.journal import JOURNAL
from study.tracking.outbox import Outbox


class Server:
    """Takes deliveries, or fails as it is told."""

    def __init__(self):
        self.got = []
        self.failure = None
        self.lose_answers = 0
        self.answers = threading.Event()

    def __call__(self, write, again):
        if self.failure is not None:
            raise self.failure
        self.got.append((write["n"], again))
        if self.lose_answers:
            self.lose_answers -= 1
            raise requests.ConnectionError("the answer was lost")


@pytest.fixture
def said():
    return []


@pytest.fixture
def retry(said, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
    return Retry(said.append)


def opened(folder, server, retry, where="MLflow at x"):
    return Outbox(folder, where=where, deliver=server, retry=retry)


def lines(folder):
    return (folder / JOURNAL).read_text().splitlines()


def test_writes_are_delivered_in_order_and_leave_the_journal(tmp_path, retry):
    server = Server()
    box = opened(tmp_path, server, retry)
    for n in range(100):
        box.put({"n": n})
    box.flush()
    assert server.got == [(n, False) for n in range(100)]
    assert len(lines(tmp_path)) == 1
    box.close(0)


def test_a_write_whose_answer_was_lost_is_repeated_and_told_so(tmp_path, retry):
    server = Server()
    server.lose_answers = 1
    box = opened(tmp_path, server, retry)
    box.put({"n": 0})
    box.put({"n": 1})
    box.flush()
    assert server.got == [(0, False), (0, True), (1, False)]


def test_an_outage_is_said_once_and_when_it_is_over(tmp_path, retry, said):
    server = Server()
    server.failure = requests.ConnectionError("Connection refused")
    box = opened(tmp_path, server, retry)
    for n in range(5):
        box.put({"n": n})
    with pytest.raises(StoreFailed, match=r"does not answer since .*Connection refused.*same command"):
        box.flush(1.2)
    while not said:
        time.sleep(0.05)
    server.failure = None
    while len(server.got) < 5:  # it gave up waiting, not delivering
        time.sleep(0.05)
    box.close(5)
    assert len(said) == 2 and "retrying" in said[0] and "answers again" in said[1]


def test_what_was_not_delivered_is_by_the_next_process(tmp_path, retry):
    gone = Server()
    gone.failure = requests.ConnectionError("no")
    box = opened(tmp_path, gone, retry)
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.txt").write_text("kept")
    kept = box.keep_files(files)
    box.put({"n": 0, "folder": kept})
    box.put({"n": 1})
    box.close(0)
    # A kill in the middle of the last line, and of a copy that no write names.
    with (tmp_path / JOURNAL).open("a") as journal:
        journal.write('{"n": 2')
    (tmp_path / "half.part").mkdir()

    server = Server()
    box = opened(tmp_path, server, retry)
    assert box.left == 2
    box.put({"n": 3})
    box.flush()
    assert server.got == [(0, True), (1, True), (3, False)]
    assert (tmp_path / kept / "a.txt").read_text() == "kept"
    assert not (tmp_path / "half.part").exists()
    box.close(0)


def left_behind(folder, retry, n=6):
    """A journal of so many writes, as an outage leaves it; its lines, the heading first."""
    gone = Server()
    gone.failure = requests.ConnectionError("no")
    box = opened(folder, gone, retry)
    for number in range(n):
        box.put({"n": number, "text": f"value {number}"})
    box.close(0)
    return (folder / JOURNAL).read_bytes().splitlines(keepends=True)


DAMAGE = {
    "cut short": lambda line: line[:9] + b"\n",
    "no text": lambda line: b"\xff\xfe\x00" + line[3:],
    "no object": lambda line: b"[1, 2]\n",
    "a number": lambda line: b"5\n",
    "another value": lambda line: line.replace(b"value", b"velue"),
    "another key": lambda line: line.replace(b'"n"', b'"m"'),
    "empty": lambda line: b"\n",
    "nested deep": lambda line: b"[" * 100_000 + b"\n",
    "a long number": lambda line: b'{"n": ' + b"9" * 5000 + b"}\n",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("where", [1, 3, 6])
def test_a_damaged_line_costs_itself_alone_and_is_set_aside(tmp_path, retry, said, damage, where):
    found = left_behind(tmp_path, retry)
    found[where] = DAMAGE[damage](found[where])
    (tmp_path / JOURNAL).write_bytes(b"".join(found))
    server = Server()
    box = opened(tmp_path, server, retry)
    box.flush()
    assert [n for n, _ in server.got] == [n for n in range(6) if n != where - 1]
    assert box.set_aside.read_bytes() == found[where]
    assert any(f"line {where + 1} is damaged" in line and "set aside" in line for line in said)
    box.put({"n": 6})
    box.flush()
    box.close(0)
    again = opened(tmp_path, Server(), retry)
    assert again.left == 0 and again.set_aside is None
    again.close(0)


@pytest.mark.parametrize("heading", [b"[]\n", b"null\n", b"\xff\n", b'{"where": 5}\n', b'{"whe'])
def test_a_damaged_first_line_keeps_no_write_back(tmp_path, retry, heading):
    found = left_behind(tmp_path, retry)
    (tmp_path / JOURNAL).write_bytes(b"".join([heading.removesuffix(b"\n") + b"\n", *found[1:]]))
    server = Server()
    box = opened(tmp_path, server, retry)
    box.flush()
    assert [n for n, _ in server.got] == list(range(6)) and box.set_aside is not None
    box.close(0)


def test_what_is_refused_for_what_is_damaged_keeps_no_write_back(tmp_path, retry):
    found = left_behind(tmp_path, retry)
    (tmp_path / JOURNAL).write_bytes(b"".join([*found[:2], b"?\n", *found[3:]]))
    got = []

    def deliver(write, again):
        if write["n"] in (2, 3):
            raise ValueError("no such run")
        got.append(write["n"])

    box = Outbox(tmp_path, where="MLflow at x", deliver=deliver, retry=retry)
    box.flush()
    assert got == [0, 4, 5] and len(box.set_aside.read_bytes().splitlines()) == 3
    box.close(0)


def test_a_killed_process_loses_no_write(tmp_path):
    script = """
        import os, signal, sys, threading
        from pathlib import Path
        from study.tracking.outbox import Outbox
        from study.stores.retry import Retry
        def deliver(write, again):
            if write["n"] == 3:
                threading.Event().wait()
        box = Outbox(Path(sys.argv[1]), where="x", deliver=deliver, retry=Retry(print))
        for n in range(10):
            box.put({"n": n})
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], cwd=Path(__file__).parents[3]
    )
    assert done.returncode == -signal.SIGKILL
    server = Server()
    box = opened(tmp_path, server, Retry(print), where="x")
    box.flush()
    assert [n for n, _ in server.got][-7:] == list(range(3, 10))
    box.close(0)


def test_what_belongs_to_another_server_is_not_sent_to_this_one(tmp_path, retry):
    gone = Server()
    gone.failure = requests.ConnectionError("no")
    box = opened(tmp_path, gone, retry, where="MLflow at first")
    box.put({"n": 0})
    box.close(0)
    with pytest.raises(StoreFailed, match="MLflow at first, not for MLflow at second"):
        opened(tmp_path, Server(), retry, where="MLflow at second")


def test_an_interrupted_study_does_not_wait_for_a_server_that_hangs(tmp_path, retry, said):
    server = Server()
    box = Outbox(tmp_path, where="x", deliver=lambda *_: server.answers.wait(), retry=retry)
    box.put({"n": 0})
    box.close(0.5)
    assert "1 writes for x are kept" in said[-1]
    assert len(lines(tmp_path)) == 2
    server.answers.set()


def test_an_empty_outbox_belongs_to_no_server(tmp_path, retry):
    opened(tmp_path, Server(), retry, where="MLflow at first").close(0)
    box = opened(tmp_path, Server(), retry, where="MLflow at second")
    box.put({"n": 0})
    box.flush()
    assert lines(tmp_path) == ['{"where": "MLflow at second"}']
    box.close(0)


def test_a_refusal_ends_the_study_and_keeps_the_write(tmp_path, retry):
    server = Server()
    server.failure = ValueError("no such run")
    box = opened(tmp_path, server, retry)
    box.put({"n": 0})
    with pytest.raises(StoreFailed, match="refused a write: no such run"):
        box.flush()
    box.put({"n": 1})
    box.close(0)
    again = opened(tmp_path, Server(), retry)
    assert again.left == 2
    again.close(5)


def test_a_full_disk_is_one_line_and_nothing_half_written(tmp_path, retry):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True
    ).returncode:
        pytest.skip("needs the right to mount a file system")
    box = None
    try:
        gone = Server()
        gone.failure = requests.ConnectionError("no")
        box = opened(disk, gone, retry)
        with pytest.raises(StoreFailed, match="No space left"):
            for n in range(100):
                box.put({"n": n, "text": "x" * 2000})
        files = tmp_path / "files"
        files.mkdir()
        (files / "large").write_bytes(os.urandom(200_000))
        with pytest.raises(StoreFailed, match="can't be written"):
            box.keep_files(files)
        assert not [entry for entry in disk.iterdir() if entry.is_dir()]
        box.close(0)
        assert len(lines(disk)) > 10 and all(line.endswith("}") for line in lines(disk))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_folder_that_can_not_be_made_is_one_line(tmp_path, retry):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="can't be written: Not a directory"):
        opened(tmp_path / "file" / "outbox", Server(), retry)
