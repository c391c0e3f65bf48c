"""A folder of candle files turned into a folder of embedding files, one for one."""

import glob
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from study.commands.embed_file import Layout
from study.commands.file_tasks import FileResult, Task, embedder
from study.commands.model import FetchedModel
from study.commands.outputs import contains, is_whole, read_note, require_free
from study.errors import StudyError

ENDINGS = tuple(
    table + packed for table in (".parquet", ".pq", ".parq", ".csv") for packed in ("", ".gz", ".bz2", ".xz")
)
# What has to be the same for a file to be done.
IDENTITY = ("model_digest", "source", "stride", "vector", "dates_in", "labels")


def extract_folder(
    model: FetchedModel,
    data: Path,
    output: Path,
    layout: Layout,
    *,
    ray: str = "",
    gpus: float = 0.0,
    overwrite: str = "no",
) -> None:
    """Embed every CSV and Parquet file under `data` into a Parquet file under `output`, below the same folders.

    Each file stands alone: no window reaches from one into another. A file is done when its note names the same model,
    candles of the same size and time, and the same layout; such files are left alone. One that cannot be embedded is
    reported and the others go on.

    Args:
        ray: empty for this process; `auto` or an address for a Ray cluster, whose machines all see both folders.
        gpus: of each actor there.
        overwrite: `yes` to replace files of the outputs' names that this program did not write.

    Raises StudyError, one line: an output that would replace something else (before anything is written), nothing to
    do it with or on, another extraction into the same folder, or, at the end, how many files could not be embedded.
    """
    tasks = tasks_of(model, data, output, layout)
    _require_free([task for task in tasks if not is_done(task)], data, output, overwrite)
    output.mkdir(parents=True, exist_ok=True)
    lock = FileLock(output / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StudyError(f"output={str(output)!r}: another extraction is writing there") from None
    with lock:
        todo = [task for task in tasks if not is_done(task)]
        _say_before(model, tasks, todo)
        for task in tasks:
            _remove_unfinished(Path(task.target))
        if ray:
            from study.commands.extract_ray import embed_on_cluster

            outcomes = embed_on_cluster(todo, model, layout, address=ray, gpus=gpus)
        else:
            outcomes = embed_here(todo, model, layout)
        failed = _follow(outcomes, len(todo))
    if failed:
        raise StudyError(
            f"{len(failed)} of {len(tasks)} files could not be embedded, the first: {failed[0].error}; "
            "the same command tries these again"
        )
    print(f"all {len(tasks)} files are embedded: {output}")


def tasks_of(model: FetchedModel, data: Path, output: Path, layout: Layout) -> list[Task]:
    """One task a file, in order of their names. Raises StudyError where there are none or two share an output."""
    inside = _is_below(output, data)
    sources = sorted(
        path
        for path in data.rglob("*")
        if path.name.lower().endswith(ENDINGS)
        and not path.name.startswith((".", "_"))
        and not (inside and contains(output, path))
        and path.is_file()
    )
    if not sources:
        raise StudyError(f"data={str(data)!r}: the folder holds no .parquet or .csv file")
    seen: dict[Path, Path] = {}
    tasks = []
    for source in sources:
        ending = max((end for end in ENDINGS if source.name.lower().endswith(end)), key=len)
        name = f"{source.name[: -len(ending)]}.parquet"
        target = output / source.relative_to(data).with_name(name)
        if target in seen:
            raise StudyError(f"{seen[target]} and {source} would both become {target}; rename one of them")
        seen[target] = source
        state = source.stat()
        note = {
            "model": model.uri,
            "model_digest": model.digest,
            "data": str(source),
            "source": {"bytes": state.st_size, "modified_ns": state.st_mtime_ns},
            "stride": layout.stride,
            "vector": layout.vector,
            "dates_in": layout.timezone,
            "labels": "yes" if layout.labels else "no",
        }
        tasks.append(Task(str(source.absolute()), str(target.absolute()), note))
    return tasks


def is_done(task: Task) -> bool:
    """Whether the target is there with a note that names this model, these candles and this layout."""
    target = Path(task.target)
    note = read_note(target)
    # A file that was written before rows could be labelled has no labels.
    same = all({"labels": "no", **note}.get(key) == task.note[key] for key in IDENTITY)
    return same and is_whole(target, note)


def embed_here(tasks: Sequence[Task], model: FetchedModel, layout: Layout) -> Iterator[FileResult]:
    """One file after the other in this process."""
    if tasks:
        embed = embedder(model.folder, layout)
        yield from map(embed, tasks)


def _require_free(tasks: Sequence[Task], data: Path, output: Path, overwrite: str) -> None:
    """Nothing that is read, and nothing of another's, may stand where a task writes.

    A folder of outputs inside the folder of candles is left out when this one is read, a single file would not be.
    """
    reads = [("data", task.source) for task in tasks]
    if not _is_below(output, data):
        reads.append(("data", str(data)))
    require_free([Path(task.target) for task in tasks], reads=reads, overwrite=overwrite)


def _is_below(output: Path, data: Path) -> bool:
    return contains(data, output) and not (output.exists() and output.samefile(data))


def _say_before(model: FetchedModel, tasks: Sequence[Task], todo: Sequence[Task]) -> None:
    done = len(tasks) - len(todo)
    skipped = f", {done} of them done before and left alone (same model, candles and layout)" if done else ""
    print(f"{len(tasks)} files{skipped}; model {model.uri}", flush=True)


def _follow(outcomes: Iterator[FileResult], total: int) -> list[FileResult]:
    """Say what each file gave as it comes; return the failures."""
    failed, rows, started = [], 0, time.perf_counter()
    for number, outcome in enumerate(outcomes, 1):
        place = f"[{number}/{total}] {outcome.source}"
        if outcome.error:
            failed.append(outcome)
            print(f"{place}: {outcome.error}", flush=True)
            continue
        rows += outcome.rows
        rate = rows / (time.perf_counter() - started)
        print(
            f"{place}: {outcome.rows:,} embeddings in {outcome.seconds:.1f} s; {rate:,.0f} a second in all",
            flush=True,
        )
    return failed


def _remove_unfinished(target: Path) -> None:
    """Take away what a killed process left of a file, under its temporary name."""
    for part in target.parent.glob(f".{glob.escape(target.name)}.*"):
        part.unlink(missing_ok=True)
