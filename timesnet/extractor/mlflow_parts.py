"""What MLflow needs to log an extractor: code, artifacts, signature, example, requirements."""

from __future__ import annotations

import importlib
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..market import CALENDARS
from .bundle import bundle_code
from .extractor import Extractor
from .files import load_extractor

REQUIREMENTS = ("mlflow", "numpy", "pandas", "safetensors", "torch")


def pyfunc_parts(
    extractor_dir: str | os.PathLike[str],
    target_dir: str | os.PathLike[str],
    *,
    example: pd.DataFrame | np.ndarray | None = None,
) -> dict[str, Any]:
    """Keyword arguments for `mlflow.pyfunc.log_model` that log a saved extractor with its code.

    Args:
        extractor_dir: where `save_extractor` wrote.
        target_dir: gets the code; both folders must last until the model is logged.
        example: candles (or an array of windows, where that is what the extractor takes) to keep as the model's
            example; by default made up, just enough for two windows.

    Returns:
        python_model, code_paths, artifacts, signature, input_example, pip_requirements. The signature names
        outputs and parameters alone: MLflow would reject any other spelling of the input's columns and any
        other floating-point type, which the extractor understands, and would answer bad input with messages of
        its own.
    """
    # MLflow is known to one module of this package, which is imported when a model is logged.
    pyfunc_model = importlib.import_module(f"{__package__}.pyfunc_model")
    extractor = load_extractor(extractor_dir, device="cpu")
    if extractor.takes_arrays:
        example = made_up_windows(extractor) if example is None else example
        signature = pyfunc_model.array_signature(extractor.dim)
    elif extractor.inputs == "columns":
        example = made_up_columns(extractor)
        answer = list(extractor.embed_candles(example).columns)
        signature = pyfunc_model.signature_of(answer, inputs=list(example.columns))
    else:
        candles = made_up_candles(extractor) if example is None else pd.DataFrame(example)
        example = candles
        signature = pyfunc_model.signature_of(list(extractor.embed_candles(candles).columns))
    entry, package = bundle_code(target_dir)
    calendars = [CALENDARS] if extractor.market.calendars else []
    return {
        "python_model": str(entry),
        "code_paths": [str(package)],
        "artifacts": {pyfunc_model.ARTIFACT: str(Path(extractor_dir))},
        "signature": signature,
        "input_example": example,
        "pip_requirements": [
            f"{name}=={version(name).partition('+')[0]}" for name in (*REQUIREMENTS, *calendars)
        ],
    }


def made_up_windows(extractor: Extractor) -> np.ndarray:
    """Two windows of noise on the scale of the channels, float64 (2, seq_len, channels)."""
    noise = np.random.default_rng(0).standard_normal((2, extractor.seq_len, len(extractor.features)))
    return (extractor.scaler.mean + extractor.scaler.scale * noise).round(4)


def made_up_columns(extractor: Extractor) -> pd.DataFrame:
    """Rows for two windows of the network's own columns, noise on their scale, with dates as text."""
    n = extractor.seq_len + 1
    noise = np.random.default_rng(0).standard_normal((n, len(extractor.features)))
    values = extractor.scaler.mean + extractor.scaler.scale * noise
    dates = pd.date_range("2024-01-01", periods=n, freq=extractor.interval())
    return pd.DataFrame(
        {
            "date": dates.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **{name: values[:, place] for place, name in enumerate(extractor.features)},
        }
    )


def made_up_candles(extractor: Extractor) -> pd.DataFrame:
    """Random-walk candles for two windows, with dates as ISO 8601 text so that they survive JSON."""
    n = extractor.candles_needed + 1
    generator = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(0.002 * generator.standard_normal(n)))
    opening = np.concatenate([[100.0], close[:-1]])
    dates = pd.date_range("2024-01-01", periods=n, freq=extractor.interval())
    return pd.DataFrame(
        {
            "date": dates.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "open": opening.round(4),
            "high": (np.maximum(opening, close) * 1.001).round(4),
            "low": (np.minimum(opening, close) * 0.999).round(4),
            "close": close.round(4),
            "volume": generator.uniform(1, 10, n).round(3),
        }
    )
