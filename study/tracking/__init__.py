"""The MLflow side of a study: runs, writes that survive an outage, links."""

from study.tracking.adopted_run import describe_run, run_title
from study.tracking.client import Tracking
from study.tracking.delivery import temporary_folder
from study.tracking.links import artifact_page, host, model_page, run_page, ui_command, view_page
from study.tracking.next_steps import NextSteps, project_command, promote_command
from study.tracking.test_openings import record_opening

__all__ = [
    "NextSteps",
    "Tracking",
    "artifact_page",
    "describe_run",
    "host",
    "model_page",
    "project_command",
    "promote_command",
    "record_opening",
    "run_page",
    "run_title",
    "temporary_folder",
    "ui_command",
    "view_page",
]
