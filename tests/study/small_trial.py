"""Data and jobs of a very small trial."""

from study.configuration import StudyConfiguration
from study.data.candles import prepare_candles
from study.trials.job import Job
from study.trials.variant import Variant
from tests.timesnet.candle_factory import candle_frame

VARIANT = {
    "task_name": "classification",
    "d_model": 4,
    "d_ff": 4,
    "e_layers": 1,
    "top_k": 2,
    "num_kernels": 2,
    "dropout": 0.0,
    "use_norm": True,
    "pred_len": 1,
    "learning_rate": 1e-3,
    "weight_decay": 0.01,
    "batch_size": 32,
    "train_epochs": 1,
}


def prepared(folder, change=lambda frame: frame, **parameters):
    """Data of a study on 500 made-up candles."""
    path = folder / "candles.csv"
    change(candle_frame(500, freq="h")).to_csv(path, index=False)
    return prepare_candles(
        StudyConfiguration(**{"data": str(path), "seq_len": 8, "horizon": 1} | parameters), outcomes=True
    )


def job(number=0, **changes):
    """The small variant as a job, with changes."""
    return Job(number, 0, Variant(**VARIANT | changes), "run", "uri")
