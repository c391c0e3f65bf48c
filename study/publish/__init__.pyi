from .champion import CHAMPION, other_versions
from .experiment_note import write_experiment_note
from .register import register_winner
from .run_notes import ended_note, trial_note
from .runs import log_conclusion, log_pictures
from .saved_views import save_views
from .study_note import progress_note, verdict_note
from .views import study_views

__all__ = [
    "CHAMPION",
    "ended_note",
    "log_conclusion",
    "log_pictures",
    "other_versions",
    "progress_note",
    "register_winner",
    "save_views",
    "study_views",
    "trial_note",
    "verdict_note",
    "write_experiment_note",
]
