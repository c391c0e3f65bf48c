"""Files embedded by Ray actors that hold the model."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import torch

from study.commands.embed_file import Layout
from study.commands.file_tasks import FileResult, Task, embedder
from study.engines.ray_cluster import connect, ray
from study.errors import StudyError

if TYPE_CHECKING:  # with it MLflow, which actors do without
    from study.commands.model import FetchedModel


class FileEmbedder:
    """An actor: the model once, then one file a call. Ray Data starts another one where it is killed."""

    def __init__(self, files: dict[str, bytes], layout: Layout) -> None:
        """`files` are those of a saved extractor, by name."""
        torch.set_num_threads(1)
        with TemporaryDirectory() as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            self.embed = embedder(Path(folder), layout)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return asdict(self.embed(Task(**row)))


def embed_on_cluster(
    tasks: Sequence[Task], model: FetchedModel, layout: Layout, *, address: str, gpus: float
) -> Iterator[FileResult]:
    """Outcomes as they come, of a Ray Data pipeline over the tasks.

    A file is written whole or not at all, so that one whose actor was killed is simply embedded again.

    Args:
        address: of a running cluster; `auto` takes the one that there is, or starts one on this machine.
        gpus: of each actor; without any, actors take one processor each.

    Raises StudyError where Ray is not installed or no cluster answers.
    """
    if not tasks:
        return
    found = connect(address)
    try:
        yield from _outcomes(found, tasks, model, layout, gpus)
    finally:
        ray.shutdown()


def _outcomes(
    cluster: str, tasks: Sequence[Task], model: FetchedModel, layout: Layout, gpus: float
) -> Iterator[FileResult]:
    import ray.data as ray_data

    has = ray.cluster_resources()
    if gpus and has.get("GPU", 0) < gpus:
        raise StudyError(f"gpus={gpus:g}: the Ray cluster has {has.get('GPU', 0):g}")
    most = int(has["GPU"] / gpus) if gpus else int(has.get("CPU", 1))
    actors = max(1, min(most, len(tasks)))
    print(f"{cluster}: up to {actors} actors", flush=True)
    files = {path.name: path.read_bytes() for path in model.folder.iterdir() if path.is_file()}
    ray_data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    rows = ray_data.from_items([asdict(task) for task in tasks], override_num_blocks=len(tasks))
    actor: Any = FileEmbedder
    done = rows.map(
        actor,
        fn_constructor_args=(files, layout),
        num_cpus=None if gpus else 1,
        num_gpus=gpus or None,
        compute=ray_data.ActorPoolStrategy(min_size=1, max_size=actors),
    )
    for row in done.iter_rows():
        yield FileResult(**row)
