"""Windows that were cut from candles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from study.data.source import Quality
from study.labels import CLASS_NAMES, TRAILING_OUTCOMES, LabelSpec
from timesnet import Candles
from timesnet.candles import in_words
from timesnet.market import Market
from timesnet.windows import time_marks


@dataclass(frozen=True, kw_only=True, eq=False)
class CandleSource:
    """Candles with the label that was made of them; see WindowSource for the methods.

    Attributes:
        candles, quality: cleaned, and what cleaning found.
        label: what is predicted of the candles after a window.
        thresholds: of the label, from the fit split alone, of all symbols together.
        thresholds_by_symbol: each symbol's own, by its name; empty where those of all serve.
        ends: int64 (n_windows,), row of each window's last candle.
        seq_len: candles in a window.
        features: names of what a network sees of each candle.
        look_back: candles before a window that these, or others that networks choose from, look back on.
        data: the name or path under which the candles were asked for; digest: SHA-256 of them, 16 hex digits.
        by_rows: whether windows are made of rows, whatever lies between their dates.
    """

    candles: Candles
    quality: Quality
    label: LabelSpec
    thresholds: tuple[float, ...]
    thresholds_by_symbol: Mapping[str, tuple[float, ...]]
    ends: np.ndarray
    seq_len: int
    features: tuple[str, ...]
    look_back: int
    data: str
    digest: str
    by_rows: bool = False
    input_kind = "candles"
    padded = False

    @property
    def dates(self) -> pd.DatetimeIndex:
        """(n_windows,) open time of each window's last candle, UTC."""
        return pd.DatetimeIndex(self.candles.frame["date"].iloc[self.ends])

    def dates_of(self, rows: np.ndarray) -> pd.DatetimeIndex:
        """`dates` of some windows."""
        return pd.DatetimeIndex(self.candles.frame["date"].iloc[self.ends[rows]])

    def apart_from(self, rows: np.ndarray, *, newer: bool = False) -> np.ndarray:
        """When the first window ends that shares no candle with each of these, nor with what followed it, int64
        nanoseconds (n,): of windows of these candles, or of any `newer` ones that may follow them.
        """
        dates = pd.DatetimeIndex(self.candles.frame["date"]).as_unit("ns").asi8
        segment, step = self.candles.segment, int(self.candles.interval.value)
        ends = self.ends[rows]
        later = np.minimum(ends + self.overlap, len(dates) - 1)
        within = (ends + self.overlap == later) & (segment[later] == segment[ends])
        # Beyond a gap there are fewer candles than this in the same time. But up to the gap a market that closes may
        # take longer for as many: what followed a window on Friday is known on Monday.
        stop = np.searchsorted(segment, segment[ends], side="right")
        alone = np.maximum(dates[ends] + self.overlap * step, dates[stop - 1] + step)
        if newer:
            # They may go on where those of a symbol end, and take as long as any window with its label did.
            symbols = self.candles.frame["symbol"].cat.codes.to_numpy()
            goes_on = (stop == len(dates)) | (symbols[np.minimum(stop, len(dates) - 1)] != symbols[ends])
            last = np.minimum(self.ends + self.horizon, len(dates) - 1)
            longest = int((dates[last] - dates[self.ends - self.seq_len + 1]).max()) + step
            alone = np.where(goes_on, np.maximum(alone, dates[ends] + longest), alone)
        return np.where(within, dates[later], alone)

    @property
    def label_kind(self) -> str:
        return self.label.kind

    @property
    def class_names(self) -> tuple[str, ...]:
        return CLASS_NAMES.get(self.label.kind, ())

    @property
    def label_text(self) -> str:
        threshold = "median" if self.label.threshold is None else f"{self.label.threshold:g}"
        if self.label.trailing:
            threshold = f"of the last {TRAILING_OUTCOMES} outcomes known then"
        whose = " of each symbol" if self.thresholds_by_symbol else ""
        return f"{self.label.kind}, threshold {threshold}{whose}, horizon {self.label.horizon}"

    @property
    def overlap(self) -> int:
        return self.seq_len + self.label.horizon

    @property
    def horizon(self) -> int:
        return self.label.horizon

    @property
    def interval_seconds(self) -> float:
        return float(self.candles.interval.total_seconds())

    @property
    def market(self) -> Market:
        return self.candles.market

    def period(self, rows: np.ndarray) -> tuple[pd.Timestamp, pd.Timestamp]:
        first, last = self.dates_of(rows[[0, -1]])
        return first, last

    def columns(self, rows: np.ndarray) -> dict[str, Any]:
        found: dict[str, Any] = {"date": self.dates_of(rows)}
        if self.candles.has_symbol:
            found["symbol"] = self.candles.rows(self.ends[rows])["symbol"].astype(str).to_numpy()
        return found

    def marks(self, *, freq: str, embed: str) -> np.ndarray:
        return time_marks(self.candles.frame["date"], freq=freq, embed=embed)

    def model_input(self, rows: np.ndarray) -> pd.DataFrame:
        frame = self.candles.rows(self.needed(rows))
        return frame if self.candles.has_symbol else frame.drop(columns="symbol")

    def needed(self, rows: np.ndarray) -> np.ndarray:
        """The candles that these windows are made of, int64, ascending.

        They alone: windows of several symbols lie far apart in the frame. Windows of rows need all in between, or rows
        that are apart would become neighbours.
        """
        ends = self.ends[rows]
        if self.by_rows:
            return np.arange(max(0, ends.min() - self.seq_len - self.look_back + 1), ends.max() + 1)
        return np.unique(np.maximum(ends[:, None] - np.arange(self.seq_len + self.look_back), 0))

    def notes(self) -> dict[str, Any]:
        return {}

    def vectors(self, answer: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
        if self.by_rows:
            # A date may stand there twice; the places are known.
            answer = answer.iloc[self.ends[rows] - self.ends[rows].min()]
            return answer.filter(regex=r"^emb_\d+$").to_numpy(dtype=np.float64)
        keys = ["date", "symbol"] if self.candles.has_symbol else ["date"]
        wanted = self.candles.rows(self.ends[rows])[keys].reset_index(drop=True)
        matched = wanted.merge(answer, on=keys, how="left")
        return matched.filter(regex=r"^emb_\d+$").to_numpy(dtype=np.float64)

    def description(self) -> list[tuple[str, str]]:
        first, last = self.dates_of(np.array([0, len(self.ends) - 1]))
        return [
            (
                "input",
                f"candles of {in_words(self.candles.interval)}: date, open, high, low, close, volume; "
                f"windows of {self.seq_len}",
            ),
            ("market", self.market.in_words()),
            ("features", ", ".join(self.features)),
            ("label", f"{self.label_text} candles ahead"),
            ("data", f"{self.data}, {first:%Y-%m-%d} to {last:%Y-%m-%d}, digest `{self.digest}`"),
        ]

    def example(self) -> tuple[str, str]:
        return 'pandas.read_csv("candles.csv")  # date, open, high, low, close, volume', "candles"
