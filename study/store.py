"""`python -m study.store`: creates the experiment of `make study`, with its artifacts under `mlartifacts/`."""

import mlflow

from study.new_store import make_store_whole
from study.tracking import open_experiment, use_default_store

if __name__ == "__main__":
    use_default_store()
    make_store_whole(mlflow.get_tracking_uri())
    open_experiment(mlflow.MlflowClient())
