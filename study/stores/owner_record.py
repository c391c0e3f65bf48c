"""Who owns a study: which process, where, since when, and whether it still lives."""

import json
import os
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from study.display import without_secrets
from study.errors import StudyError

# Seconds between two signs of life, and how long one is watched for the next before its owner counts as dead.
BEAT, WATCH = 15.0, 50.0
# Seconds from one look at it to the next.
LOOK = 1.0


@dataclass(frozen=True, kw_only=True)
class OwnerRecord:
    """What an owner writes where others look.

    Attributes:
        place: the store that it was written to; a copy of the store elsewhere has no owner by it.
        token: tells this owner from every other.
        machine: tells machines, their restarts and their process namespaces apart; `host` is for people.
        started: when the process began, in the system's own ticks, since its number may be given anew.
        beat: counts the signs of life; nobody's clock is compared with another's.
    """

    place: str
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    host: str = field(default_factory=socket.gethostname)
    machine: tuple[str, str, str] = field(default_factory=lambda: _machine())
    pid: int = field(default_factory=os.getpid)
    started: str = field(default_factory=lambda: _started(os.getpid()))
    folder: str = field(default_factory=os.getcwd)
    since: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))
    beat: int = 0

    def text(self) -> str:
        """JSON."""
        return json.dumps(asdict(self))

    def after(self) -> "OwnerRecord":
        """The same with one more sign of life."""
        return replace(self, beat=self.beat + 1)

    def lives(self) -> bool | None:
        """Whether its process does; None where that can't be seen from here, so that its beat has to be watched."""
        name, boot, processes = self.machine
        here = _machine()
        if not name or name != here[0]:
            return None
        if boot != here[1]:
            return False  # the machine was started anew since
        return _started(self.pid) == self.started if processes == here[2] else None

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, in {self.folder}, since {self.since}"


def read_record(text: str | None, place: str) -> OwnerRecord | None:
    """The owner that a text names; None where it names none, or the one of a store that this one is a copy of."""
    try:
        values = json.loads(text or "")
        record = OwnerRecord(**{**values, "machine": tuple(values["machine"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return record if record.place == place else None


def require_dead(
    study: str, owner: OwnerRecord | None, read: Callable[[], OwnerRecord | None], say: Callable[[str], None]
) -> None:
    """Raise StudyError, one line, where the owner of a study lives.

    One whose life can't be seen from here is watched: `read` finds the record as it is now.
    """
    if owner is None or (lives := owner.lives()) is False:
        return
    said = (
        f"study {study!r} is running in another process: {owner}; give name=... for a second study, or, once that one "
        "has ended, the same command again, which takes over from an owner that is dead"
    )
    if lives:
        raise StudyError(said)
    say(f"study {study!r} belongs to {owner}; looking for {WATCH:.0f} s whether it still lives")
    until = time.monotonic() + WATCH
    while time.monotonic() < until:
        time.sleep(LOOK)
        if read() != owner:
            raise StudyError(said)
    say("it gives no sign of life: this process takes over")


def place_of(uri: str) -> str:
    """A store as owners name it: a SQLite file by its real path, so that a copy is another one; a server by address."""
    try:
        url = make_url(uri)
    except ArgumentError:
        return without_secrets(uri)
    if url.get_backend_name() == "sqlite" and url.database:
        return str(Path(url.database).resolve())
    return without_secrets(uri)


def _machine() -> tuple[str, str, str]:
    """The machine, its start and this process's namespace of process numbers."""
    name = _read("/etc/machine-id") or socket.gethostname()
    processes = ""
    with suppress(OSError):
        processes = os.readlink("/proc/self/ns/pid")
    return f"{name} {socket.gethostname()}", _read("/proc/sys/kernel/random/boot_id"), processes


def _started(pid: int) -> str:
    """When a living process began; empty for one that is gone, `?` where the system does not tell."""
    if not Path("/proc/self/stat").exists():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "?"
    # The name in brackets before them may hold anything.
    state, *rest = _read(f"/proc/{pid}/stat").rpartition(")")[2].split() or ["Z"]
    return "" if state in "ZX" else rest[18]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
