from .adopted_run import adopted_run, describe_run, run_title
from .claim import Claim, StoreClaim
from .client import Tracking
from .delivery import temporary_folder
from .links import artifact_page, host, local_artifact, model_page, run_page, ui_command, view_page
from .next_steps import NextSteps, dashboard_command, project_command, promote_command
from .test_openings import openings_elsewhere, record_opening

__all__ = [
    "Claim",
    "NextSteps",
    "StoreClaim",
    "Tracking",
    "adopted_run",
    "artifact_page",
    "dashboard_command",
    "describe_run",
    "host",
    "local_artifact",
    "model_page",
    "openings_elsewhere",
    "project_command",
    "promote_command",
    "record_opening",
    "run_page",
    "run_title",
    "temporary_folder",
    "ui_command",
    "view_page",
]
