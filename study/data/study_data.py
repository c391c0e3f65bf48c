"""Labelled windows in four splits: what every trial of a study shares."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from probes import of_each_label
from study.configuration import MAX_PROBE_WINDOWS
from study.data.candle_source import CandleSource
from study.data.inputs import CANDLE
from study.data.pretrained import Pretrained
from study.data.source import Quality, WindowSource
from study.data.splits import SPLIT_NAMES, Splits, thinned
from study.errors import StudyError
from study.fusion import WindowTable
from study.labels import LabelSpec, OutcomeTargets, horizon_of, label_name
from timesnet import Candles, Scaler, Windows


@dataclass(frozen=True, kw_only=True)
class StudyData:
    """Labelled windows and where they come from.

    Attributes:
        source: candles, or windows that came with their labels.
        windows: n windows with scaled features; of candles in order of date, with the published time features.
        inputs: how many channels a network sees by the name of its inputs: the features, and of `beside` the first few.
        beside: float32 (candles, channels), scaled, in step with the table of `windows`: what a network may see beside
            the features. None where there is nothing.
        beside_features: names of its columns; beside_scaler: of them.
        pretrained: weights that a network may start from; None where there are none.
        outcomes: what the task `outcomes` learns to predict; None of ready-made windows, where it is the label.
        labels: int64 (n,), classes 0 .. n_classes - 1.
        others: further labels by name, int64 (n,) of two classes, that candidates are judged by together with the own
            one: by the mean over all. Empty where the own label alone decides.
        splits: index arrays into the windows.
        scaler: of the features, from the fit split alone.
        features: names of the features, in the order of the columns.
        freq: the published frequency letter of the time features.
        digest: SHA-256 of what was read, first 16 hex digits.
        symbols: int (n,), number of each window's symbol where there are several: training draws as many windows of
            each. None where there is one.
        masked: whether the marks of the windows are a mask of their padding, as of windows of unequal length.
        windows_per_epoch: fit windows that training draws an epoch, 0 for as many as there are.
        max_probe_windows: windows of fit, tune and select together that are captured and probed, at most.
        table: what another table says to each window; None without one.
        together: whether everything is scored with that table's numbers at its side.
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
    symbols: np.ndarray | None = None
    inputs: Mapping[str, int] = field(default_factory=dict)
    beside: np.ndarray | None = None
    beside_features: tuple[str, ...] = ()
    beside_scaler: Scaler | None = None
    outcomes: OutcomeTargets | None = None
    pretrained: Pretrained | None = None
    masked: bool = False
    windows_per_epoch: int = 0
    max_probe_windows: int = MAX_PROBE_WINDOWS
    table: WindowTable | None = None
    together: bool = False
    others: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.inputs:
            object.__setattr__(self, "inputs", {CANDLE: len(self.features)})

    def input_windows(self, channels: int) -> Windows:
        """The windows as a network of so many input channels sees them."""
        more = channels - len(self.features)
        if more == 0:
            return self.windows
        if self.beside is None or not 0 < more <= self.beside.shape[1]:
            raise StudyError(f"these windows have no {channels} channels; they have {self.inputs}")
        return replace(self.windows, beside=self.beside[:, :more])

    def input_features(self, channels: int) -> tuple[str, ...]:
        """The names of those channels."""
        return (*self.features, *self.beside_features)[:channels]

    def input_scaler(self, channels: int) -> Scaler:
        """The scaler of those channels."""
        if self.beside_scaler is None:
            return self.scaler
        mean = np.concatenate([self.scaler.mean, self.beside_scaler.mean])
        scale = np.concatenate([self.scaler.scale, self.beside_scaler.scale])
        return Scaler(mean[:channels], scale[:channels])

    def scored_beside(self, rows: np.ndarray) -> np.ndarray | None:
        """What is scored at the side of every vector of the windows `rows` (n,), float32 (n, d); None for nothing."""
        return self.table.vectors(rows) if self.together and self.table is not None else None

    def as_scored(self, vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The vectors (n, dim) of the windows `rows` (n,) with what is scored at their side."""
        beside = self.scored_beside(rows)
        return vectors if beside is None else np.concatenate([vectors, beside], axis=1)

    @cached_property
    def judged(self) -> np.ndarray:
        """What candidates are judged by: the labels (n,), or int64 (n, n_labels), the own label and the others."""
        return np.column_stack([self.labels, *self.others.values()]) if self.others else self.labels

    @property
    def averaged(self) -> tuple[str, ...]:
        """The names of those labels; empty where the own one alone decides."""
        return (label_name(self.label.kind, self.label.horizon), *self.others) if self.others else ()

    def own(self, probability: np.ndarray) -> np.ndarray:
        """What a probability of all that candidates are judged by, (…, n, n_labels), says of the own label alone,
        (…, n, n_classes)."""
        if not self.others:
            return probability
        said = probability[..., 0]
        return np.stack([1 - said, said], axis=-1)

    def own_metric(self, metric: str) -> str:
        """The metric by which the own label alone is scored."""
        return of_each_label(metric) if self.others else metric

    @cached_property
    def probed(self) -> Splits:
        """The windows of each split whose layers are captured and probed: all, or an even subsample over time."""
        return thinned(self.splits, self.max_probe_windows, self.symbols)

    @property
    def horizon(self) -> int:
        """Candles after a window that any label which candidates are judged by looks at, at most."""
        return max([self.label.horizon, *(horizon_of(name) for name in self.others)])

    def overlap(self, split: str) -> int:
        """Probed windows of a split in a row, at most, that share candles with each other, all labels included.

        1 only where windows stand alone whatever their number.
        """
        if not self.has_candles or self.source.overlap == 1:
            return self.source.overlap
        own = self._of_candles()
        source = replace(own, label=replace(own.label, horizon=self.horizon))
        rows = getattr(self.probed, split)
        if source.by_rows:
            dates, until = source.ends[rows], source.ends[rows] + source.overlap
        else:
            dates, until = source.dates_of(rows).as_unit("ns").asi8, source.apart_from(rows)
        return max(2, int((np.searchsorted(dates, until) - np.arange(len(dates))).max()))

    def apart_from(self, rows: np.ndarray, *, newer: bool = False) -> np.ndarray:
        """When the first window ends that shares no candle with each of these, see `CandleSource.apart_from`."""
        return self._of_candles().apart_from(rows, newer=newer)

    @property
    def split_rows(self) -> dict[str, np.ndarray]:
        """Window rows of each split, by name."""
        return {name: getattr(self.splits, name) for name in SPLIT_NAMES}

    def class_shares(self, split: str) -> list[float]:
        """Share of each class among a split's windows."""
        counts = np.bincount(self.labels[self.split_rows[split]], minlength=self.n_classes)
        return [round(float(share), 4) for share in counts / counts.sum()]

    def shares_in_words(self, split: str, *, digits: int) -> str:
        """Share of each class among a split's windows, by its name, in percent with so many digits."""
        called = self.source.class_names or [f"class {number}" for number in range(self.n_classes)]
        shares = self.class_shares(split)
        return ", ".join(f"{name} {share:.{digits}%}" for name, share in zip(called, shares, strict=True))

    def split_digest(self, split: str) -> str:
        """SHA-256 of what was read with the places and labels of a split's windows, first 16 hex digits."""
        digest, rows = hashlib.sha256(self.digest.encode()), self.split_rows[split]
        for array in (self.windows.ends[rows], self.labels[rows]):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]

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

    @property
    def thresholds_by_symbol(self) -> Mapping[str, tuple[float, ...]]:
        """Each symbol's own, by its name; empty where those of all serve."""
        return self._of_candles().thresholds_by_symbol

    def _of_candles(self) -> CandleSource:
        if not isinstance(self.source, CandleSource):
            raise StudyError("these windows were not cut from candles")
        return self.source


def windows_digest(data: StudyData) -> str:
    """SHA-256 of what the probes see: features, labels and splits, first 16 hex digits.

    It tells a study that goes on with other code, whose features or splits are not the same any more.
    """
    digest = hashlib.sha256()
    tables = [data.windows.values] if data.beside is None else [data.windows.values, data.beside]
    labels = (data.labels, *data.others.values())
    for array in (*tables, data.windows.ends, *labels, *data.split_rows.values()):
        digest.update(np.ascontiguousarray(array).reshape(-1).data)
    return digest.hexdigest()[:16]
