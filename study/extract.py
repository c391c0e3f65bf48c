"""Embedding a file of candles with a registered model."""

import json
import os
import sys
from pathlib import Path

import mlflow
import pyarrow as pa
import pyarrow.parquet as pq
from mlflow.exceptions import MlflowException
from tqdm import tqdm

from study.errors import StudyError
from study.tracking import use_default_store
from timesnet import Extractor, read_candles

# Windows a piece: what one pass holds in memory.
PIECE = 65_536


def extract(*, model: str, data: str, output: str, stride: int, batch_size: int) -> None:
    """Write one row for each complete window: `date` of its last candle, `symbol` if given, `emb_000` ...

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
    candles, quality = read_candles(data)
    print(quality.summary())
    use_default_store()
    extractor = load_extractor(model)
    frame = candles.frame if candles.has_symbol else candles.frame.drop(columns="symbol")
    partial = path.with_name(path.name + ".part")
    writer: pq.ParquetWriter | None = None
    rows = 0
    bar = tqdm(desc="windows", unit=" windows", disable=not sys.stderr.isatty())
    try:
        for piece in extractor.stream_candles(frame, stride=stride, batch_size=batch_size, piece=PIECE):
            table = pa.Table.from_pandas(piece, preserve_index=False)
            writer = writer or pq.ParquetWriter(partial, table.schema)
            writer.write_table(table)
            rows += len(piece)
            bar.update(len(piece))
        if writer is not None:
            writer.close()
            os.replace(partial, path)
    finally:
        bar.close()
        if writer is not None:
            writer.close()
        partial.unlink(missing_ok=True)
    provenance = path.with_name(path.name + ".provenance.json")
    note = {"model": model, "data": data, "rows": rows, "stride": stride, **extractor.provenance}
    part = provenance.with_name(provenance.name + ".part")
    part.write_text(json.dumps(note, indent=1), encoding="utf-8")
    os.replace(part, provenance)
    print(f"{rows} embeddings of layer {extractor.layer} ({extractor.pooling}): {path}")
    print(f"  next: pandas.read_parquet({str(path)!r})")


def load_extractor(model: str) -> Extractor:
    """The extractor inside a registered or logged model.

    Raises StudyError when the model can't be found.
    """
    try:
        folder = mlflow.artifacts.download_artifacts(artifact_uri=model)
    except (MlflowException, OSError) as error:
        raise StudyError(f"model={model!r} can't be loaded: {' '.join(str(error).split())[:300]}") from None
    return Extractor.load(Path(folder) / "artifacts" / "extractor")
