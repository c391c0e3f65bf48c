"""An extractor as an MLflow model, in the form that MLflow runs from source ("models from code")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types.schema import ColSpec, ParamSchema, ParamSpec, Schema

from .errors import TimesNetError
from .extractor import Extractor

ARTIFACT = "extractor"
DEFAULTS = {"stride": 1, "batch_size": 1024}


class Embedder(PythonModel):
    """Candles in, one embedding a complete window out; see Extractor.embed_candles."""

    def load_context(self, context: PythonModelContext) -> None:
        self.extractor = Extractor.load(context.artifacts[ARTIFACT])

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Columns `date`, `symbol` where the candles have one, `emb_000` …; one row a complete window.

        params: `stride` (every so many windows) and `batch_size`. Raises MlflowException with the code
        INVALID_PARAMETER_VALUE, which serving answers with status 400, and one line that says what is wrong.
        """
        settings = {**DEFAULTS, **(params or {})}
        unknown = [name for name in settings if name not in DEFAULTS]
        try:
            if unknown:
                raise TimesNetError(
                    f"parameter {unknown[0]!r} does not exist: there are {', '.join(DEFAULTS)}"
                )
            return self.extractor.embed_candles(
                _as_frame(model_input),
                stride=int(settings["stride"]),
                batch_size=int(settings["batch_size"]),
            )
        except TimesNetError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from error


def signature_of(columns: Sequence[str]) -> ModelSignature:
    """The signature of a model that returns a table with these columns: outputs and parameters."""
    kinds = {"date": "datetime", "symbol": "string"}
    outputs = Schema([ColSpec(kinds.get(name, "float"), name) for name in columns])
    params = ParamSchema([ParamSpec(name, "long", default) for name, default in DEFAULTS.items()])
    return ModelSignature(outputs=outputs, params=params)


def _as_frame(candles: Any) -> pd.DataFrame:
    if isinstance(candles, pd.DataFrame):
        return candles
    # What a served model gets from JSON records.
    if isinstance(candles, list) and all(isinstance(candle, dict) for candle in candles):
        return pd.DataFrame(candles)
    raise TimesNetError(f"a DataFrame of candles is needed, got a {type(candles).__name__}")


mlflow.models.set_model(Embedder())
