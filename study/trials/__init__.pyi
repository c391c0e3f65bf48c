from .candidate_metrics import candidate_metrics
from .candidates import candidates
from .devices import device, on_device
from .evaluate import evaluate_job
from .given import check_given_network, read_given_network
from .job import Job, Report
from .network import task_windows
from .predictions import PredictionFile
from .pretrain import given_weights
from .probing import CAPTURE_BATCH, probe_distinct, probe_network, probe_split
from .ranking import best_by_layer, best_candidate, best_predictions, depth_series, direction, utility
from .record import Candidate, TrialRecord
from .variant import ALL_OUTCOMES, FORECAST, OUTCOMES, PRETRAINED, RANDOM, TASKS, TRANSFER, Variant

__all__ = [
    "ALL_OUTCOMES",
    "CAPTURE_BATCH",
    "FORECAST",
    "OUTCOMES",
    "PRETRAINED",
    "RANDOM",
    "TASKS",
    "TRANSFER",
    "Candidate",
    "Job",
    "PredictionFile",
    "Report",
    "TrialRecord",
    "Variant",
    "best_by_layer",
    "best_candidate",
    "best_predictions",
    "candidate_metrics",
    "candidates",
    "check_given_network",
    "depth_series",
    "device",
    "direction",
    "evaluate_job",
    "given_weights",
    "on_device",
    "probe_distinct",
    "probe_network",
    "probe_split",
    "read_given_network",
    "task_windows",
    "utility",
]
