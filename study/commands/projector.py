"""The two files that TensorBoard's embedding projector opens: vectors, and what each of them is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from probes import even_subsample
from study.commands.embed_file import LIST, PIECE
from study.commands.outputs import write_noted

MOST_POINTS = 10_000
"""Windows that a browser can move; of more these many are written, evenly over the file."""


def projector_files(embeddings: Path) -> tuple[Path, Path]:
    """Names of the vectors and the metadata beside a file of embeddings."""
    return embeddings.with_suffix(".vectors.tsv"), embeddings.with_suffix(".metadata.tsv")


def write_projector(embeddings: Path) -> int:
    """Write both files beside a Parquet file of embeddings, columns or lists; returns how many windows they hold.

    One line a window, tabs between: its numbers in one file, in the other whatever else the file says of it. That one
    has a heading unless it has a single column, as the projector reads it.
    """
    file = pq.ParquetFile(embeddings)
    rows = even_subsample(np.arange(file.metadata.num_rows), MOST_POINTS)
    parts, start = [], 0
    for batch in file.iter_batches(batch_size=PIECE):
        inside = rows[(rows >= start) & (rows < start + len(batch))] - start
        parts.append(batch.to_pandas().iloc[inside])
        start += len(batch)
    table = pd.concat(parts, ignore_index=True)
    if LIST in table:
        numbers, told = pd.DataFrame(np.stack(table[LIST])), table.drop(columns=LIST)
    else:
        numbers = table.filter(regex=r"^emb_\d+$")
        told = table.drop(columns=numbers.columns)
    told["date"] = told["date"].dt.strftime("%Y-%m-%d %H:%M:%S")
    vectors, metadata = projector_files(embeddings)
    note = {"embeddings": embeddings.name, "rows": len(table)}

    def fill(frame: pd.DataFrame, part: Path, *, header: bool) -> dict[str, object]:
        frame.to_csv(part, sep="\t", index=False, header=header)
        return note

    write_noted(vectors, lambda part: fill(numbers, part, header=False))
    write_noted(metadata, lambda part: fill(told, part, header=told.shape[1] > 1))
    return len(table)
