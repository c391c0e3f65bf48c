"""The study's tables as files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from study.choice import leaderboard
from study.conclusion import Conclusion
from study.metrics import names

MOST_PREDICTIONS, ROWS_AT_ONCE = 1000, 10_000


def write_tables(folder: Path, conclusion: Conclusion) -> None:
    """Write `verdict.txt`, `tables/leaderboard.csv`, `.json` and `tables/predictions.parquet` into `folder`.

    Where they were asked for, `tables/periods.csv`, `tables/seeds.csv` and `tables/complement.csv`, too.

    Predictions: one row for each select window, its date or number and its label, one column of the positive class's
    probability (or one column a class) for each candidate, of many the best MOST_PREDICTIONS by select score and the
    winner: a file of 168,000 columns can be neither written nor read.
    """
    outcome, records, data = conclusion.outcome, conclusion.records, conclusion.data
    table = leaderboard(records, outcome.metric)
    (folder / names.LEADERBOARD).parent.mkdir()
    text = "\n".join([str(conclusion.answer), "", outcome.headline(), *outcome.sentences()]) + "\n"
    (folder / "verdict.txt").write_text(text, encoding="utf-8")
    rounded = table.round(6)
    rounded.to_csv(folder / f"{names.LEADERBOARD}.csv", index=False)
    _write_json(rounded, folder / f"{names.LEADERBOARD}.json")
    for name, found in ((names.PERIODS_TABLE, conclusion.periods), (names.SEEDS_TABLE, conclusion.seeds)):
        if found is not None:
            found.table().to_csv(folder / name, index=False, float_format="%.6f")
    if conclusion.complement is not None:
        conclusion.complement.frame().to_csv(
            folder / names.COMPLEMENT_TABLE, index=False, float_format="%.6f"
        )
    if conclusion.purposes is not None:
        conclusion.purposes.frame().to_csv(folder / f"{names.LABELS}.csv", index=False, float_format="%.6f")
    best = table[["trial", "layer", "pooling"]].head(MOST_PREDICTIONS).itertuples(index=False, name=None)
    shown = {*best, (outcome.trial, *outcome.winner.key)}
    columns: dict[str, np.ndarray] = {}
    for number, record in records.items():
        rows = [row for row, one in enumerate(record.candidates) if (number, *one.key) in shown]
        predictions = data.own(np.asarray(record.predictions)) if rows else np.empty(0)
        for row in rows:
            name = f"trial {number} {record.candidates[row].layer} {record.candidates[row].pooling}"
            classes = [1] if data.n_classes == 2 else range(data.n_classes)
            for label in classes:
                columns[f"{name} class {label}"] = predictions[row, :, label].copy()
    select = data.probed.select
    frame = pd.DataFrame({**data.source.columns(select), "label": data.labels[select], **columns})
    # Kept in the file's own description, where pandas finds it again.
    frame.attrs["candidates"] = (
        f"{len(shown)} of {len(table)}, the best by select {outcome.metric} with the winner"
    )
    frame.to_parquet(folder / "tables" / "predictions.parquet", index=False)


def _write_json(table: pd.DataFrame, path: Path) -> None:
    """A list of rows, some at a time: as Python objects they take fifty times the memory of the table."""
    with path.open("w", encoding="utf-8") as file:
        for begin in range(0, len(table), ROWS_AT_ONCE):
            rows = json.loads(table.iloc[begin : begin + ROWS_AT_ONCE].to_json(orient="records"))
            file.write(("[" if begin == 0 else ",") + json.dumps(rows, indent=1)[1:-2])
        file.write("\n]")
