"""The study's tables as files."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from study import metric_names as names
from study.study_data import StudyData
from study.trial_record import TrialRecord
from study.verdict import Outcome


def write_tables(
    folder: Path,
    outcome: Outcome,
    *,
    table: pd.DataFrame,
    records: Mapping[int, TrialRecord],
    data: StudyData,
) -> None:
    """Write `verdict.txt`, `tables/leaderboard.csv`, `.json` and `tables/predictions.parquet` into `folder`.

    Predictions: one row for each select window, its date or number and its label, one column of the positive class's
    probability (or one column a class) for each candidate.
    """
    (folder / names.LEADERBOARD).parent.mkdir()
    text = "\n".join([outcome.headline(), *outcome.sentences()]) + "\n"
    (folder / "verdict.txt").write_text(text, encoding="utf-8")
    rounded = table.round(6)
    rounded.to_csv(folder / f"{names.LEADERBOARD}.csv", index=False)
    rows = json.loads(rounded.to_json(orient="records"))
    (folder / f"{names.LEADERBOARD}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    columns: dict[str, np.ndarray] = {}
    for number, record in records.items():
        for row, candidate in enumerate(record.candidates):
            name = f"trial {number} {candidate.layer} {candidate.pooling}"
            classes = [1] if data.n_classes == 2 else range(data.n_classes)
            for label in classes:
                columns[f"{name} class {label}"] = record.predictions[row, :, label]
    select = data.probed.select
    frame = pd.DataFrame({**data.source.columns(select), "label": data.labels[select], **columns})
    frame.to_parquet(folder / "tables" / "predictions.parquet", index=False)
