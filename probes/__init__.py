"""Arrays in, scores out: how much embeddings tell of labels."""

from .baselines import majority_probability
from .block_bootstrap import block_bootstrap_counts, choose_block_length
from .candidate import ProbeResult, probe_candidates
from .choice import (
    bias_corrected_score,
    confidence_set,
    correction_block_length,
    selection_frequency,
    spa_p_value,
)
from .errors import ProbeError
from .logistic import LogisticPath, fit_logistic_path
from .probe_data import ProbeData, even_subsample
from .quick import quick_scores
from .scores import METRICS, Metric, metric_named, score_of_many, score_probabilities
from .uncertainty import bootstrap_auc, bootstrap_scores, interval, row_values

__all__ = [
    "METRICS",
    "LogisticPath",
    "Metric",
    "ProbeData",
    "ProbeError",
    "ProbeResult",
    "bias_corrected_score",
    "block_bootstrap_counts",
    "bootstrap_auc",
    "bootstrap_scores",
    "choose_block_length",
    "confidence_set",
    "correction_block_length",
    "even_subsample",
    "fit_logistic_path",
    "interval",
    "majority_probability",
    "metric_named",
    "probe_candidates",
    "quick_scores",
    "row_values",
    "score_of_many",
    "score_probabilities",
    "selection_frequency",
    "spa_p_value",
]
