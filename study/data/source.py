"""What a study asks of the data that its windows come from, whatever kind that is."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd

from timesnet.market import Market


class Quality(Protocol):
    """What was found and done when the data were read."""

    def summary(self) -> str:
        """A few lines for the console."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The same, JSON-ready."""
        ...


class WindowSource(Protocol):
    """Where labelled windows come from. `rows` are always places in the study's windows, int64 (n,)."""

    @property
    def quality(self) -> Quality:
        """What was found and done when the data were read."""
        ...

    @property
    def label_kind(self) -> str:
        """The label in a word."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """What each class is called; empty where they have numbers alone."""
        ...

    @property
    def label_text(self) -> str:
        """The label in a line."""
        ...

    @property
    def overlap(self) -> int:
        """Windows in a row that share what they are made of, label included; 1 where each stands alone."""
        ...

    @property
    def horizon(self) -> int:
        """Steps after a window that are known, so that a network may forecast them; 0 where there are none."""
        ...

    @property
    def interval_seconds(self) -> float | None:
        """From one candle to the next; None where windows know no time."""
        ...

    @property
    def market(self) -> Market:
        """The hours by which a missing candle is a gap; of a market that never closes where windows know no time."""
        ...

    @property
    def input_kind(self) -> str:
        """What a registered extractor takes: candles, columns or arrays, in the words of `Extractor.inputs`."""
        ...

    @property
    def by_rows(self) -> bool:
        """Whether windows are made of rows, whatever lies between their dates."""
        ...

    @property
    def padded(self) -> bool:
        """Whether shorter series are padded with zeros and masked, as the published loader does."""
        ...

    def period(self, rows: np.ndarray) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """Dates of the last candles of the first and the last window; None where windows know no time."""
        ...

    def columns(self, rows: np.ndarray) -> Mapping[str, Any]:
        """What tells windows apart in a table: columns of length n."""
        ...

    def marks(self, *, freq: str, embed: str) -> np.ndarray | None:
        """Time marks, float32 (table rows, n_marks), for a network with that frequency letter and embedding."""
        ...

    def model_input(self, rows: np.ndarray) -> Any:
        """What a registered extractor is given so that it embeds these windows, others perhaps among them."""
        ...

    def vectors(self, answer: Any, rows: np.ndarray) -> np.ndarray:
        """These windows' vectors in what the extractor answered, float64 (n, dim); NaN where there is none."""
        ...

    def notes(self) -> Mapping[str, Any]:
        """What a registered extractor's provenance should say of its inputs, JSON-ready."""
        ...

    def description(self) -> list[tuple[str, str]]:
        """Rows (what, value) of a table for the model registry."""
        ...

    def example(self) -> tuple[str, str]:
        """Python that makes an input, and the name that it has then."""
        ...
