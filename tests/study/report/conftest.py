"""What a small real study has in hand at its end, for all that is drawn of it."""

import importlib
from dataclasses import replace

import mlflow
import numpy as np
import pandas as pd
import pytest

from study.configuration import StudyConfiguration
from study.lifecycle.run_study import run_study

run_study_module = importlib.import_module("study.lifecycle.run_study")

# The name of a column.
EVIL = "<script>alert(1)</script>"
SPACE = """
task_name: [imputation, classification]
d_model: 4
d_ff: 4
e_layers: [1, 2]
top_k: 2
num_kernels: 2
dropout: 0.0
use_norm: [true, false]
pred_len: 1
learning_rate: {low: 0.001, high: 0.01, log: true}
weight_decay: 0.01
batch_size: 128
train_epochs: 1
"""


@pytest.fixture(scope="session")
def conclusion(tmp_path_factory):
    """What a study of two trials on three classes has in hand at its end."""
    folder = tmp_path_factory.mktemp("study")
    dates = pd.date_range("2024-01-01", periods=900, freq="h", tz="UTC")
    close = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, len(dates))))
    frame = pd.DataFrame(
        {"date": dates, "open": close, "high": close * 1.01, "low": close * 0.99, "close": close}
    )
    frame.assign(volume=1.0, **{EVIL: 1}).to_csv(folder / "candles.csv", index=False)
    at = dates + pd.Timedelta(minutes=5)
    pd.DataFrame({"at": at, EVIL: np.arange(900) % 7}).to_csv(folder / "news & more.csv", index=False)
    (folder / "space.yaml").write_text(SPACE)
    caught = []

    def catch(found):
        # The files of the trials are gone when the study has ended.
        kept = {n: replace(one, predictions=np.asarray(one.predictions)) for n, one in found.records.items()}
        caught.append(replace(found, records=kept))
        return {}

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
            # Set first, or there would be nothing to undo where the study sets it.
            patch.setenv(name, "")
            patch.delenv(name)
        patch.setattr(run_study_module, "register_winner", lambda found: found)
        patch.setattr(run_study_module, "present", catch)
        run_study(
            StudyConfiguration(
                data="candles.csv",
                label="return_quantile",
                seq_len=12,
                horizon=2,
                trials=2,
                workers="1",
                space="space.yaml",
                name="small one",
                beside="news & more.csv",
                on="at",
            )
        )
    # What the study has set would outlast it, in other tests too.
    mlflow.set_tracking_uri(None)
    return caught[0]
