"""Arrays in, scores out: how much embeddings tell of labels."""

from .baselines import majority_probability
from .candidate import ProbeResult, probe_candidates
from .errors import ProbeError
from .logistic import LogisticPath, fit_logistic_path
from .probe_data import ProbeData, even_subsample
from .quick import quick_scores
from .scores import METRICS, Metric, metric_named, score_probabilities

__all__ = [
    "METRICS",
    "LogisticPath",
    "Metric",
    "ProbeData",
    "ProbeError",
    "ProbeResult",
    "even_subsample",
    "fit_logistic_path",
    "majority_probability",
    "metric_named",
    "probe_candidates",
    "quick_scores",
    "score_probabilities",
]
