from .baselines import MAJORITY, UNTRAINED, baseline_embeddings, probe_baselines, probe_untrained
from .candidate_metrics import candidate_metrics
from .evaluate import CAPTURE_BATCH, Job, Report, evaluate_job, on_device, probe_network
from .given import check_given_network, read_given_network
from .network import task_windows
from .predictions import PredictionFile
from .pretrain import given_weights
from .ranking import best_by_layer, best_candidate, depth_series, direction, utility
from .record import Candidate, TrialRecord
from .variant import ALL_OUTCOMES, FORECAST, OUTCOMES, PRETRAINED, RANDOM, TASKS, TRANSFER, Variant

__all__ = [
    "ALL_OUTCOMES",
    "CAPTURE_BATCH",
    "FORECAST",
    "MAJORITY",
    "OUTCOMES",
    "PRETRAINED",
    "RANDOM",
    "TASKS",
    "TRANSFER",
    "UNTRAINED",
    "Candidate",
    "Job",
    "PredictionFile",
    "Report",
    "TrialRecord",
    "Variant",
    "baseline_embeddings",
    "best_by_layer",
    "best_candidate",
    "candidate_metrics",
    "check_given_network",
    "depth_series",
    "direction",
    "evaluate_job",
    "given_weights",
    "on_device",
    "probe_baselines",
    "probe_network",
    "probe_untrained",
    "read_given_network",
    "task_windows",
    "utility",
]
