"""One file of candles to be embedded, and what became of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.commands.embed_file import Layout, embed_file
from study.errors import StudyError
from timesnet.errors import TimesNetError
from timesnet.extractor import load_extractor


@dataclass(frozen=True)
class Task:
    """One file: where its candles are, where its embeddings go and what the note beside them says."""

    source: str
    target: str
    note: dict[str, Any]


@dataclass(frozen=True)
class FileResult:
    """What became of a task: its rows, or one line that says why it failed; seconds it took."""

    source: str
    rows: int
    seconds: float
    error: str = ""


def embedder(folder: Path, layout: Layout) -> Callable[[Task], FileResult]:
    """What embeds one task after the other with the extractor in `folder`, loaded once."""
    extractor = load_extractor(folder)

    def embed(task: Task) -> FileResult:
        started = time.perf_counter()
        target = Path(task.target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            rows = embed_file(extractor, task.source, target, layout, note=task.note).rows
        except (StudyError, TimesNetError, OSError) as error:
            return FileResult(task.source, 0, time.perf_counter() - started, " ".join(str(error).split()))
        return FileResult(task.source, rows, time.perf_counter() - started)

    return embed
