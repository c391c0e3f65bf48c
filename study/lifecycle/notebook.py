"""A study from Python: run or resume it, then use what it found."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PyFuncModel

from study.choice import leaderboard
from study.conclusion import Conclusion
from study.configuration import StudyConfiguration
from study.display import suggestion
from study.errors import StudyError
from study.lifecycle.run_study import run_study
from study.metrics import names
from timesnet.whole_files import write_whole

# Where tables that were given as a DataFrame are kept, so that the same call resumes.
KEPT_TABLES = Path("studies") / "data"


@dataclass(frozen=True)
class StudyResult:
    """What a study found.

    Attributes:
        verdict: the answer in three lines.
        leaderboard: every (trial, layer, pooling) with its scores, best first.
        model: the address that loads the winner, `models:/<name>/<version>`: an alias may move to a later study's.
        run_id: of the study's MLflow run.
    """

    verdict: str
    leaderboard: pd.DataFrame
    model: str
    run_id: str

    @property
    def embedder(self) -> PyFuncModel:
        """The winner, loaded by its name: `embedder.predict(candles)` gives one row a complete window."""
        return mlflow.pyfunc.load_model(self.model)

    @property
    def report(self) -> Path:
        """The report on this machine, one HTML file."""
        return Path(mlflow.artifacts.download_artifacts(run_id=self.run_id, artifact_path=names.REPORT))


def run(data: str | Path | pd.DataFrame = StudyConfiguration.data, **parameters: Any) -> StudyResult:
    """Run a study, or resume it: the same call goes on where an earlier one stopped.

    Args:
        data: a built-in data set, a path, or a table of candles. A table is kept as a Parquet file under
            `studies/data`, named after its content.
        parameters: any field of StudyConfiguration: `label="direction"`, `trials=40`, ...

    Raises StudyError, one line, for bad input.
    """
    known = StudyConfiguration.__dataclass_fields__
    for name in parameters:
        if name not in known:
            raise StudyError(f"unknown parameter {name!r}: {suggestion(name, known)}")
    if isinstance(data, pd.DataFrame):
        data = _keep(data)
    conclusion = run_study(StudyConfiguration(data=str(data), **parameters))
    return _result(conclusion)


def _keep(table: pd.DataFrame) -> Path:
    if table.empty:
        raise StudyError("data is an empty table; give one row a candle")
    if isinstance(table.columns, pd.MultiIndex):
        table = _by_symbol(table)
    if table.columns.has_duplicates:
        twice = table.columns[table.columns.duplicated()][0]
        raise StudyError(f"data: column {str(twice)!r} appears more than once; keep one of them")
    flat = (
        table
        if isinstance(table.index, pd.RangeIndex)
        else table.reset_index(drop=table.index.name in table.columns)
    )
    try:
        digest = hashlib.sha256(pd.util.hash_pandas_object(flat, index=False).to_numpy().tobytes())
        digest.update(repr(list(flat.columns)).encode())
        path = KEPT_TABLES / f"{digest.hexdigest()[:16]}.parquet"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, lambda part: flat.to_parquet(part, index=False))
    except (ValueError, TypeError) as error:  # what no column of a file can hold
        raise StudyError(f"data can't be kept as a file: {' '.join(str(error).split())[:200]}") from None
    return path


def _by_symbol(table: pd.DataFrame) -> pd.DataFrame:
    """A table with two rows of column names, prices and tickers (yfinance), with one, and a row for each symbol.

    Raises StudyError where neither row, or both, name prices.
    """
    levels = [
        number
        for number in range(table.columns.nlevels)
        if {"open", "close"} <= {str(name).lower() for name in table.columns.get_level_values(number)}
    ]
    if table.columns.nlevels != 2 or len(levels) != 1:
        raise StudyError(
            "data has several rows of column names; give one: date, open, high, low, close, volume"
        )
    tickers = 1 - levels[0]
    if table.columns.get_level_values(tickers).nunique() == 1:
        return table.droplevel(tickers, axis=1).rename_axis(columns=None)
    date = str(table.index.name or "date")
    stacked = pd.DataFrame(table.stack(tickers, future_stack=True)).rename_axis(index=[date, "symbol"])
    return stacked.dropna(how="all").rename_axis(columns=None).reset_index()


def _result(conclusion: Conclusion) -> StudyResult:
    outcome = conclusion.outcome
    return StudyResult(
        verdict=str(conclusion.answer),
        leaderboard=leaderboard(conclusion.records, outcome.metric),
        model=f"models:/{conclusion.configuration.model_name}/{conclusion.version}",
        run_id=conclusion.study.tracking.run_id,
    )
