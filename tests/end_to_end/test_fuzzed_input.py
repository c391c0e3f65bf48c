"""Made-up files and command lines end in a right result or in one clear line with exit code 2."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz_inputs
from benchmarks.fuzz_check import command_for, run, workplace

CORPUS = Path(__file__).parents[1] / "corpus"
KIND = {".csv": "candles", ".yaml": "spaces", ".json": "configs", ".pth": "checkpoints"}
MODEST = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def place():
    with workplace() as folder:
        yield folder


@MODEST
@given(fuzz_inputs.damaged_candles(st.sampled_from([1, 2, 3, 30, 120, 300])))
def test_candle_files(content):
    run(command_for("candles", content))


@MODEST
@given(fuzz_inputs.spaces())
def test_search_spaces(content):
    run(command_for("spaces", content))


@MODEST
@given(fuzz_inputs.configs())
def test_configurations(content):
    run(command_for("configs", content))


@MODEST
@given(fuzz_inputs.checkpoints())
def test_checkpoints(content):
    run(command_for("checkpoints", content))


@MODEST
@given(fuzz_inputs.arguments())
def test_command_lines(words):
    run(command_for("arguments", words))


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_files_that_once_found_something(path):
    code, said = run(command_for(KIND[path.suffix], path.read_bytes()))
    assert code == 2 and "error: " in said
