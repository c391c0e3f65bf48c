"""One TimesNet configuration plus its training settings."""

from dataclasses import asdict, dataclass
from typing import Any

from study.data import CANDLE

# The training tasks of the published TimesNet, by its own names, and ours: linear heads on the pooled last block
# predict what comes after a window.
FORECAST, OUTCOMES = "long_term_forecast", "outcomes"
TASKS = (OUTCOMES, FORECAST, "imputation", "anomaly_detection", "classification")
# What the task `outcomes` learns to predict: all of it, or all but what the label itself is made of.
ALL_OUTCOMES, TRANSFER = "all", "transfer"
# What a network's weights are before training: drawn, or learnt from other candles.
RANDOM, PRETRAINED = "random", "pretrained"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One TimesNet configuration plus its training settings: what a trial samples.

    Attributes:
        task_name: one of TASKS.
        inputs: what the network sees of each candle, one of `study.data.INPUTS`.
        outcomes: ALL_OUTCOMES or TRANSFER; says nothing of other tasks.
        start: RANDOM or PRETRAINED; the latter brings its own task and shape.

    The others are named as TimesNetConfig and TrainingSettings name them.
    """

    task_name: str
    d_model: int
    d_ff: int
    e_layers: int
    top_k: int
    num_kernels: int
    dropout: float
    use_norm: bool
    pred_len: int
    learning_rate: float
    weight_decay: float
    batch_size: int
    train_epochs: int
    inputs: str = CANDLE
    outcomes: str = ALL_OUTCOMES
    start: str = RANDOM

    def to_dict(self) -> dict[str, Any]:
        """Hyper-parameters by name, JSON-ready."""
        return asdict(self)
