"""Every test starts from the MLflow store that the environment names and from the same random numbers, whatever an
earlier one has set or drawn.

Hypothesis tries the same examples each time, so that a run says something of the code that it ran on; new ones are
tried by `python -m benchmarks.faults fuzz`, or here with `--hypothesis-profile default`.
"""

import mlflow.tracking._tracking_service.utils as tracking
import pytest
import torch
from hypothesis import settings
from mlflow.environment_variables import MLFLOW_TRACKING_URI

settings.register_profile("same", derandomize=True)
settings.load_profile("same")


def same_mlflow_store_after():
    variable, chosen = MLFLOW_TRACKING_URI.get(), tracking._tracking_uri
    yield
    tracking.set_tracking_uri(chosen)
    if variable is None:
        MLFLOW_TRACKING_URI.unset()
    else:
        MLFLOW_TRACKING_URI.set(variable)


# Fixtures of a module set a store as well, before a function's own fixtures start.
same_store_after_a_test = pytest.fixture(autouse=True)(same_mlflow_store_after)
same_store_after_a_module = pytest.fixture(autouse=True, scope="module")(same_mlflow_store_after)


def pytest_runtest_setup():
    """Before the fixtures of any scope: a network that one of them makes is the same whichever tests ran before."""
    torch.manual_seed(0)
