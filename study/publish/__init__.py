"""What a finished study leaves in MLflow: runs, notes, saved views, tables, the registered model."""

from study.publish.experiment_note import write_experiment_note
from study.publish.register import register_winner
from study.publish.registry import CHAMPION, other_versions
from study.publish.run_notes import ended_note, trial_note
from study.publish.runs import log_conclusion
from study.publish.saved_views import save_views
from study.publish.study_note import progress_note, verdict_note
from study.publish.views import study_views

__all__ = [
    "CHAMPION",
    "ended_note",
    "log_conclusion",
    "other_versions",
    "progress_note",
    "register_winner",
    "save_views",
    "study_views",
    "trial_note",
    "verdict_note",
    "write_experiment_note",
]
