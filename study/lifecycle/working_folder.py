"""Where the person stands who called `mlflow run`, which starts its commands in the project's own folder."""

import os
from pathlib import Path

# `mlflow run`, a shell, an environment's launcher and this process.
MOST_ANCESTORS = 8


def stand_where_called() -> None:
    """Go to the folder from which `mlflow run` was called, so that relative paths and stores mean what they say."""
    run_id = os.environ.get("MLFLOW_RUN_ID")
    if run_id and (folder := _folder_of_caller(run_id)) is not None and folder.is_dir():
        os.chdir(folder)


def _folder_of_caller(run_id: str) -> Path | None:
    """The working directory of the first ancestor that was not itself started for this run; None where none is seen."""
    mark, process = f"MLFLOW_RUN_ID={run_id}".encode(), os.getppid()
    for _ in range(MOST_ANCESTORS):
        try:
            environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
            if mark not in environment:
                return Path(os.readlink(f"/proc/{process}/cwd"))
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
    return None
