"""The one base exception of the study package."""


class StudyError(ValueError):
    """Bad input or an impossible request; its message is one line that says what to do.

    The command line prints the message and exits with code 2.
    """


class StoreFailed(StudyError):
    """MLflow, Optuna's database or the disk can't be written: ends the study, never a trial alone."""


class TrialPruned(Exception):
    """Raised inside a trial when the owner says that it is not worth finishing, or when training diverged."""
