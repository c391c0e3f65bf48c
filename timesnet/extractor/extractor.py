"""A TimesNet cut at one layer, with all that turns its input into that layer's embeddings."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from ..candles import Candles, clean_candles, in_words, rows_in_order
from ..capture import LayerReader, check_layer, list_layers, read_batch, reading, require_lone_windows
from ..errors import ConfigError, DataError
from ..market import NEVER_CLOSES, Market
from ..network import TASKS_WITHOUT_MARKS, TimesNet
from ..tables import RowNames
from ..windows import (
    FEATURES,
    LOOK_BACK,
    OF_VOLUME,
    OwnColumns,
    Scaler,
    Windows,
    complete_windows,
    is_feature,
    look_back,
    memory,
    padded,
    stacked,
    windows_of,
)
from .past import PastWindows

OnProgress = Callable[[int, int], None]

# Measured on two processors with 1 MiB of second-level cache a core: one map of a batch should fill it, not more.
_CACHE = 3 * 2**19
_SMALLEST_BATCH = 16
INPUTS = ("candles", "columns", "arrays")


class Extractor:
    """Embeds windows at one layer; a window's vector depends on that window alone.

    It takes candles, whose features and windows it makes itself; a table with dates whose own columns are the
    network's inputs, as the published loader feeds them; or arrays of ready-made windows that know no time.

    The forward pass stops after the layer, the Inception blocks are merged once, and where the pooling allows
    it the last convolution before the layer is not run at all (see layer_reader). A GPU is used if there is
    one.

    Attributes:
        model: a copy of the network in eval mode; periods "frozen" or "window".
        layer, pooling: where it is cut, and how the layer's output becomes one vector.
        dim: length of that vector.
        inputs: one of INPUTS.
        features: names in the order of the network's inputs; scaler: fitted on them.
        seq_len: candles in a window; interval_seconds: from one candle to the next, or None for arrays.
        by_rows: whether windows are made of rows, whatever lies between their dates.
        padded: whether arrays may hold shorter series, ending in NaN, which are padded and masked as published.
        freq: the published frequency letter of the time marks.
        market: the hours by which a candle that is missing is a gap.
        provenance: JSON-ready notes on where all this comes from.
        past: windows with what followed them, for looking up those most like another; None where it has none.
    """

    def __init__(
        self,
        model: TimesNet,
        layer: str,
        pooling: str,
        *,
        scaler: Scaler,
        features: Iterable[str] = FEATURES,
        seq_len: int,
        freq: str,
        interval_seconds: float | None,
        market: Market = NEVER_CLOSES,
        inputs: str = "candles",
        by_rows: bool = False,
        padded: bool = False,
        provenance: Mapping[str, Any] | None = None,
        past: PastWindows | None = None,
        device: str | torch.device | None = None,
    ) -> None:
        """Raises LayerError or ConfigError when the parts do not fit each other."""
        if inputs not in INPUTS:
            raise ConfigError(f"inputs is {inputs!r}; it must be one of {', '.join(INPUTS)}")
        self.inputs = "arrays" if interval_seconds is None else inputs
        self.by_rows, self.padded = by_rows, padded
        self.features = tuple(features)
        self.layer, self.pooling, self.scaler = layer, pooling, scaler
        self.seq_len, self.freq, self.interval_seconds = seq_len, freq, interval_seconds
        self.market = market
        self.provenance = dict(provenance or {})
        self._check_fit(model)
        self._marks = not self.takes_arrays and model.config.task_name not in TASKS_WITHOUT_MARKS
        if device is None:
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = copy.deepcopy(model).to(device).eval().requires_grad_(False)
        with torch.no_grad():
            self.dim = sum(self._reader(self._marks).sizes.values())
        self.past = past

    @property
    def takes_arrays(self) -> bool:
        """Whether it embeds arrays of ready-made windows instead of candles."""
        return self.inputs == "arrays"

    @property
    def look_back(self) -> int:
        """Candles before a window that its features look back on; 0 where they are given as they are."""
        return look_back(self.features) if self.inputs == "candles" else 0

    @property
    def candles_needed(self) -> int:
        """Candles in a row that a table must hold at least for one vector."""
        return self.seq_len + self.look_back

    @property
    def timezone(self) -> str:
        """Of dates that say none, as in the candles that it was made for; "" for UTC."""
        return str(self.provenance.get("timezone", ""))

    def _check_fit(self, model: TimesNet) -> None:
        require_lone_windows(model)
        if model.period_selection == "frozen" and model.frozen_frequencies is None:
            raise ConfigError(
                "period_selection is 'frozen' but no frequencies are set: call freeze_frequencies first"
            )
        check_layer(self.layer, [info.name for info in list_layers(model)])
        config = model.config
        unknown = [name for name in self.features if not is_feature(name)]
        if unknown and self.inputs == "candles":
            raise ConfigError(f"feature {unknown[0]!r} does not exist: choose from {', '.join(LOOK_BACK)}")
        for what, has, needed in (
            ("features", len(self.features), config.enc_in),
            ("the scaler's features", len(self.scaler.mean), config.enc_in),
            ("seq_len", self.seq_len, config.seq_len),
            ("freq", self.freq, config.freq),
        ):
            if has != needed:
                raise ConfigError(f"{what}: the extractor has {has!r}, the network {needed!r}")
        if self.interval_seconds is not None and not self.interval_seconds > 0:
            raise ConfigError(f"interval_seconds is {self.interval_seconds!r}, it must be above 0")

    def embed_windows(
        self, windows: Windows, batch_size: int = 1024, progress: OnProgress | None = None
    ) -> np.ndarray:
        """Embeds windows of scaled features (with marks where the task takes them): float32 (n, dim).

        batch_size: at most so many windows at once; on a CPU fewer where its cache would not hold them.
        progress: called with (windows done, windows in all) after each batch. Raises DataError for windows of
        another length or number of features, ConfigError for a batch_size below 1.
        """
        if batch_size < 1:
            raise ConfigError(f"batch_size is {batch_size}, it must be at least 1")
        shape = (windows.seq_len, windows.channels)
        if shape != (self.seq_len, len(self.features)):
            raise DataError(
                f"windows are {shape[0]} candles x {shape[1]} features, this extractor needs "
                f"{self.seq_len} x {len(self.features)}"
            )
        vectors = np.empty((len(windows), self.dim), dtype=np.float32)
        done = 0
        with reading(self.model):
            reader = self._reader(windows.marks is not None)
            for x_enc, x_mark in windows.batches(min(batch_size, self._batch_limit())):
                batch = read_batch(self.model, reader, x_enc, x_mark)
                vectors[done : done + len(x_enc)] = batch.float().cpu().numpy()
                done += len(x_enc)
                if progress is not None:
                    progress(done, len(windows))
        return vectors

    def embed_arrays(self, values: np.ndarray, batch_size: int = 1024) -> np.ndarray:
        """Embeds ready-made windows (n, seq_len, channels), not scaled yet: float32 (n, dim).

        Raises DataError for another shape or a value that is not finite, ConfigError where this extractor takes
        candles or batch_size is below 1.
        """
        if not self.takes_arrays:
            raise ConfigError("this extractor takes candles, a table with dates, not an array of windows")
        raw = np.asarray(values)
        if self.padded:
            return self.embed_windows(padded(raw, self.scaler, self.seq_len), batch_size)
        if raw.ndim != 3 or raw.shape[1:] != (self.seq_len, len(self.features)):
            raise DataError(
                f"windows have shape {raw.shape}, this extractor needs (n, {self.seq_len}, {len(self.features)}): "
                "n windows, steps in a window, channels"
            )
        windows = stacked(raw)
        return self.embed_windows(replace(windows, values=self.scaler.transform(windows.values)), batch_size)

    def embed_candles(
        self,
        frame: pd.DataFrame,
        stride: int = 1,
        batch_size: int = 1024,
        progress: OnProgress | None = None,
        *,
        source: str = "data",
    ) -> pd.DataFrame:
        """Embeds every `stride`-th complete window of a table of candles, symbol by symbol in order of date.

        The candles are put in order first (see clean_candles); windows cross no gap and no symbol. What is a gap is
        told by the hours of the market that the network was trained on. Dates without time zone are in `timezone`.

        Where the network's inputs are the table's own columns, these and the dates are needed and the rows stand in
        order; other columns are ignored.

        Returns:
            One row a window: `date` (datetime64[ns, UTC], open time of its last candle), `symbol` where the
            table has one, and `emb_000` … (float32).

        Raises:
            DataError: unusable candles, another interval, or not one complete window.
            ConfigError: stride or batch_size below 1, an extractor that takes arrays.
        """
        self.interval()
        if stride < 1:
            raise ConfigError(f"stride is {stride}, it must be at least 1")
        if self.inputs == "columns":
            dates, windows = self.own_columns().windows_of(frame, source=source)
            keys = pd.DataFrame({"date": dates.tz_convert("UTC")})
        else:
            candles = self.candles_of(frame, source=source)
            windows = self.windows_of(candles)
            keys = candles.frame[["date", "symbol"] if candles.has_symbol else ["date"]]
        if len(windows) == 0:
            raise DataError(
                self.own_columns().too_few(source)
                if self.inputs == "columns"
                else self._too_few(candles, source)
            )
        windows = windows.select(np.arange(0, len(windows), min(stride, len(windows))))
        vectors = self.embed_windows(windows, batch_size, progress)
        width = max(3, len(str(self.dim - 1)))
        embedded = pd.DataFrame(vectors, columns=[f"emb_{i:0{width}d}" for i in range(self.dim)], copy=False)
        rows = keys.iloc[windows.ends].astype({"symbol": "str"} if "symbol" in keys else {})
        embedded.insert(0, "date", rows["date"].array)
        if "symbol" in rows:
            embedded.insert(1, "symbol", rows["symbol"].array)
        return embedded

    def candles_of(self, frame: pd.DataFrame, *, source: str = "data") -> Candles:
        """A table's candles in order: on their grid, or all rows as they stand."""
        if self.by_rows:
            return rows_in_order(frame, names=RowNames(source=source), timezone=self.timezone)[0]
        return clean_candles(
            frame, source=source, interval=self.interval(), timezone=self.timezone, calendar=self.market
        )[0]

    def own_columns(self) -> OwnColumns:
        """What makes windows of a table's own columns."""
        return OwnColumns(
            columns=self.features,
            scaler=self.scaler,
            seq_len=self.seq_len,
            freq=self.freq,
            embed=self.model.config.embed,
            marks=self._marks,
            interval=None if self.by_rows else self.interval(),
            market=self.market,
        )

    def windows_of(self, candles: Candles) -> Windows:
        """All complete windows of clean candles, with scaled features and marks.

        Raises DataError where the candles have no volumes and the features need them, or name no symbol and the hours
        of the market are not the same for all.
        """
        self.interval()
        if not candles.has_symbol:
            self.require_one_market()
        needed = [name for name in self.features if name in OF_VOLUME]
        if needed and not candles.has_volume:
            raise DataError(
                f"the candles have no volumes, but this extractor was trained on the feature {needed[0]!r}"
            )
        ends = complete_windows(candles, self.seq_len, memory(self.features), self.look_back)
        return windows_of(
            candles,
            self.features,
            ends,
            seq_len=self.seq_len,
            scaler=self.scaler,
            freq=self.freq if self._marks else None,
            embed=self.model.config.embed,
        )[0]

    def require_one_market(self) -> None:
        """Raises DataError where some symbols have hours of their own, so that candles without a name have none."""
        if others := sorted(self.market.by_symbol):
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            raise DataError(
                f"the candles name no symbol, but of the symbols that this extractor was trained on "
                f"{', '.join(others[:3])}{more} have hours of their own: add a column 'symbol'"
            )

    def _reader(self, marks: bool) -> LayerReader:
        return LayerReader(self.model, (self.layer,), (self.pooling,), marks=marks)

    def interval(self) -> pd.Timedelta:
        """From one candle to the next; ConfigError where this extractor takes arrays."""
        if self.interval_seconds is None:
            raise ConfigError(
                f"this extractor takes no candles but an array (n, {self.seq_len}, {len(self.features)}) of windows"
            )
        return pd.Timedelta(seconds=self.interval_seconds)

    def _batch_limit(self) -> int:
        """Windows in a batch beyond which a larger one is slower."""
        config, weight = self.model.config, self.model.layer_norm.weight
        if weight.is_cuda:
            return 8192
        window = config.total_len * max(config.d_model, config.d_ff) * weight.element_size()
        return max(_SMALLEST_BATCH, _CACHE // window)

    def _too_few(self, candles: Candles, source: str) -> str:
        longest = int(np.bincount(candles.segment).max())
        interval = in_words(self.interval())
        return (
            f"{source}: {self.candles_needed} consecutive candles of {interval} are needed "
            f"({self.seq_len} in a window, {self.look_back} before it), the longest run has {longest} "
            f"(a gap is a candle missing while the market is open: {self.market.in_words()})"
        )
