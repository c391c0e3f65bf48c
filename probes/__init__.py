"""Arrays in, scores out: how much embeddings tell of labels."""

from probes.auc_interval import auc_score_interval
from probes.baselines import majority_probability
from probes.bias_correction import (
    CorrectedScore,
    best_of_each,
    bias_corrected_score,
    correction_block_length,
    out_of_bag_score,
)
from probes.block_bootstrap import (
    BlockLength,
    block_bootstrap_counts,
    choose_block_length,
    stratified_bootstrap_counts,
)
from probes.candidate import ProbeResult, probe_candidates
from probes.cka import cka, cka_matrix
from probes.confidence_set import ConfidenceSet, confidence_set
from probes.errors import ProbeError
from probes.knn import Neighbours, find_neighbours, knn_shares, neighbour_shares
from probes.logistic import LogisticPath, fit_logistic_path
from probes.permutation import PermutationControl, permutation_control
from probes.pieces import pieces
from probes.probe_data import ProbeData, even_subsample
from probes.quick import quick_scores
from probes.resampler import Resampler, bootstrap_auc, bootstrap_scores, usable_resamples
from probes.score_table import selection_frequency
from probes.scores import METRICS, Metric, metric_named, score_of_many, score_probabilities
from probes.separability import SEPARABILITY, separability
from probes.superior_ability import SuperiorAbility, spa_p_value
from probes.uncertainty import interval, row_values

__all__ = [
    "METRICS",
    "SEPARABILITY",
    "BlockLength",
    "ConfidenceSet",
    "CorrectedScore",
    "LogisticPath",
    "Metric",
    "Neighbours",
    "PermutationControl",
    "ProbeData",
    "ProbeError",
    "ProbeResult",
    "Resampler",
    "SuperiorAbility",
    "auc_score_interval",
    "best_of_each",
    "bias_corrected_score",
    "block_bootstrap_counts",
    "bootstrap_auc",
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
    "permutation_control",
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
