"""TODO door of study.report."""

from study.report.findings import Findings, load_uri
from study.report.optuna import optuna_page
from study.report.page import report_page

__all__ = [
    "Findings",
    "load_uri",
    "optuna_page",
    "report_page",
]
