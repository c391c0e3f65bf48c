"""The lines of an outbox's journal: written with a checksum, read back as far as they are whole."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JOURNAL = "writes.jsonl"
_WHERE, _CHECK = "where", "check"


@dataclass(frozen=True)
class Journal:
    """What a journal holds.

    Attributes:
        where: the store that its writes are for; None where the first line does not say.
        writes: those that are whole, in order.
        damaged: (number, content) of the other lines, numbered from 1.
    """

    where: str | None = None
    writes: list[dict[str, Any]] = field(default_factory=list)
    damaged: list[tuple[int, bytes]] = field(default_factory=list)


def line_of(write: Mapping[str, Any]) -> str:
    """A write as a line of the journal."""
    return json.dumps({**write, _CHECK: _checksum(write)}) + "\n"


def read_journal(path: Path) -> Journal:
    """Read every line by itself, so that a damaged one costs none of the others.

    What follows the last line's end is no damage: a kill cut it off, before anything relied on it.
    """
    journal = Journal()
    if not path.exists():
        return journal
    where = None
    lines = path.read_bytes().split(b"\n")[:-1]
    # Journals of earlier versions have no checksums; in one that has, a line without is damaged.
    checked = any(f'"{_CHECK}": '.encode() in line for line in lines)
    for number, line in enumerate(lines, start=1):
        content = _read_line(line, checked=checked and number > 1)
        if number == 1 and content is not None and isinstance(content.get(_WHERE), str):
            where = content[_WHERE]
        elif content is None or number == 1:
            journal.damaged.append((number, line))
        else:
            journal.writes.append(content)
    return Journal(where, journal.writes, journal.damaged)


def _read_line(line: bytes, *, checked: bool) -> dict[str, Any] | None:
    """A line's object without its checksum; None where it is damaged."""
    try:
        content = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    check = content.pop(_CHECK, None)
    if check is None:
        return None if checked else content
    return content if check == _checksum(content) else None


def _checksum(write: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(dict(write)).encode()):08x}"
