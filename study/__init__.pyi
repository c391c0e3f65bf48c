from .lifecycle.notebook import StudyResult, run

__all__ = ["StudyResult", "run"]
