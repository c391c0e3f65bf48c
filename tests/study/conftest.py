"""Data of a very small trial, made once."""

import pytest

from tests.study.small_trial import prepared


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """500 made-up hourly candles, prepared for a study."""
    return prepared(tmp_path_factory.mktemp("data"))
