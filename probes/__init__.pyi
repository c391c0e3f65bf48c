"""Arrays in, scores out: how much embeddings tell of labels."""

from .baselines import majority_probability
from .candidate import ProbeResult, probe_candidates
from .errors import ProbeError
from .knn import Neighbours, find_neighbours, knn_shares, neighbour_shares
from .logistic import LogisticPath, fit_logistic_path
from .probe_data import ProbeData, even_subsample
from .quick import quick_scores
from .scores import METRICS, Metric, metric_named, score_of_many, score_probabilities
from .separation import SEPARABILITY, cka, cka_matrix, separability
from .uncertainty import (
    BlockLength,
    BootstrapScorer,
    ConfidenceSet,
    CorrectedScore,
    SimultaneousBand,
    SuperiorAbility,
    auc_score_interval,
    behind_the_picked,
    best_of_each,
    bias_corrected_score,
    block_bootstrap_counts,
    bootstrap_scores,
    choose_block_length,
    confidence_set,
    correction_block_length,
    interval,
    out_of_bag_score,
    pieces,
    row_values,
    selection_frequency,
    spa_p_value,
    stratified_bootstrap_counts,
    usable_resamples,
)

__all__ = [
    "METRICS",
    "SEPARABILITY",
    "BlockLength",
    "BootstrapScorer",
    "ConfidenceSet",
    "CorrectedScore",
    "LogisticPath",
    "Metric",
    "Neighbours",
    "ProbeData",
    "ProbeError",
    "ProbeResult",
    "SimultaneousBand",
    "SuperiorAbility",
    "auc_score_interval",
    "behind_the_picked",
    "best_of_each",
    "bias_corrected_score",
    "block_bootstrap_counts",
    "bootstrap_scores",
    "choose_block_length",
    "cka",
    "cka_matrix",
    "confidence_set",
    "correction_block_length",
    "even_subsample",
    "find_neighbours",
    "fit_logistic_path",
    "interval",
    "knn_shares",
    "majority_probability",
    "metric_named",
    "neighbour_shares",
    "out_of_bag_score",
    "pieces",
    "probe_candidates",
    "quick_scores",
    "row_values",
    "score_of_many",
    "score_probabilities",
    "selection_frequency",
    "separability",
    "spa_p_value",
    "stratified_bootstrap_counts",
    "usable_resamples",
]
