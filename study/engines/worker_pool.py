"""Trials evaluated by processes of this machine."""

import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import IO, Any

from study.engines.backend import Done, OnReport, Work, module_path
from study.engines.deadline import Deadline
from study.engines.shared_arrays import pack, write
from study.engines.threads import threads_of_each
from study.errors import StudyError
from study.trials import Job

# Seconds after which a worker is given up that stops in the middle of a message or does not end.
_STALLED_MESSAGE, _STOPPING = 60, 10


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: connection.Connection
    ready: bool = False
    job: Job | None = None
    since: float = field(default_factory=time.monotonic)


class WorkerPool:
    """Up to `slots` worker processes that live as long as the pool and evaluate one job at a time each.

    The arrays of `work` lie in unnamed temporary files that all workers map, large ones in those that they were made
    in, so that they are in memory once and gone with the last process. A worker that dies or does not end in time is
    replaced; its job is `lost`.
    """

    def __init__(self, work: Work, on_report: OnReport, *, slots: int, deadline: Deadline) -> None:
        self.slots = slots
        self._on_report = on_report
        self._deadline = deadline
        self._workers: list[_Worker] = []
        self._files: list[IO[bytes]] = []
        self._packed, buffers = pack(work, self._files)
        try:
            self._data = tempfile.TemporaryFile(prefix="layer-study-")  # noqa: SIM115, closed by close()
            write(self._data, self._packed, buffers)
        except OSError as error:
            raise StudyError(
                f"{tempfile.gettempdir()}: {os.strerror(error.errno or 0)}; the workers' data need "
                f"{self._packed.size:,} bytes there: make room, or set TMPDIR to another folder"
            ) from None

    def start(self, job: Job) -> None:
        """Hand the job to an idle worker, or to a new one."""
        idle = (one for one in self._workers if one.job is None and one.process.poll() is None)
        worker = next(idle, None) or self._spawn()
        worker.job, worker.since = job, time.monotonic()
        self._send(worker, job)

    def poll(self) -> list[Done]:
        """Answer the reports that came, for a second at most, and return what ended."""
        busy = [worker for worker in self._workers if worker.job is not None]
        spoke = connection.wait([worker.pipe for worker in busy], timeout=1.0)
        done = [self._hear(worker) for worker in busy if worker.pipe in spoke]
        limit = self._deadline.seconds()
        for worker in self._workers[:]:
            # Coming up is limited like the trial itself: a worker that hangs before it is ready says nothing either.
            if worker.job is not None and time.monotonic() - worker.since > limit:
                done.append(self._lose(worker, self._deadline.exceeded()))
        return [one for one in done if one is not None]

    def close(self) -> None:
        """End all workers at once, whatever they are doing."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.wait()
            worker.pipe.close()
        self._workers.clear()
        self._data.close()

    def _spawn(self) -> _Worker:
        # Not multiprocessing.Process: it imports the main module anew, keeps a process of its own for resources and
        # leaves its children in the terminal's group, where Ctrl-C would end them before the owner.
        ours, theirs = socket.socketpair()
        with ours, theirs:
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _STALLED_MESSAGE, 0))
            descriptors = [theirs.fileno(), *(file.fileno() for file in (self._data, *self._files))]
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "study.engines.worker", *map(str, descriptors)],
                env={
                    **os.environ,
                    "PYTHONPATH": module_path(),
                    "OMP_NUM_THREADS": str(threads_of_each(self.slots)),
                },
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=2,
                process_group=0,
            )
            worker = _Worker(process, connection.Connection(ours.detach()))
        self._workers.append(worker)
        self._send(worker, self._packed)
        return worker

    def _send(self, worker: _Worker, message: Any) -> None:
        with suppress(OSError):  # it died, which the next poll hears
            worker.pipe.send_bytes(pickle.dumps(message))

    def _hear(self, worker: _Worker) -> Done | None:
        assert worker.job is not None
        try:
            kind, *message = pickle.loads(worker.pipe.recv_bytes())
        except (EOFError, OSError):
            return self._lose(worker, None)
        if kind == "ready":
            worker.ready, worker.since = True, time.monotonic()
            return None
        if kind == "report":
            self._send(worker, self._on_report(worker.job.number, *message))
            return None
        if message[0].state == "complete":
            self._deadline.took(time.monotonic() - worker.since)
        worker.job = None
        return message[0]

    def _lose(self, worker: _Worker, reason: str | None) -> Done:
        assert worker.job is not None
        self._workers.remove(worker)
        if reason is not None:
            worker.process.kill()
        worker.pipe.close()
        try:
            code = worker.process.wait(timeout=_STOPPING)
        except subprocess.TimeoutExpired:  # it broke off in the middle of a message and hangs
            worker.process.kill()
            code = worker.process.wait()
        if code > 0 and not worker.ready and reason is None:
            raise StudyError(
                f"a worker process could not start (exit code {code}); what it said is above, workers=1 needs none"
            )
        return Done(worker.job.number, "lost", reason=reason or cause_of_death(code))


def cause_of_death(code: int) -> str:
    """A process's exit code, negative for a signal, in words."""
    if code >= 0:
        return f"its worker process ended with exit code {code}"
    name = signal.Signals(-code).name
    hint = ": out of memory?" if name == "SIGKILL" else ""
    return f"its worker process was killed by {name}{hint}"
