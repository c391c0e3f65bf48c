"""Journals of an outbox that a disk, an editor or a kill has damaged."""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from study.errors import StoreFailed
from study.stores import Retry
from study.tracking.journal import JOURNAL
from study.tracking.outbox import Outbox

WRITES = 30
KINDS = (
    "traceback",
    "whole writes lost",
    "a damaged write delivered",
    "not set aside",
    "not whole afterwards",
)


def main(number: int, seed: int) -> int:
    """Damage so many journals and open each again; prints a table, returns the number of faults."""
    generator = random.Random(seed)
    done: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for _ in range(number):
        damage = generator.choice(sorted(DAMAGES))
        with tempfile.TemporaryDirectory(prefix="layer-study-journal-") as scratch:
            found = _try(Path(scratch), damage, generator)
        done[damage] += 1
        faults.update(found)
        if found:
            print(f"{damage}: {found}", file=sys.stderr)
    print(f"| damaged journals | {number} of {WRITES} writes each |")
    print("| --- | --- |")
    for kind, count in [*sorted(done.items()), *((kind, faults[kind]) for kind in KINDS)]:
        print(f"| {kind} | {count} |")
    return faults.total()


def _flip(content: bytes, generator: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(generator.randint(1, 5)):
        changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
    return bytes(changed)


def _junk(content: bytes, generator: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    junk = [b"\xff\xfe\n", b"[]\n", b"null\n", b"\n", b"[" * 50_000 + b"\n", b"{}{}\n", b"5\n"]
    lines.insert(generator.randrange(1, len(lines) + 1), generator.choice(junk))
    return b"".join(lines)


def _overwritten(content: bytes, generator: random.Random) -> bytes:
    start = generator.randrange(len(content))
    size = generator.randint(1, 400)
    return content[:start] + generator.randbytes(size) + content[start + size :]


def _missing(content: bytes, generator: random.Random) -> bytes:
    start = generator.randrange(len(content))
    return content[:start] + content[start + generator.randint(1, 400) :]


DAMAGES = {
    "bits flipped": _flip,
    "lines of something else": _junk,
    "bytes written over": _overwritten,
    "bytes missing": _missing,
    "cut off": lambda content, generator: content[: generator.randrange(len(content))],
    "first line gone": lambda content, generator: content[content.index(b"\n") + 1 :],
}


def _try(folder: Path, damage: str, generator: random.Random) -> list[str]:
    box = Outbox(folder, where="x", deliver=_away, retry=Retry(lambda line: None))
    for number in range(WRITES):
        box.put({"n": number, "text": f"value {number} " * 3})
    box.close(0)
    whole = (folder / JOURNAL).read_bytes()
    kept = DAMAGES[damage](whole, generator)
    (folder / JOURNAL).write_bytes(kept)
    ends = [line for line in kept.split(b"\n")[:-1]]
    lines = whole.splitlines()[1:]
    # Where the first line is gone, the next one stands in its place and can't say where the writes belong.
    expected = [number for number, line in enumerate(lines) if line in ends[1:]]
    got: list[int] = []
    wrong: list[Mapping[str, Any]] = []

    def deliver(write: Mapping[str, Any], again: bool) -> None:
        right = write == {"n": write.get("n"), "text": f"value {write.get('n')} " * 3}
        (got if right else wrong).append(write["n"] if right else write)  # type: ignore[attr-defined]

    try:
        box = Outbox(folder, where="x", deliver=deliver, retry=Retry(_quiet))
        box.flush()
        box.close(0)
    except StoreFailed as refused:
        # A first line that names another store: nothing is delivered to this one, and nothing is lost.
        elsewhere = "holds results for" in str(refused) and (folder / JOURNAL).read_bytes() == kept
        return [] if elsewhere and not got else [KINDS[1]]
    except Exception as error:
        print(repr(error)[:300], file=sys.stderr)
        return [KINDS[0]]
    found = []
    if [number for number in got if number in expected] != expected:
        found.append(KINDS[1])
    if wrong:
        found.append(KINDS[2])
    aside = box.set_aside.read_bytes().split(b"\n")[:-1] if box.set_aside else []
    # Whatever was not delivered, the first line included, lies there.
    if len(aside) != len(ends) - len(got) - (ends[:1] == [b'{"where": "x"}']):
        found.append(KINDS[3])
    if len((folder / JOURNAL).read_bytes().splitlines()) != 1:
        found.append(KINDS[4])
    return found


def _away(write: Mapping[str, Any], again: bool) -> None:
    raise requests.ConnectionError("away")


def _quiet(line: str) -> None:
    pass
