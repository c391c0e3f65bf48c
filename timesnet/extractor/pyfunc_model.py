"""An extractor as an MLflow model, in the form that MLflow runs from source ("models from code")."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

from ..errors import TimesNetError
from .arrays import arrays_of, embed_rows, holds_arrays
from .files import load_extractor, notes
from .past import require_past

ARTIFACT = "extractor"
DEFAULTS = {"stride": 1, "batch_size": 1024, "neighbours": 0}
# A server turns its answer into Python objects and text, some 150 bytes a number, for several requests at once.
SERVED_NUMBERS = 2_000_000
_SERVING = "_MLFLOW_IS_IN_SERVING_ENVIRONMENT"


class Embedder(PythonModel):
    """Candles or an array of windows in, one embedding a complete window out; see Extractor.

    Loading one whose provenance holds a note under LEAK or CAUTION logs that note as a warning.
    """

    def load_context(self, context: PythonModelContext) -> None:
        self.extractor = load_extractor(context.artifacts[ARTIFACT])
        for said in notes(self.extractor.provenance):
            # The bundled package has another name in every model; this one a person can silence.
            logging.getLogger("timesnet").warning("%s", said)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame | np.ndarray:
        """For candles columns `date`, `symbol` where they have one, `emb_000` …, one row a complete window; for an
        array (n, seq_len, channels), or a table whose cells are arrays, a window a row, float32 (n, dim).

        With `neighbours` above 0 the answer is, of each window of candles, the past windows most like it instead, so
        many at most, and what followed them: see PastWindows.table.

        params: `stride` (every so many windows of candles), `batch_size` and `neighbours`. Raises Refusal, an
        MlflowException that serving answers with status 400, with one line that says what is wrong. A server also
        refuses requests whose answer would hold more than SERVED_NUMBERS numbers.
        """
        settings = {**DEFAULTS, **(params or {})}
        unknown = [name for name in settings if name not in DEFAULTS]
        try:
            if unknown:
                raise TimesNetError(
                    f"parameter {unknown[0]!r} does not exist: there are {', '.join(DEFAULTS)}"
                )
            stride, batch_size, neighbours = (_whole(name, settings[name]) for name in DEFAULTS)
            if neighbours:
                return self._neighbours(model_input, stride, batch_size, neighbours)
            if self.extractor.takes_arrays:
                windows = _as_array(model_input)
                self._require_servable(len(windows) if windows.ndim else 0, "windows")
                return self.extractor.embed_arrays(windows, batch_size)
            candles = _as_frame(model_input)
            if holds_arrays(candles) and self.extractor.inputs == "candles":
                self._require_servable(len(candles), "rows")
                return embed_rows(self.extractor, candles, batch_size)
            self._require_servable(len(candles) // max(1, stride), "candles")
            return self.extractor.embed_candles(candles, stride=stride, batch_size=batch_size)
        except TimesNetError as error:
            raise Refusal(str(error)) from error

    def _neighbours(self, model_input: Any, stride: int, batch_size: int, k: int) -> pd.DataFrame:
        past = require_past(self.extractor.past)
        candles = _as_frame(model_input)
        if holds_arrays(candles):
            raise TimesNetError(
                "neighbours needs the windows' dates: give a table of one row a candle, not one of arrays"
            )
        if k < 1:
            raise TimesNetError(f"parameter 'neighbours' is {k}; give 0 for embeddings, or how many windows")
        self._require_servable(len(candles) // max(1, stride), "candles", 4 * k + 2 * len(past.class_names))
        embedded = self.extractor.embed_candles(candles, stride=stride, batch_size=batch_size)
        keys = embedded[[name for name in ("date", "symbol") if name in embedded]]
        vectors = embedded.drop(columns=list(keys.columns)).to_numpy()
        dates = pd.DatetimeIndex(embedded["date"]).as_unit("ns").asi8
        return past.table(keys, past.like(vectors, dates, k))

    def _require_servable(self, vectors: int, what: str, numbers: int = 0) -> None:
        numbers = numbers or self.extractor.dim
        most = SERVED_NUMBERS // numbers
        if vectors > most and os.environ.get(_SERVING) == "true":
            raise TimesNetError(
                f"the answer would hold {vectors:,} times {numbers} numbers; send at most {most:,} {what} a request, "
                "or load the model with mlflow.pyfunc and call predict"
            )


class Refusal(MlflowException):
    """A request that can't be answered, which serving answers with status 400 and the reason.

    MLflow's server writes the whole request before the message of what is raised; this one's stays as it is.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason
        super().__init__(reason, error_code=INVALID_PARAMETER_VALUE)

    @property
    def message(self) -> str:
        return self._reason

    @message.setter
    def message(self, text: str) -> None:
        pass


def signature_of(columns: Sequence[str], inputs: Sequence[str] = ()) -> ModelSignature:
    """The signature of a model that returns a table with these columns: outputs, parameters and, where the model takes
    the columns of one table as they are, their names.
    """
    kinds = {"date": "datetime", "symbol": "string"}
    outputs = Schema([ColSpec(kinds.get(name, "float"), name) for name in columns])
    params = ParamSchema([ParamSpec(name, "long", default) for name, default in DEFAULTS.items()])
    # Their types are left open: MLflow would refuse a whole number where it was told of a fraction.
    taken = Schema([ColSpec(AnyType(), name) for name in inputs]) if inputs else None
    return ModelSignature(inputs=taken, outputs=outputs, params=params)


def array_signature(dim: int) -> ModelSignature:
    """The signature of a model that returns an array of vectors: outputs and parameters."""
    outputs = Schema([TensorSpec(np.dtype(np.float32), (-1, dim), "embeddings")])
    return ModelSignature(outputs=outputs, params=ParamSchema([ParamSpec("batch_size", "long", 1024)]))


def _whole(name: str, value: Any) -> int:
    # Beyond 64 bits a number would not fit what slices the windows.
    if isinstance(value, int | np.integer) and -(2**63) <= value < 2**63:
        return int(value)
    raise TimesNetError(f"parameter {name!r} is {value!r:.40}; give a whole number of at least 1")


def _as_array(windows: Any) -> np.ndarray:
    if isinstance(windows, pd.DataFrame) and holds_arrays(windows):
        windows = arrays_of(windows)
    # A served model gets nested lists from JSON.
    if isinstance(windows, np.ndarray | list):
        try:
            return np.asarray(windows, dtype=np.float64)
        except (TypeError, ValueError):
            raise TimesNetError(
                "the windows are not an array of numbers: all must have one length and the same channels"
            ) from None
    raise TimesNetError(f"an array (n, seq_len, channels) is needed, got a {type(windows).__name__}")


def _as_frame(candles: Any) -> pd.DataFrame:
    if isinstance(candles, pd.DataFrame):
        return candles
    # What a served model gets from JSON records.
    if isinstance(candles, list) and all(isinstance(candle, dict) for candle in candles):
        return pd.DataFrame(candles)
    raise TimesNetError(f"a DataFrame of candles is needed, got a {type(candles).__name__}")
