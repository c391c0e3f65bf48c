"""The report: one HTML page that needs nothing else."""

from study.report.optuna import optuna_page
from study.report.page import report_page

__all__ = [
    "optuna_page",
    "report_page",
]
