"""Labelled windows in four splits: what every trial of a study shares."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.candle_source import CandleSource
from study.errors import StudyError
from study.labels import LabelSpec
from study.splits import SPLIT_NAMES, Splits
from study.window_source import Quality, WindowSource
from timesnet import Candles, Scaler, Windows


@dataclass(frozen=True, kw_only=True)
class StudyData:
    """Labelled windows and where they come from.

    Attributes:
        source: candles, or windows that came with their labels.
        windows: n windows with scaled features; of candles in order of date, with the published time features.
        labels: int64 (n,), classes 0 .. n_classes - 1.
        splits: index arrays into the windows.
        scaler: of the features, from the fit split alone.
        features: names of the features, in the order of the columns.
        freq: the published frequency letter of the time features.
        digest: SHA-256 of what was read, first 16 hex digits.
    """

    source: WindowSource
    windows: Windows
    labels: np.ndarray
    n_classes: int
    splits: Splits
    scaler: Scaler
    features: tuple[str, ...]
    freq: str
    digest: str

    @property
    def split_rows(self) -> dict[str, np.ndarray]:
        """Window rows of each split, by name."""
        return {name: getattr(self.splits, name) for name in SPLIT_NAMES}

    def class_shares(self, split: str) -> list[float]:
        """Share of each class among a split's windows."""
        counts = np.bincount(self.labels[self.split_rows[split]], minlength=self.n_classes)
        return [round(float(share), 4) for share in counts / counts.sum()]

    @property
    def quality(self) -> Quality:
        """What was found and done when the data were read."""
        return self.source.quality

    @property
    def has_candles(self) -> bool:
        """Whether the windows were cut from candles: then alone are the properties below there."""
        return isinstance(self.source, CandleSource)

    @property
    def candles(self) -> Candles:
        """The cleaned candles."""
        return self._of_candles().candles

    @property
    def dates(self) -> pd.DatetimeIndex:
        """(n,) open time of each window's last candle, UTC."""
        return self._of_candles().dates

    @property
    def label(self) -> LabelSpec:
        """What is predicted of the candles after a window."""
        return self._of_candles().label

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Of the label, from the fit split alone."""
        return self._of_candles().thresholds

    def _of_candles(self) -> CandleSource:
        if not isinstance(self.source, CandleSource):
            raise StudyError("these windows were not cut from candles")
        return self.source


def windows_digest(data: StudyData) -> str:
    """SHA-256 of what the probes see: features, labels and splits, first 16 hex digits.

    It tells a study that goes on with other code, whose features or splits are not the same any more.
    """
    digest = hashlib.sha256()
    for array in (data.windows.values, data.windows.ends, data.labels, *data.split_rows.values()):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
