"""One file of candles turned into one Parquet file of embeddings."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from study.commands.align import align
from study.commands.outputs import write_noted
from study.errors import StudyError
from timesnet import Candles, DataQuality, Extractor, Windows, read_candles
from timesnet.candles import in_words

# Windows a piece: what one pass holds in memory.
PIECE = 65_536


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is written of the candles' windows.

    Attributes:
        stride: every so many windows.
        vector: `columns` for `emb_000` ..., `list` for one column `embedding` of fixed-size lists.
        batch_size: windows embedded at once, at most.
    """

    stride: int
    vector: str
    batch_size: int


@dataclass(frozen=True)
class Attachment:
    """A table that gets the latest embedding known before each row's date in its column `on`."""

    table: pd.DataFrame
    on: str


class OtherInterval(StudyError):
    """The candles are shorter or longer than those that the model was trained on."""


@dataclass(frozen=True)
class Embedded:
    """What was written.

    Attributes:
        rows: in the file.
        without: of these, how many of an attachment's rows have no embedding, none being known yet.
        late: how many of them have one that a newer one would have followed, were no candles missing.
    """

    rows: int
    without: int = 0
    late: int = 0


def embed_file(
    extractor: Extractor,
    source: str,
    target: Path,
    layout: Layout,
    *,
    note: Mapping[str, Any],
    attachment: Attachment | None = None,
    say_quality: Callable[[DataQuality], None] | None = None,
) -> Embedded:
    """Write one row for each complete window of `source`, or the attachment's rows.

    The note with rows and provenance goes into a JSON file beside the target.

    Args:
        note: JSON-ready; kept beside the rows.
        say_quality: called with what reading the candles found, before they are embedded.

    Raises OtherInterval, another StudyError or timesnet.DataError, one line; the target is then as it was before.
    """
    candles, quality = read_candles(source)
    if say_quality is not None:
        say_quality(quality)
    if candles.interval != extractor.interval():
        raise OtherInterval(
            f"data={source!r} holds candles of {in_words(candles.interval)}, the model was trained on candles of "
            f"{in_words(extractor.interval())}"
        )
    windows = extractor.windows_of(candles)
    windows = windows.select(np.arange(0, len(windows), layout.stride))
    if len(windows) == 0:
        raise StudyError(f"data={source!r} holds no run of {extractor.candles_needed} candles without a gap")
    written = Embedded(len(windows))

    def fill(part: Path) -> dict[str, Any]:
        nonlocal written
        if attachment is None:
            _write(part, extractor, candles, windows, layout)
        else:
            frames = list(_frames(extractor, candles, windows, layout))
            joined = align(attachment.table, pd.concat(frames), on=attachment.on, interval=candles.interval)
            pq.write_table(_table(joined, layout.vector), part)
            age = joined[attachment.on] - joined["embedding_date"]
            late = age > candles.interval * (1 + layout.stride)
            written = Embedded(len(joined), int(age.isna().sum()), int(late.sum()))
        return {**note, "rows": written.rows, **extractor.provenance}

    try:
        write_noted(target, fill)
    except OSError as error:
        raise StudyError(f"output={str(target)!r} can't be written: {error}") from None
    return written


def _write(part: Path, extractor: Extractor, candles: Candles, windows: Windows, layout: Layout) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for frame in _frames(extractor, candles, windows, layout):
            table = _table(frame, layout.vector)
            writer = writer or pq.ParquetWriter(part, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _frames(
    extractor: Extractor, candles: Candles, windows: Windows, layout: Layout
) -> Iterator[pd.DataFrame]:
    """The windows' embeddings in pieces, see `_frame`."""
    with tqdm(total=len(windows), desc="embedding", unit=" windows", disable=not sys.stderr.isatty()) as bar:
        for start in range(0, len(windows), PIECE):
            chosen = windows.select(np.arange(start, min(start + PIECE, len(windows))))
            yield _frame(candles, chosen, extractor.embed_windows(chosen, layout.batch_size))
            bar.update(len(chosen))


def _frame(candles: Candles, windows: Windows, vectors: np.ndarray) -> pd.DataFrame:
    """`date`, `symbol` if the candles have one, `emb_000` ... float32."""
    last = candles.rows(windows.ends)
    columns = {"date": last["date"].array}
    if candles.has_symbol:
        columns["symbol"] = last["symbol"].array
    width = max(3, len(str(vectors.shape[1] - 1)))
    for number in range(vectors.shape[1]):
        columns[f"emb_{number:0{width}d}"] = vectors[:, number]
    return pd.DataFrame(columns)


def _table(frame: pd.DataFrame, vector: str) -> pa.Table:
    """The frame for Parquet, its vector as columns or as one fixed-size list column; empty where it is unknown."""
    if vector == "columns":
        return pa.Table.from_pandas(frame, preserve_index=False)
    names = [name for name in frame.columns if re.fullmatch(r"emb_\d+", str(name))]
    values = frame[names].to_numpy(dtype=np.float32)
    unknown = np.isnan(values).any(axis=1)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), len(names), mask=pa.array(unknown))
    rest = pa.Table.from_pandas(frame.drop(columns=names), preserve_index=False)
    return rest.append_column("embedding", lists)
