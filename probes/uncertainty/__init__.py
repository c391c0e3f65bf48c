"""What a score is worth: intervals, confidence sets, corrections for having chosen."""

from probes.uncertainty.auc_interval import auc_score_interval
from probes.uncertainty.bias_correction import (
    CorrectedScore,
    best_of_each,
    bias_corrected_score,
    correction_block_length,
    out_of_bag_score,
)
from probes.uncertainty.block_bootstrap import (
    ENOUGH_BLOCKS,
    FEWEST_BLOCKS,
    STRETCH,
    BlockLength,
    block_bootstrap_counts,
    choose_block_length,
    stratified_bootstrap_counts,
)
from probes.uncertainty.bootstrap_scorer import BootstrapScorer, bootstrap_scores, usable_resamples
from probes.uncertainty.confidence_set import ConfidenceSet, confidence_set
from probes.uncertainty.influence import interval, row_values
from probes.uncertainty.pieces import pieces
from probes.uncertainty.score_table import selection_frequency
from probes.uncertainty.simultaneous import SimultaneousBand, behind_the_picked
from probes.uncertainty.superior_ability import SuperiorAbility, spa_p_value

__all__ = [
    "ENOUGH_BLOCKS",
    "FEWEST_BLOCKS",
    "STRETCH",
    "BlockLength",
    "BootstrapScorer",
    "ConfidenceSet",
    "CorrectedScore",
    "SimultaneousBand",
    "SuperiorAbility",
    "auc_score_interval",
    "behind_the_picked",
    "best_of_each",
    "bias_corrected_score",
    "block_bootstrap_counts",
    "bootstrap_scores",
    "choose_block_length",
    "confidence_set",
    "correction_block_length",
    "interval",
    "out_of_bag_score",
    "pieces",
    "row_values",
    "selection_frequency",
    "spa_p_value",
    "stratified_bootstrap_counts",
    "usable_resamples",
]
