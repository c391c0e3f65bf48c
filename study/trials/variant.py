"""One TimesNet configuration plus its training settings."""

from dataclasses import asdict, dataclass
from typing import Any

# The training tasks of the published TimesNet, by its own names.
FORECAST = "long_term_forecast"
TASKS = (FORECAST, "imputation", "anomaly_detection", "classification")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One TimesNet configuration plus its training settings: what a trial samples."""

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

    def to_dict(self) -> dict[str, Any]:
        """Hyper-parameters by name, JSON-ready."""
        return asdict(self)
