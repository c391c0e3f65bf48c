"""MLproject and the command line never disagree."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from study.cli import COMMANDS, STUDY_PARAMETERS, parse
from study.configuration import StudyConfiguration
from study.errors import StudyError

ROOT = Path(__file__).parents[2]
PROJECT = yaml.safe_load((ROOT / "MLproject").read_text())
ENTRY_POINTS = PROJECT["entry_points"]


def test_main_is_study():
    assert ENTRY_POINTS["main"] == ENTRY_POINTS["study"]
    assert PROJECT["conda_env"] == "conda.yaml"


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_every_parameter_reaches_the_command_line_with_the_same_default(name):
    entry = ENTRY_POINTS[name]
    command = "study" if name == "main" else name
    values = {key: p.get("default", "7") for key, p in entry["parameters"].items()}
    words = shlex.split(entry["command"].format(**{k: shlex.quote(str(v)) for k, v in values.items()}))
    assert words[:4] == ["python", "-m", "study", command]
    assert set(re.findall(r"{(\w+)}", entry["command"])) == set(entry["parameters"])
    parsed_command, parsed = parse(words[3:])
    assert parsed_command == command
    if command in COMMANDS:
        defaults = {key: default for key, (_, default) in COMMANDS[command].items()}
    else:
        defaults = StudyConfiguration().to_dict()
    for key, parameter in entry["parameters"].items():
        if "default" in parameter:
            assert parsed[key] == defaults[key], key


def test_a_parameter_beyond_those_listed_is_passed_on():
    listed = ENTRY_POINTS["study"]["parameters"]
    beyond = [name for name in STUDY_PARAMETERS if name not in listed]
    assert "selection" in beyond
    assert parse(["study", "--selection", "simplest"])[1]["selection"] == "simplest"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["studdy"], ["'studdy'", "study"]),
        (["study", "--trails", "3"], ["'trails'", "trials"]),
        (["study", "--trials", "many"], ["trials", "'many'"]),
        (["study", "--trials"], ["trials"]),
        (["study", "extra"], ["extra"]),
        (["extract", "--outptu", "x"], ["outptu", "output"]),
        (["fetch"], ["since"]),
    ],
)
def test_a_mistyped_command_line_is_one_line(arguments, words):
    with pytest.raises(StudyError) as raised:
        parse(arguments)
    assert "\n" not in str(raised.value)
    for word in words:
        assert word in str(raised.value)
