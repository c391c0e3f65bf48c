"""Embedding a file of candles with a registered model."""

import json
import os
import re
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from mlflow.exceptions import MlflowException
from tqdm import tqdm

from study.addresses import without_secrets
from study.align import align as attach
from study.align import read_table
from study.archives import is_labelled
from study.errors import StudyError
from study.first_contact import check_tracking
from study.near_misses import near_misses
from study.patience import Patience
from study.tracking import use_default_store
from timesnet import WARMUP, Candles, Extractor, Windows, read_candles

# Windows a piece: what one pass holds in memory.
PIECE = 65_536
VECTORS = ("columns", "list")


def extract(
    *,
    model: str,
    data: str,
    output: str,
    stride: int,
    batch_size: int,
    vector: str,
    align: str,
    on: str,
) -> None:
    """Write one row for each complete window: `date` of its last candle, `symbol` if given, and its vector.

    With `vector=columns` the vector is `emb_000` ..., with `vector=list` one column `embedding` of fixed-size
    lists. With `align=table.csv on=date` the output is that table instead, each row with the latest embedding known
    strictly before its date.

    A JSON file beside the output (`.provenance.json`) says which model version, layer and candles it came from.
    Both are written under temporary names and renamed when complete.
    """
    if stride < 1 or batch_size < 1:
        raise StudyError(f"stride={stride}, batch_size={batch_size}: give 1 or more")
    path = Path(output)
    if path.suffix != ".parquet":
        raise StudyError(f"output={output!r} must end in .parquet")
    if not path.parent.is_dir():
        raise StudyError(f"output={output!r}: folder {str(path.parent)!r} does not exist")
    if vector not in VECTORS:
        raise StudyError(f"vector={vector!r} is unknown: {near_misses(vector, VECTORS)}")
    other = read_table(align, on) if align else None
    if is_labelled(data):
        raise StudyError(
            f"data={data!r}: extract embeds candles; give ready-made windows to the model itself, as an array: "
            f"mlflow.pyfunc.load_model({model!r}).predict(windows)"
        )
    use_default_store()
    if model.startswith(("models:", "runs:")):
        check_tracking(Patience(print))
    candles, quality = read_candles(data)
    print(quality.summary())
    extractor = load_extractor(model)
    if candles.interval != extractor.interval():
        raise StudyError(
            f"data={data!r} holds candles of {candles.interval}, {model} was trained on candles of "
            f"{extractor.interval()}"
        )
    windows = extractor.windows_of(candles)
    windows = windows.select(np.arange(0, len(windows), stride))
    if len(windows) == 0:
        raise StudyError(f"data={data!r} holds no run of {extractor.seq_len + WARMUP} candles without a gap")
    partial = path.with_name(path.name + ".part")
    writer: pq.ParquetWriter | None = None
    bar = tqdm(total=len(windows), desc="embedding", unit=" windows", disable=not sys.stderr.isatty())
    try:
        pieces = []
        for start in range(0, len(windows), PIECE):
            part = windows.select(np.arange(start, min(start + PIECE, len(windows))))
            frame = _frame(candles, part, extractor.embed_windows(part, batch_size))
            if other is None:
                table = _table(frame, vector)
                writer = writer or pq.ParquetWriter(partial, table.schema)
                writer.write_table(table)
            else:
                pieces.append(frame)
            bar.update(len(part))
        if other is not None:
            other = attach(other, pd.concat(pieces), on=on, interval=candles.interval)
            pq.write_table(_table(other, vector), partial)
        if writer is not None:
            writer.close()
        os.replace(partial, path)
    except OSError as error:
        raise StudyError(f"output={output!r} can't be written: {error}") from None
    finally:
        bar.close()
        if writer is not None:
            writer.close()
        partial.unlink(missing_ok=True)
    rows = len(windows) if other is None else len(other)
    provenance = path.with_name(path.name + ".provenance.json")
    note = {"model": model, "data": data, "rows": rows, "stride": stride, **extractor.provenance}
    unfinished = provenance.with_name(provenance.name + ".part")
    unfinished.write_text(json.dumps(note, indent=1), encoding="utf-8")
    os.replace(unfinished, provenance)
    print(f"{rows} embeddings of layer {extractor.layer} ({extractor.pooling}): {path}")
    print(f"  next: pandas.read_parquet({str(path)!r})")


def _frame(candles: Candles, windows: Windows, vectors: np.ndarray) -> pd.DataFrame:
    """`date`, `symbol` if the candles have one, `emb_000` ... float32."""
    last = candles.frame.iloc[windows.ends]
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


def load_extractor(model: str) -> Extractor:
    """The extractor inside a registered or logged model.

    Raises StudyError when the model can't be found.
    """
    try:
        folder = mlflow.artifacts.download_artifacts(artifact_uri=model)
    except (MlflowException, OSError) as error:
        raise StudyError(
            f"model={model!r} can't be loaded: {without_secrets(' '.join(str(error).split()))[:300]}"
        ) from None
    return Extractor.load(Path(folder) / "artifacts" / "extractor")
