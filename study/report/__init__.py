"""The report: one HTML page that needs nothing else."""

from study.report.embedding_table import embedding_table
from study.report.map import layer_pictures
from study.report.optuna import optuna_page
from study.report.page import report_page
from study.report.sample import take_sample

__all__ = [
    "embedding_table",
    "layer_pictures",
    "optuna_page",
    "report_page",
    "take_sample",
]
