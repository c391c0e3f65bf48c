"""Windows of a file's own columns, labelled by its candles."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from study.data.candle_source import CandleSource
from study.data.source import Quality
from timesnet.extractor import LEAK
from timesnet.windows import time_marks


@dataclass(frozen=True, kw_only=True)
class ColumnQuality:
    """What reading a file with a network's own columns found: that of its candles, with what it says first."""

    candles: Quality
    first: tuple[str, ...]
    after: tuple[str, ...]

    def summary(self) -> str:
        """Lines for the console, a leak before all others."""
        return "\n".join((*self.first, self.candles.summary(), *(f"  {line}" for line in self.after)))

    def to_dict(self) -> dict[str, Any]:
        """The same, JSON-ready."""
        return {**self.candles.to_dict(), "leaks": list(self.first), "inputs": list(self.after)}


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnSource(CandleSource):
    """Candles whose file also holds the network's inputs; see CandleSource.

    Attributes:
        inputs: date, by the file's own clock, and input columns of each candle's row, as the file has them.
        leak: the line that says which inputs know the future; empty where none does.
        scaled_by: what the scaler was fitted on, in words.
    """

    inputs: pd.DataFrame
    leak: str
    scaled_by: str
    input_kind = "columns"

    def marks(self, *, freq: str, embed: str) -> np.ndarray:
        # By the clock that the file shows, as the published loader.
        return time_marks(self.inputs["date"], freq=freq, embed=embed)

    def model_input(self, rows: np.ndarray) -> pd.DataFrame:
        return self.inputs.iloc[self.needed(rows)].reset_index(drop=True)

    def notes(self) -> dict[str, Any]:
        leak = {LEAK: self.leak} if self.leak else {}
        return {"inputs": list(self.features), "scaled_by": self.scaled_by, **leak}

    def description(self) -> list[tuple[str, str]]:
        rows = [row for row in super().description() if row[0] not in ("input", "features")]
        own = [("warning", self.leak)] if self.leak else []
        return [
            *own,
            (
                "input",
                f"a table with the columns date, {', '.join(self.features)}; windows of {self.seq_len} rows",
            ),
            ("scaled by", self.scaled_by),
            *rows,
        ]

    def example(self) -> tuple[str, str]:
        return f'pandas.read_csv("table.csv")  # date, {", ".join(self.features)}', "table"
