"""The projector's two files hold what the embeddings do."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from study.commands import projector
from study.commands.outputs import read_note


@pytest.mark.parametrize("vector", ["columns", "list"])
@pytest.mark.parametrize("labels", [True, False])
def test_both_files_read_back_row_by_row(tmp_path, monkeypatch, vector, labels):
    monkeypatch.setattr(projector, "MOST_POINTS", 50)
    numbers = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
    told = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=120, freq="15min", tz="UTC")})
    if labels:
        told = told.assign(label=pd.array(np.arange(120) % 2, "Int64"))
    table = pa.Table.from_pandas(told, preserve_index=False)
    if vector == "list":
        table = table.append_column(
            "embedding", pa.FixedSizeListArray.from_arrays(pa.array(numbers.ravel()), 3)
        )
    else:
        for place in range(3):
            table = table.append_column(f"emb_{place:03d}", pa.array(numbers[:, place]))
    path = tmp_path / "out.parquet"
    pq.write_table(table, path, row_group_size=31)
    assert projector.write_projector(path) == 50
    vectors, metadata = projector.projector_files(path)
    rows = np.round(np.linspace(0, 119, 50)).astype(int)
    np.testing.assert_allclose(np.loadtxt(vectors, delimiter="\t"), numbers[rows], rtol=1e-6)
    # The projector takes the first line for a heading only where there are several columns.
    read = pd.read_csv(metadata, sep="\t", header=0 if labels else None)
    assert pd.to_datetime(read.iloc[:, 0], utc=True).tolist() == told["date"].iloc[rows].tolist()
    assert not labels or read["label"].tolist() == (rows % 2).tolist()
    assert read_note(vectors)["rows"] == read_note(metadata)["rows"] == 50
