"""Files that a command writes: never over what it reads, never over what someone else made.

Beside each file stands a note, `<name>.provenance.json`, that says where the file comes from and what its bytes are:
by it this program knows its own files again.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from study.configuration import ANSWERS
from study.display import suggestion
from study.errors import StudyError
from timesnet.whole_files import write_whole

# In a note: the bytes of the file beside it, and of the one whose place it takes.
FILE, REPLACES = "file", "replaces"


def sidecar_of(target: Path) -> Path:
    """The JSON file that says where a written file comes from."""
    return target.with_name(target.name + ".provenance.json")


def read_note(target: Path) -> dict[str, Any]:
    """What stands beside a file; empty where nothing readable does."""
    try:
        note = json.loads(sidecar_of(target).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def write_noted(target: Path, write: Callable[[Path], Mapping[str, Any]]) -> None:
    """Let `write` fill a temporary file and return its note; the note goes beside the target, then the file into place.

    The note comes first and names the old file as well as the new one: killed in between, the old file is still known
    as this program's own, and `is_whole` says that the new one is not there.
    """

    def fill(part: Path) -> None:
        note = {**write(part), FILE: _bytes_of(part)}
        if target.is_file() and (before := _bytes_of(target)) in _known(target):
            note[REPLACES] = before
        text = json.dumps(note, indent=1)
        write_whole(sidecar_of(target), lambda beside: beside.write_text(text, encoding="utf-8"))

    write_whole(target, fill)


def is_whole(target: Path, note: Mapping[str, Any]) -> bool:
    """Whether the file is the one that the note beside it, already read, was written for."""
    described = note.get(FILE)
    size = described.get("bytes") if isinstance(described, dict) else None
    return target.is_file() and target.stat().st_size == size


def require_free(targets: Sequence[Path], *, reads: Sequence[tuple[str, str]], overwrite: str) -> None:
    """Refuse to write where something would be lost; called before anything is read or written.

    Files are compared by what they are on the disk, whatever the spelling, link or case that leads to them.

    Args:
        reads: (parameter, value) of what the command reads: files, folders, or names that are neither and say nothing.
        overwrite: `yes` allows to replace a file that this program did not write, never one that it reads.

    Raises StudyError, one line with the first such target.
    """
    if overwrite not in ANSWERS:
        raise StudyError(f"overwrite={overwrite!r} is unknown: {suggestion(overwrite, ANSWERS)}")
    reads = [(name, os.path.expanduser(path)) for name, path in reads]
    folders = {_identity(path): (name, path) for name, path in reads if os.path.isdir(path)}
    files = {_identity(file): (name, path) for name, path in reads for file in _files_of(path)}
    for target in targets:
        if target.is_dir():
            raise StudyError(f"output={str(target)!r} is a folder; give the name of a file")
        for path in (target, sidecar_of(target)):
            if path.exists() and (found := files.get(_identity(path))):
                raise StudyError(
                    f"output={str(target)!r} would replace {_as_given(*found)}, which is read; give another output"
                )
        for folder in Path(os.path.realpath(target)).parents:
            if folder.exists() and (found := folders.get(_identity(folder))):
                raise StudyError(
                    f"output={str(target)!r} lies inside {_as_given(*found)}, whose files are read: the next call "
                    "would read it as well; give an output elsewhere"
                )
        if overwrite != "yes":
            _require_own(target)


def contains(folder: Path, path: Path) -> bool:
    """Whether a path lies in a folder or is that folder, however both are spelt."""
    if not folder.exists():
        return False
    real = Path(os.path.realpath(path))
    return any(one.exists() and os.path.samefile(one, folder) for one in (real, *real.parents))


def file_digest(source: str) -> str:
    """SHA-256 of a file's bytes, of a folder's files by name; the name's own where it is a built-in data set."""
    path = Path(source).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256(source.encode())
    for part in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else ():
        digest.update(part.relative_to(path).as_posix().encode() + file_digest(str(part)).encode())
    return digest.hexdigest()


def _require_own(target: Path) -> None:
    remedy = "give another output, or overwrite=yes to replace it"
    if target.exists() and _bytes_of(target) not in _known(target):
        said = (
            "has changed since this program wrote it" if _known(target) else "was not written by this program"
        )
        raise StudyError(f"output={str(target)!r} exists and {said}: {remedy}")
    beside = sidecar_of(target)
    if beside.exists() and not _known(target):
        raise StudyError(
            f"{beside}, where the note of output={str(target)!r} belongs, is another file: {remedy}"
        )


def _known(target: Path) -> list[dict[str, Any]]:
    """The bytes that the note beside a file says are this program's."""
    note = read_note(target)
    return [note[key] for key in (FILE, REPLACES) if isinstance(note.get(key), dict)]


def _bytes_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _files_of(path: str) -> Iterator[str]:
    """The file itself, or all files below a folder."""
    if os.path.isfile(path):
        yield path
    for folder, _, names in os.walk(path):
        yield from (
            os.path.join(folder, name) for name in names if os.path.exists(os.path.join(folder, name))
        )


def _identity(path: str | Path) -> tuple[int, int]:
    state = os.stat(path)
    return state.st_dev, state.st_ino


def _as_given(parameter: str, path: str) -> str:
    return f"{parameter}={path!r}"
