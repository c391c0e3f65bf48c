"""One file of candles turned into one Parquet file of embeddings."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from study.commands.align import Attachment, align, free_prefix
from study.commands.file_windows import FileWindows, windows_of_file
from study.commands.outputs import file_digest, write_noted
from study.data import Quality
from study.errors import StudyError
from study.fusion import COUNT, WindowTable, as_text, read_window_table, unknown_symbols
from study.labels import UNSETTLED, labels_by, split_of
from timesnet import Candles, Extractor, Windows

# Where an extractor's provenance keeps the label of its study.
RECIPE = "label_recipe"
# Windows a piece: what one pass holds in memory.
PIECE = 65_536
# The column that holds a vector as a list.
LIST = "embedding"
# The same of another table, and what the names of its columns begin with.
BESIDE = "beside"
_INSIDE = "\0"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is written of the candles' windows.

    Attributes:
        stride: every so many windows.
        vector: `columns` for `emb_000` ..., `list` for one column `embedding` of lists.
        batch_size: windows embedded at once, at most.
        timezone: of the candles' dates that say none; "" for that of the extractor.
        labels: whether `label` and `split` go with each window: the class that the model's study gives it, empty where
            its future is not there yet, and the split that its date lies in.
        beside: another table, a row a window of which goes with each: `beside_count` rows since the candle before, and
            their means; "" for none. on: the column of its dates.
    """

    stride: int
    vector: str
    batch_size: int
    timezone: str = ""
    labels: bool = False
    beside: str = ""
    on: str = "date"


@dataclass(frozen=True)
class Embedded:
    """What was written.

    Attributes:
        rows: in the file.
        without: of these, how many of an attachment's rows have no embedding, none being known yet.
        late: how many of them have one that a newer one would have followed, were no candles missing.
        prefix: what stands before the names of our columns, because the table has such names of its own.
        unknown_symbols: of an attachment, which the candles do not have.
        about_table: lines on how the table beside was read.
    """

    rows: int
    without: int = 0
    late: int = 0
    prefix: str = ""
    unknown_symbols: tuple[str, ...] = ()
    about_table: tuple[str, ...] = ()


def embed_file(
    extractor: Extractor,
    source: str,
    target: Path,
    layout: Layout,
    *,
    note: Mapping[str, Any],
    attachment: Attachment | None = None,
    say_quality: Callable[[Quality], None] | None = None,
) -> Embedded:
    """Write one row for each complete window of `source`, or the attachment's rows.

    The note with rows and provenance goes into a JSON file beside the target.

    Args:
        note: JSON-ready; kept beside the rows.
        say_quality: called with what reading the candles found, before they are embedded.

    Raises OtherInterval, another StudyError or timesnet.DataError, one line; the target is then as it was before.
    """
    read = windows_of_file(extractor, source, timezone=layout.timezone)
    if say_quality is not None:
        say_quality(read.quality)
    if layout.labels and (RECIPE not in extractor.provenance or read.candles is None):
        raise StudyError("labels=yes: the model does not say what its label was; register it by a new study")
    other = _table_beside(read, layout, extractor)
    stride = min(layout.stride, max(1, len(read.windows)))
    places = np.arange(0, len(read.windows), stride)
    windows = read.windows.select(places)
    written = Embedded(len(windows), about_table=() if other is None else other.about)

    def beside(start: int, stop: int) -> pd.DataFrame | None:
        return None if other is None else _numbers_beside(other, places[start:stop], layout)

    def fill(part: Path) -> dict[str, Any]:
        nonlocal written
        if attachment is None:
            _write(part, _frames(extractor, read, windows, layout, beside), layout)
        else:
            frames = list(_frames(extractor, read, windows, layout, beside))
            table, written = _joined(attachment, pd.concat(frames), read, places, layout)
            pq.write_table(table, part)
        about = _about(extractor, source, read, places)
        if attachment is not None:
            about |= {"align": attachment.source, "on": attachment.on}
        if other is not None:
            digest = file_digest(layout.beside)
            about |= {"beside": layout.beside, "beside_digest": digest, "on": layout.on}
            about["beside_columns"] = [f"{BESIDE}_{name}" for name in other.columns]
        return {**about, **note, "rows": written.rows}

    try:
        write_noted(target, fill)
    except OSError as error:
        raise StudyError(f"output={str(target)!r} can't be written: {error}") from None
    return written


def _about(extractor: Extractor, source: str, read: FileWindows, places: np.ndarray) -> dict[str, Any]:
    """What the file was made of: this file of rows, and the layer with what its own study was trained on."""
    own = dict(extractor.provenance)
    trained_on = {f"study_{key}": own.pop(key) for key in ("data", "data_digest") if key in own}
    # Of several symbols neither the first window nor the last need be the oldest or the newest.
    closes = read.closes[places]
    first, last = read.keys(read.windows.ends[places[[closes.argmin(), closes.argmax()]]])["date"]
    return {
        **own,
        **trained_on,
        "data": source,
        "data_digest": file_digest(source),
        "layer": extractor.layer,
        "pooling": extractor.pooling,
        "dim": extractor.dim,
        "columns": list(extractor.features),
        "rows_read": read.rows_read,
        "first_date": first.isoformat(),
        "last_date": last.isoformat(),
    }


def _table_beside(read: FileWindows, layout: Layout, extractor: Extractor) -> WindowTable | None:
    if not layout.beside:
        return None
    if read.candles is None:
        raise StudyError(
            f"beside={layout.beside!r} goes with windows of candles, whose closing times are known; the model takes a "
            "table's own columns"
        )
    zone = layout.timezone or extractor.timezone
    return read_window_table(layout.beside, layout.on, read.candles, read.windows.ends, timezone=zone)


def _numbers_beside(table: WindowTable, places: np.ndarray, layout: Layout) -> pd.DataFrame:
    """The table's row of each window: the count, and its means as columns or as one of lists."""
    vectors = table.vectors(places)
    frame = pd.DataFrame({f"{BESIDE}_{COUNT}": vectors[:, 0].astype(np.int32)})
    if layout.vector == "list":
        return frame.assign(**{BESIDE: list(vectors[:, 1:])}) if table.numbers else frame
    means = pd.DataFrame(vectors[:, 1:], columns=[f"{BESIDE}_{name}" for name in table.columns[1:]])
    return pd.concat([frame, means], axis=1)


def _write(part: Path, frames: Iterable[pd.DataFrame], layout: Layout) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for frame in frames:
            table = _table(frame, layout.vector)
            writer = writer or pq.ParquetWriter(part, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _frames(
    extractor: Extractor,
    read: FileWindows,
    windows: Windows,
    layout: Layout,
    beside: Callable[[int, int], pd.DataFrame | None],
) -> Iterator[pd.DataFrame]:
    """The windows' embeddings in pieces: `date`, `symbol` if the file has one, what stands `beside` the windows from
    one place to another, `emb_000` ... float32."""
    with tqdm(total=len(windows), desc="embedding", unit=" windows", disable=not sys.stderr.isatty()) as bar:
        for start in range(0, len(windows), PIECE):
            chosen = windows.select(np.arange(start, min(start + PIECE, len(windows))))
            vectors = extractor.embed_windows(chosen, layout.batch_size)
            width = max(3, len(str(vectors.shape[1] - 1)))
            names = [f"emb_{number:0{width}d}" for number in range(vectors.shape[1])]
            keys = read.keys(chosen.ends)
            if layout.labels and read.candles is not None:
                keys = _with_labels(keys, read.candles, chosen, extractor.provenance)
            if (other := beside(start, start + len(chosen))) is not None:
                keys = pd.concat([keys, other.set_axis(keys.index, axis=0)], axis=1)
            yield pd.concat([keys, pd.DataFrame(vectors, columns=names, index=keys.index)], axis=1)
            bar.update(len(chosen))


def _with_labels(
    keys: pd.DataFrame, candles: Candles, windows: Windows, provenance: Mapping[str, Any]
) -> pd.DataFrame:
    """The keys with `label` (Int64, empty where unsettled) and `split` beside them."""
    labels = pd.Series(labels_by(provenance[RECIPE], candles, windows.ends), dtype="Int64")
    return keys.assign(
        label=labels.mask(labels == UNSETTLED).array,
        split=split_of(pd.DatetimeIndex(keys["date"]), provenance["splits"]),
    )


def _joined(
    attachment: Attachment, embeddings: pd.DataFrame, read: FileWindows, places: np.ndarray, layout: Layout
) -> tuple[pa.Table, Embedded]:
    """The attachment's rows with their embeddings, those of the windows at `places`, in columns of other names where
    the table has ours."""
    interval = read.interval
    vector = [name for name in embeddings.columns if name not in ("date", "symbol")]
    written = vector if layout.vector == "columns" else [LIST]
    prefix = free_prefix(attachment.table.columns, ["embedding_date", *written])
    joined = align(
        attachment.table,
        embeddings,
        on=attachment.on,
        interval=interval,
        max_age=attachment.max_age,
        # Single numbers of a list are no columns in the end, and may be called as they like.
        prefix=prefix if layout.vector == "columns" else _INSIDE,
        closes=read.closes[places],
    )
    given = len(attachment.table.columns)
    dates = joined.iloc[:, given]
    age = joined[attachment.on] - dates
    late = age > interval * (1 + layout.stride)
    symbols = "symbol" in embeddings.columns and "symbol" in attachment.table.columns
    unknown = (
        unknown_symbols(attachment.table["symbol"], list(as_text(embeddings["symbol"]))) if symbols else []
    )
    told = Embedded(
        len(joined),
        int(age.isna().sum()),
        int(late.sum()),
        prefix=prefix,
        unknown_symbols=tuple(unknown),
    )
    if layout.vector == "columns":
        return pa.Table.from_pandas(joined, preserve_index=False), told
    rest = joined.iloc[:, : given + 1].rename(columns={f"{_INSIDE}embedding_date": f"{prefix}embedding_date"})
    vectors = joined.iloc[:, given + 1 :].to_numpy(dtype=np.float32)
    table = pa.Table.from_pandas(rest, preserve_index=False)
    return table.append_column(prefix + LIST, _lists(vectors)), told


def _table(frame: pd.DataFrame, vector: str) -> pa.Table:
    """The frame for Parquet, its vector as columns or as one list column."""
    if vector == "columns":
        return pa.Table.from_pandas(frame, preserve_index=False)
    vectors = [name for name in frame.columns if name.startswith("emb_")]
    rest = pa.Table.from_pandas(frame.drop(columns=[*vectors, BESIDE], errors="ignore"), preserve_index=False)
    if BESIDE in frame.columns:
        rest = rest.append_column(BESIDE, _lists(np.stack(list(frame[BESIDE]))))
    return rest.append_column(LIST, _lists(frame[vectors].to_numpy(dtype=np.float32)))


def _lists(vectors: np.ndarray) -> pa.Array:
    """A list for each row of float32 (n, dim), none where a number is NaN.

    Lists of fixed size cannot be read back from Parquet where one is missing, so that they are of any size then.
    """
    unknown = np.isnan(vectors).any(axis=1)
    if not unknown.any():
        return pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    offsets = pa.array(
        np.append(np.cumsum(~unknown) - ~unknown, (~unknown).sum()) * vectors.shape[1], pa.int32()
    )
    return pa.ListArray.from_arrays(offsets, pa.array(vectors[~unknown].ravel()), mask=pa.array(unknown))
