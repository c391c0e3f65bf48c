"""`python -m study.store`: creates the experiment of `make study`, with its artifacts under `mlartifacts/`."""

import sys

import mlflow

from study.default_store import open_experiment, use_default_store
from study.errors import StudyError
from study.first_contact import check_tracking
from study.new_store import make_store_whole
from study.patience import Patience

if __name__ == "__main__":
    use_default_store()
    try:
        check_tracking(Patience(print))
        make_store_whole(mlflow.get_tracking_uri())
        open_experiment(mlflow.MlflowClient())
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
