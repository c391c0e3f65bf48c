"""`python -m study.stores.make`: creates the experiment of `make study`, with its artifacts under `mlartifacts/`."""

import sys

import mlflow

from study.errors import StudyError
from study.stores.check import check_tracking
from study.stores.create import make_store_whole
from study.stores.defaults import open_experiment, use_default_store
from study.stores.moved_folder import mend_addresses
from study.stores.retry import Retry

if __name__ == "__main__":
    use_default_store()
    try:
        check_tracking(Retry(print))
        mend_addresses(print)
        make_store_whole(mlflow.get_tracking_uri())
        open_experiment(mlflow.MlflowClient())
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
