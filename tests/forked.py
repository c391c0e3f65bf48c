"""Programs in processes of their own that are forked from one that has imported what a study needs: each is as real as
a fresh one, can be killed and leaves what it leaves, but begins at once instead of after seconds of imports.

Nobody else claims the studies of the tests, so claims in a store are settled at once there.
"""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMPORTED = (
    "mlflow.pyfunc",
    "study.lifecycle.run_study",
    "study.trials.evaluate",
    "study.engines.worker_pool",
    "study.commands.extract_folder",
)
STUDY = "import sys; from study.cli import main; sys.exit(main())"
LONGEST = 2**20  # bytes of a request


class Forked:
    """A running program, used as subprocess.Popen in text mode is.

    Attributes:
        pid: its number.
        returncode: None until it was waited for.
        stdin, stdout, stderr: pipes; stderr is None where it goes into stdout.
    """

    def __init__(
        self, program: str, *words: object, cwd: Path, env: Mapping[str, str], apart: bool = False
    ) -> None:
        pipes = [os.pipe() for _ in range(3 if apart else 2)]
        theirs = [pipes[0][0], *(write for _, write in pipes[1:])]
        asked = {"program": program, "words": list(map(str, words)), "cwd": str(cwd), "env": dict(env)}
        self.pid = _ask(asked, theirs)
        for descriptor in theirs:
            os.close(descriptor)
        self.returncode: int | None = None
        self.stdin = os.fdopen(pipes[0][1], "w")
        self.stdout = os.fdopen(pipes[1][0])
        self.stderr = os.fdopen(pipes[2][0]) if apart else None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = _ask({"ended": self.pid, "wait": False})
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = _ask({"ended": self.pid, "wait": True})
        return self.returncode

    def communicate(self, timeout: float = 300.0) -> tuple[str, str]:
        """The rest of what it says and its errors, once it has ended; it is killed after `timeout` seconds."""
        limit = threading.Timer(timeout, self.kill)
        limit.start()
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(self.stderr.read() if self.stderr else ""))
        reader.start()
        try:
            text = self.stdout.read()
            reader.join()
            self.wait()
        finally:
            limit.cancel()
        for pipe in filter(None, (self.stdin, self.stdout, self.stderr)):
            pipe.close()
        return text, errors[0]


@cache
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        ours.setsockopt(socket.SOL_SOCKET, option, LONGEST)
    subprocess.Popen(
        [sys.executable, "-P", __file__, str(theirs.fileno())],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
    )
    theirs.close()
    return ours


def _ask(what: dict[str, object], files: tuple[int, ...] | list[int] = ()) -> int | None:
    socket.send_fds(_server(), [json.dumps(what).encode()], files)
    answer = _server().recv(1000)
    assert answer, "the process that forks programs has ended"
    return json.loads(answer)


def serve(requests: socket.socket) -> str:
    """Fork for each request until the tests end; in a forked process, return the program that is to run in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in IMPORTED:
        importlib.import_module(name)
    importlib.import_module("study.tracking.claim").SETTLED = 0.05
    importlib.import_module("study.tracking.claim").SETTLED_ON_SERVER = 0.3
    while True:
        message, files, *_ = socket.recv_fds(requests, LONGEST, 3)
        if not message:
            return ""
        asked = json.loads(message)
        if "ended" in asked:
            pid, status = os.waitpid(asked["ended"], 0 if asked["wait"] else os.WNOHANG)
            requests.send(json.dumps(os.waitstatus_to_exitcode(status) if pid else None).encode())
            continue
        pid = os.fork()
        if not pid:
            # Where no third file is given, errors go where the rest goes.
            for number, file in enumerate([*files, files[1]][:3]):
                os.dup2(file, number)
            requests.detach()
            os.closerange(3, 1000)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.chdir(asked["cwd"])
            os.environ.clear()
            os.environ.update(asked["env"])
            sys.argv = ["-c", *asked["words"]]
            return asked["program"]
        for file in files:
            os.close(file)
        requests.send(json.dumps(pid).encode())


if __name__ == "__main__":
    exec(serve(socket.socket(fileno=int(sys.argv[1]))), {"__name__": "__main__"})
