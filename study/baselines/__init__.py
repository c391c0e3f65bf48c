"""What stands beside the layers: baselines to beat, a reference, and how each is probed."""

from study.baselines.probe import (
    BASELINE,
    PREDICTION,
    REFERENCE,
    TABLE,
    UNTRAINED,
    Probed,
    learn_and_predict,
    probe_baselines,
    probe_untrained,
    table_name,
)
from study.baselines.vectors import HAR_SPANS, baseline_vectors

__all__ = [
    "BASELINE",
    "HAR_SPANS",
    "PREDICTION",
    "REFERENCE",
    "TABLE",
    "UNTRAINED",
    "Probed",
    "baseline_vectors",
    "learn_and_predict",
    "probe_baselines",
    "probe_untrained",
    "table_name",
]
