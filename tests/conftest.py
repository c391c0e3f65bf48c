"""Every test starts from the MLflow store that the environment names and from the same random numbers, whatever an
earlier one has set or drawn.

Hypothesis tries the same examples each time, so that a run says something of the code that it ran on; new ones are
tried by `python -m benchmarks.faults fuzz`, or here with `--hypothesis-profile default`.
"""

import contextlib
import sqlite3

import mlflow.store.db.utils as databases
import mlflow.tracking._tracking_service.utils as tracking
import pytest
import torch
from hypothesis import settings
from mlflow.environment_variables import MLFLOW_TRACKING_URI

from study.tracking import claim

settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(autouse=True, scope="session")
def claims_settle_at_once():
    """Nobody else claims the studies that tests run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claim, "SETTLED", 0.05)
        yield


@pytest.fixture(autouse=True, scope="session")
def tables_of_mlflow_are_made_once():
    """MLflow makes the tables of a new store by all migrations it ever had, in a second: later ones are copies."""
    make, made = databases._initialize_tables, sqlite3.connect(":memory:", check_same_thread=False)

    def is_empty(database):
        return database.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    def make_or_copy(engine):
        if engine.dialect.name != "sqlite":
            return make(engine)
        with contextlib.closing(engine.raw_connection()) as connection:
            store = connection.driver_connection
            if not is_empty(made) and is_empty(store):
                return made.backup(store)
            new = is_empty(store)
            make(engine)
            if new:
                store.backup(made)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "_initialize_tables", make_or_copy)
        yield
    made.close()


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
