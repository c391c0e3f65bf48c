"""The command line: one command for each entry point of the MLproject."""

import argparse
import difflib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn

from study.configuration import Extraction, StudyConfiguration
from study.display import SecretFilter, suggestion, without_secrets
from study.errors import StudyError
from study.lifecycle import Terminated, raise_on_signals, stand_where_called
from study.tracking import describe_run, run_title

# Commands by when the run of `mlflow run` gets their name: at once, or not before they have answered. A study has its
# own way.
LASTING, QUICK = ("extract", "fetch"), ("layers", "neighbours", "promote")
# Free bytes by which a folder is the one that is meant where a disk is said to be full.
NO_ROOM = 2**24

STUDY_PARAMETERS = {field.name: field.default for field in fields(StudyConfiguration)}

# parameter: (type, default) of the other commands; None means that it has to be given.
COMMANDS: dict[str, dict[str, tuple[type, Any]]] = {
    "extract": {field.name: (type(field.default), field.default) for field in fields(Extraction)},
    "layers": {"checkpoint": (str, "auto"), "config": (str, "")},
    "neighbours": {
        "model": (str, "models:/timesnet-embedder@champion"),
        "data": (str, "btc-15min"),
        "at": (str, ""),
        "symbol": (str, ""),
        "neighbours": (int, 5),
        "timezone": (str, ""),
    },
    "fetch": {
        "exchange": (str, "binance"),
        "symbol": (str, "BTC/USDT"),
        "timeframe": (str, "15m"),
        "since": (str, None),
        "output": (str, None),
        "overwrite": (str, "no"),
    },
    "promote": {"version": (int, None), "model_name": (str, "timesnet-embedder")},
}


# Parameters whose value is the path of a file that is read, where it ends like one.
FILES = {"data", "checkpoint", "config", "space", "align", "beside", "scaler"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise StudyError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns 0, 2 for bad input (one line on stderr), 130 or 143 when interrupted."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for chatty in ("alembic", "mlflow"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(SecretFilter())
    raise_on_signals()
    stand_where_called()
    try:
        return _attempt(sys.argv[1:] if arguments is None else arguments)
    except (KeyboardInterrupt, Terminated) as stopped:
        print("interrupted; the same command resumes", file=sys.stderr)
        return 143 if isinstance(stopped, Terminated) else 130


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The command and its parameters.

    Raises StudyError for an unknown command, an unknown parameter (with the near misses) or a bad value.
    """
    parser = _Parser(
        prog="layer-study", description="Find the best layer of a TimesNet as an embedding of time series."
    )
    parser.add_argument("--version", action="version", version=f"layer-study {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name in ("study", "probe"):
        what = (
            "train variants and compare their layers"
            if name == "study"
            else "compare the layers of a checkpoint"
        )
        sub = commands.add_parser(name, help=what, allow_abbrev=False)
        for parameter, default in STUDY_PARAMETERS.items():
            _add(sub, parameter, type(default), default)
    for name, parameters in COMMANDS.items():
        sub = commands.add_parser(name, help=_HELP[name], allow_abbrev=False)
        for parameter, (kind, default) in parameters.items():
            _add(sub, parameter, kind, default)
    known = ["study", "probe", *COMMANDS]
    if not arguments:
        parser.print_help()
        raise SystemExit(0)
    if not arguments[0].startswith("-") and arguments[0] not in known:
        raise StudyError(f"unknown command {arguments[0]!r}: {suggestion(arguments[0], known)}")
    chosen, unknown = parser.parse_known_args(arguments)
    values = vars(chosen)
    command = values.pop("command")
    if unknown:
        word = unknown[0].lstrip("-").split("=")[0]
        raise StudyError(f"unknown parameter {word!r} of {command}: {suggestion(word, values)}")
    for parameter, value in values.items():
        if value is None:
            raise StudyError(f"{command} needs {parameter}: give --{parameter}")
    return command, values


def run(command: str, parameters: dict[str, Any]) -> None:
    """Run one command; its heavy imports happen here, so that a typing mistake answers at once."""
    _require_files(parameters)
    if command in ("study", "probe"):
        if command == "probe" and not parameters["checkpoint"]:
            raise StudyError("probe needs checkpoint: give --checkpoint PATH and --config PATH")
        configuration = StudyConfiguration(**parameters)
        from study.lifecycle.run_study import run_study

        run_study(configuration)
    elif command == "extract":
        from study.commands.extract import extract

        extract(Extraction(**parameters))
    elif command == "layers":
        from study.commands.layers import print_layers

        print_layers(**parameters)
    elif command == "neighbours":
        from study.commands.neighbours import print_neighbours

        print_neighbours(**parameters)
    elif command == "fetch":
        from study.commands.fetch import fetch

        fetch(**parameters)
    else:
        from study.publish.champion import promote

        promote(**parameters)


_HELP = {
    "extract": "embed a file or a folder of candles with a registered model",
    "layers": "print every layer of a network",
    "neighbours": "print the past windows most like one, and what followed them",
    "fetch": "download candles from an exchange",
    "promote": "make a registered version the champion",
}


def _attempt(arguments: Sequence[str]) -> int:
    title = " ".join(arguments[:1])
    try:
        command, parameters = parse(arguments)
        title = run_title(command, parameters)
        if command in LASTING:
            describe_run(title)
        run(command, parameters)
        if command in QUICK:
            describe_run(title)
    except Exception as error:
        line = _line_of(error)
        if line is None:
            describe_run(title, error=_one_line(f"{type(error).__name__}: {without_secrets(error)}"))
            raise
        print(f"error: {line}", file=sys.stderr, flush=True)
        describe_run(title, error=line)
        return 2
    return 0


def _version() -> str:
    try:
        return version("timesnet-layer-study")
    except PackageNotFoundError:
        return "(not installed)"


def _require_files(parameters: dict[str, Any]) -> None:
    for name in FILES & parameters.keys():
        given = parameters[name]
        if "://" in given:
            raise StudyError(
                f"{name}={given!r}: files are read from this machine; download it, then give its path"
            )
        if given and Path(given).suffix and not Path(given).exists():
            folder = Path(given).parent
            files = [str(folder / entry.name) for entry in folder.iterdir()] if folder.is_dir() else []
            near = difflib.get_close_matches(given, files, n=2, cutoff=0.6)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else f" in {Path.cwd()}"
            raise StudyError(f"{name}={given!r}: no such file{hint}")


def _add(parser: argparse.ArgumentParser, parameter: str, kind: type, default: Any) -> None:
    shown = "required" if default is None else f"default {default!r}"
    parser.add_argument(f"--{parameter}", type=kind, default=default, help=shown)


def _is_own(error: ValueError) -> bool:
    from probes.errors import ProbeError
    from timesnet.errors import TimesNetError

    return isinstance(error, (StudyError, ProbeError, TimesNetError))


def _line_of(error: Exception) -> str | None:
    """The one line that a person gets to read; None for a defect."""
    if isinstance(error, ValueError):
        # StudyError, TimesNetError and ProbeError are the packages' own; any other ValueError is a defect.
        line = str(error) if _is_own(error) else None
    else:
        line = _of_the_machine(error)
        line = line and f"{line}; mend that, then the same command goes on"
    return None if line is None else _one_line(without_secrets(line))


def _of_the_machine(error: Exception) -> str | None:
    """A line for what no code could have helped: a file or folder that can't be read or written, a full disk."""
    if isinstance(error, OSError) and error.errno is not None and error.filename:
        return f"{error.filename}: {os.strerror(error.errno)}"
    from study.stores.retry import is_out_of_space, reason

    if "No usable temporary directory" in str(error):
        return f"{error.args[-1]}: make room in one of them, or set TMPDIR to another folder"
    if not is_out_of_space(error):
        return None
    full = [
        place for place in (tempfile.gettempdir(), os.getcwd()) if shutil.disk_usage(place).free < NO_ROOM
    ]
    return f"{', '.join(dict.fromkeys(full))}: {reason(error)}" if full else reason(error)


def _one_line(text: str) -> str:
    """The text on one line, what a terminal would obey or can't show written as `\\x1b`."""
    joined = " ".join(text.split())
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in joined
    )
