"""The published code's arguments, in every form in which people keep them.

run.py of the Time-Series-Library takes them from its command line and writes no file of them: what is left of a run is
the shell script that started it, what it printed, or the name of the folder with its checkpoint.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .config import TASKS

Arguments = dict[str, Any]

FORMS = (
    "a JSON or YAML file, the text of a Namespace, the shell script that started run.py, or the name of the folder "
    "that run.py made"
)
_FOLDER = re.compile(
    r"(?:(?P<task_name>" + "|".join(TASKS) + r")_)?(?P<model_id>.+)_(?P<model>TimesNet)_(?P<data>[^_]+)"
    r"_ft(?P<features>M|MS|S)_sl(?P<seq_len>\d+)_ll(?P<label_len>\d+)_pl(?P<pred_len>\d+)_dm(?P<d_model>\d+)"
    r"_nh\d+_el(?P<e_layers>\d+)_dl\d+_df(?P<d_ff>\d+)(?:_expand\d+_dc\d+)?_fc\d+_eb(?P<embed>[A-Za-z]+)"
    r"_dt(?:True|False)_.*"
)
# Names of the table that run.py prints, where they are not the argument's own with blanks for its underscores.
_PRINTED = {"task name": "task_name", "d ff": "d_ff", "d model": "d_model"}


def read_arguments(given: object) -> list[Arguments]:
    """The argument dictionaries that `given` describes, one for each run: a shell script may start several.

    Args:
        given: a mapping; a path of a file in one of FORMS, or of such a folder; or any object with attributes, such as
            an argparse.Namespace.

    Raises:
        ConfigError: there is no such file, or it holds none of these.
    """
    if isinstance(given, Mapping):
        return [_plain(given)]
    if not isinstance(given, str | Path):
        try:
            return [_plain(vars(given))]
        except TypeError:
            raise ConfigError(
                f"config is a {type(given).__name__}; give a dictionary, an object with attributes, or a path"
            ) from None
    path = Path(given)
    # A file says more than the name of the folder that holds it.
    if not path.is_file() and (from_name := arguments_of_folder(path)):
        return [from_name]
    if path.is_dir():
        raise ConfigError(f"config={str(path)!r} is a folder whose name holds no arguments; give {FORMS}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"config={str(path)!r}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"config={str(path)!r} can't be read: {error}") from None
    found = _of_text(text, path)
    if not found:
        raise ConfigError(f"config={str(path)!r} holds no arguments of TimesNet; give {FORMS}")
    return found


def arguments_of_folder(path: Path) -> Arguments | None:
    """What the name of a folder (or of the one that holds `path`) says, where run.py made it."""
    for name in (path.name, path.absolute().parent.name):
        if found := _FOLDER.fullmatch(name):
            return {key: _value(text) for key, text in found.groupdict().items() if text is not None}
    return None


def _of_text(text: str, path: Path) -> list[Arguments]:
    if path.suffix.lower() == ".json" or text.lstrip().startswith("{"):
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"config={str(path)!r} is not readable as JSON: {error}") from None
        return [_dictionary(values, path)]
    if "Namespace(" in text:
        return [_of_namespace(text[found.start() :], path) for found in re.finditer(r"Namespace\(", text)]
    if re.search(r"(^|\s)--[a-z]\w+", text):
        return _of_script(text)
    runs = re.split(r"(?=^[^\n]*Basic Config)", text, flags=re.MULTILINE)
    return [printed for run in runs if (printed := _of_table(run))] or [_of_yaml(text, path)]


def _dictionary(values: Any, path: Path) -> Arguments:
    if not isinstance(values, dict):
        raise ConfigError(
            f"config={str(path)!r} must hold one dictionary, the arguments of TimesNet, not a {type(values).__name__}"
        )
    return _plain(values)


def _of_yaml(text: str, path: Path) -> Arguments:
    # Inference does without: the registered model's environment need not hold it.
    from ..plain_yaml import plain_yaml

    try:
        values = plain_yaml(text)
    except ValueError as error:
        raise ConfigError(f"config={str(path)!r} is not readable as YAML: {error}") from None
    return _dictionary(values, path)


def _of_namespace(text: str, path: Path) -> Arguments:
    """`Namespace(task_name='long_term_forecast', seq_len=96, ...)`, somewhere in what a run printed."""
    start = text.index("Namespace(")
    depth, end = 0, start
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0 and text[end] == ")":
            break
    try:
        call = ast.parse(text[start : end + 1], mode="eval").body
        assert isinstance(call, ast.Call)
        return {str(word.arg): _literal(word.value) for word in call.keywords}
    except (SyntaxError, AssertionError, ValueError, RecursionError, MemoryError):
        raise ConfigError(f"config={str(path)!r}: its Namespace(...) can't be read; is it whole?") from None


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        # device=device(type='cuda', index=0) and the like say nothing of the network.
        return ast.unparse(node)


def _of_script(text: str) -> list[Arguments]:
    """Each call of run.py in a shell script, with the script's own variables put in."""
    variables: dict[str, str] = {}
    runs = []
    for line in re.sub(r"\\\s*\n", " ", text).splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        if words[:1] == ["export"]:
            words = words[1:]
        if len(words) == 1 and (assigned := re.fullmatch(r"(\w+)=(.*)", words[0])):
            variables[assigned[1]] = assigned[2]
            continue
        if any(word.startswith("--") for word in words):
            runs.append(_of_flags([_with_variables(word, variables) for word in words]))
    return [run for run in runs if run]


def _with_variables(word: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda name: variables.get(name[1], name[0]), word)


def _of_flags(words: list[str]) -> Arguments:
    values: Arguments = {}
    for place, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            following = words[place + 1] if place + 1 < len(words) else "--"
            # A flag without a value is a switch that is on.
            value = "True" if following.startswith("--") else following
        # A variable of a loop has no value of its own: the key stays silent.
        if "$" not in value:
            values[name] = _value(value)
    return values


def _of_table(text: str) -> Arguments:
    """The table `Seq Len:  96   Label Len:  48` that run.py prints when it starts."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    found = re.findall(r"([A-Za-z][A-Za-z ]*?):[ \t]+(\S+)(?=\s{2,}|\s*$)", plain, flags=re.MULTILINE)
    values = {_argument_name(label): _value(value) for label, value in found}
    return values if "seq_len" in values and "Seq Len" in plain else {}


def _argument_name(label: str) -> str:
    words = " ".join(label.lower().split())
    return _PRINTED.get(words, words.replace(" ", "_"))


def _value(text: str) -> Any:
    """A number or a switch where the text is one, else the text."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, int | float | bool) else text


def _plain(values: Mapping[Any, Any]) -> Arguments:
    return {str(key): value for key, value in values.items()}
