"""Logistic regression at many strengths of regularisation at once."""

from probes.logistic.path import DEFAULT_CS, LogisticPath, fit_logistic_path
from probes.logistic.standardise import Standardiser

__all__ = [
    "DEFAULT_CS",
    "LogisticPath",
    "Standardiser",
    "fit_logistic_path",
]
