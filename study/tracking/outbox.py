"""Writes on their way to MLflow: kept on disk in order, delivered in the background."""

import json
import os
import shutil
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from study.errors import StoreFailed
from study.stores import Outage, Retry, is_passing, reason
from study.tracking.journal import JOURNAL, line_of, read_journal

SHORT_WAIT = 10.0


class Outbox:
    """One ordered queue of writes, each a JSON object, that outlives a server's outage and the process itself.

    A write is in the journal before `put` returns and leaves it after it was delivered, so that whatever a killed
    process had not delivered, the next one does. It may be delivered twice: `deliver(write, again)` is told when an
    earlier attempt may have been carried out. Files on their way lie beside the journal.

    Attributes:
        left: writes that an earlier process left.
        set_aside: where those of them lie that are damaged, or that the store refused because others were; None
            while there are none.
    """

    def __init__(
        self,
        folder: Path,
        *,
        where: str,
        deliver: Callable[[Mapping[str, Any], bool], None],
        retry: Retry,
    ) -> None:
        """Take over what an earlier process left in the folder and begin to deliver it.

        Raises StoreFailed when it was meant for another place than `where`, or the folder can't be written.
        """
        self.folder = folder
        self.where = where
        self._deliver = deliver
        self._patience = retry
        self._outage = Outage(where, retry.say)
        self._failure: Exception | None = None
        self._gave_up = False
        self._closed = False
        self._changed = threading.Condition()
        self.set_aside: Path | None = None
        left = self._take_over()
        self.left = len(left)
        # Of a damaged journal others may be refused for what is missing; they must not keep back the rest.
        self._forgiving = self.left if self.set_aside else 0
        self._waiting: deque[tuple[Mapping[str, Any], bool]] = deque((write, True) for write in left)
        threading.Thread(target=self._work, name="outbox", daemon=True).start()

    def put(self, write: Mapping[str, Any]) -> None:
        """Keep a write and deliver it when its turn comes."""
        with self._changed:
            self._append(write)
            self._waiting.append((write, False))
            self._changed.notify_all()

    def keep_files(self, directory: Path) -> str:
        """Copy a directory to where it survives until it is delivered; returns its name inside the folder."""
        name = uuid.uuid4().hex
        try:
            shutil.copytree(directory, self.folder / f"{name}.part")
            os.replace(self.folder / f"{name}.part", self.folder / name)
        except OSError as error:  # shutil.Error, which gathers several, is one
            shutil.rmtree(self.folder / f"{name}.part", ignore_errors=True)
            raise self._unwritable(error) from None
        return name

    def flush(self, seconds: float | None = None) -> None:
        """Wait until everything is delivered.

        Raises StoreFailed when a write was refused, or when none could be delivered for `seconds`; by default, for as
        long in an outage as the retry lasts.
        """
        limit = self._patience.seconds if seconds is None else seconds
        if self._gave_up:
            limit = 0.0
        with self._changed:
            moved, length = time.monotonic(), len(self._waiting)
            said = moved
            while self._waiting and self._failure is None:
                self._changed.wait(0.2)
                if self._outage.since is None and time.monotonic() - said > SHORT_WAIT:
                    said = time.monotonic()
                    self._patience.say(f"{len(self._waiting)} writes are on their way to {self.where}")
                if len(self._waiting) != length:
                    moved, length = time.monotonic(), len(self._waiting)
                elif self._outage.since is None and seconds is None:
                    continue  # it takes its time
                elif time.monotonic() - moved >= limit:
                    self._gave_up = True
                    raise StoreFailed(
                        f"{self._outage}; results are kept under {self.folder}, the same command uploads them and "
                        "goes on"
                    )
            self._raise_failure()

    def wait_for(self, done: Callable[[], bool]) -> None:
        """Wait until `done()`, but neither through an outage nor for a server that takes its time.

        Raises StoreFailed when a write was refused.
        """
        until = time.monotonic() + SHORT_WAIT
        with self._changed:
            while not done() and self._failure is None and self._outage.since is None:
                if time.monotonic() > until:
                    break
                self._changed.wait(0.2)
            self._raise_failure()

    def close(self, seconds: float) -> None:
        """Deliver what can be within `seconds` and end; says where the rest is kept."""
        try:
            self.flush(seconds)
        except StoreFailed:
            self._patience.say(
                f"{len(self._waiting)} writes for {self.where} are kept under {self.folder}; "
                "the same command uploads them"
            )
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                write, again = self._waiting[0]
            try:
                self._deliver(write, again)
            except Exception as error:
                with self._changed:
                    if self._forgiving and not is_passing(error):
                        try:
                            self._put_aside(line_of(write).encode(), f"was refused: {reason(error)}")
                            self._delivered()
                            continue
                        except OSError as unwritable:
                            error = unwritable
                    if not is_passing(error):
                        self._failure = error
                        self._changed.notify_all()
                        return
                    self._waiting[0] = write, True
                    pause = self._outage.failed(error)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._closed, pause)
                continue
            with self._changed:
                self._outage.over()
                self._delivered()

    def _delivered(self) -> None:
        """The first write is done with."""
        self._waiting.popleft()
        self._forgiving = max(0, self._forgiving - 1)
        if not self._waiting:
            # Cutting a file needs no space, so a full disk can't stop it.
            os.truncate(self.folder / JOURNAL, self._heading)
        self._changed.notify_all()

    def _append(self, write: Mapping[str, Any]) -> None:
        journal = self.folder / JOURNAL
        try:
            length = journal.stat().st_size
            try:
                with journal.open("a", encoding="utf-8") as file:
                    file.write(line_of(write))
            except OSError:
                os.truncate(journal, length)
                raise
        except OSError as error:
            raise self._unwritable(error) from None

    def _take_over(self) -> list[dict[str, Any]]:
        journal = self.folder / JOURNAL
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            found = read_journal(journal)
            if found.writes and found.where not in (None, self.where):
                raise StoreFailed(
                    f"{journal} holds results for {found.where}, not for {self.where}: run the same command "
                    "with MLFLOW_TRACKING_URI set to where they belong, or delete the file to lose them"
                )
            for number, line in found.damaged:
                self._put_aside(line, f"line {number} is damaged")
            heading = json.dumps({"where": self.where}) + "\n"
            self._heading = len(heading.encode())
            named = {write.get("folder") for write in found.writes}
            for entry in self.folder.iterdir():
                # Files whose write is damaged stay: they may be all that is left of a result.
                if entry.is_dir() and entry.name not in named and not found.damaged:
                    shutil.rmtree(entry, ignore_errors=True)
            temporary = self.folder / f"{JOURNAL}.part"
            temporary.write_text(heading + "".join(map(line_of, found.writes)), encoding="utf-8")
            os.replace(temporary, journal)
        except OSError as error:
            raise self._unwritable(error) from None
        return found.writes

    def _put_aside(self, line: bytes, why: str) -> None:
        """Keep what can't be delivered in a file of its own, and say so."""
        if self.set_aside is None:
            self.set_aside = self.folder / f"damaged-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
        with self.set_aside.open("ab") as file:
            file.write(line.removesuffix(b"\n") + b"\n")
        self._patience.say(f"{self.folder / JOURNAL}: a write {why}; it is set aside in {self.set_aside}")

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise StoreFailed(
                f"{self.where} refused a write: {reason(self._failure)}; results are kept under {self.folder}, the "
                "same command uploads them once that is mended"
            )

    def _unwritable(self, error: OSError) -> StoreFailed:
        return StoreFailed(f"{self.folder} can't be written: {os.strerror(error.errno or 0)}")
