"""Every command and snippet that is printed anywhere: each runs as it is pasted, from any folder."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from study.display import without_secrets
from study.tracking.links import absolute_store

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class NextSteps:
    """What a person may paste to use one registered version of a model.

    Attributes:
        tracking_uri: of the store that holds the model.
        model: its URI, `models:/NAME@ALIAS` or `models:/NAME/VERSION`.
        made, name: Python that makes an input, and the name that the input has then.
        data: candles to name in commands; empty where the model takes ready-made windows, which no command reads.
        beside, on: a table that the study was given beside the candles, and its column of dates; empty without one.
        past: whether the model knows past windows, in which those most like a new one are looked up.
    """

    tracking_uri: str
    model: str
    made: str
    name: str
    data: str = ""
    beside: str = ""
    on: str = ""
    past: bool = False

    def python(self) -> str:
        """Loads the model and embeds."""
        libraries = sorted({"mlflow", self.made.partition(".")[0]})
        return (
            f"import {', '.join(libraries)}\n"
            f'mlflow.set_tracking_uri("{_store(self.tracking_uri)}")\n'
            f"{self.load_line()}\n"
            f"{self.name} = {self.made}\n"
            f"embeddings = embedder.predict({self.name})"
        )

    def load_line(self) -> str:
        """The one line of Python that loads the model, where the store is known."""
        return f'embedder = mlflow.pyfunc.load_model("{self.model}")'

    def extract(self) -> str | None:
        """The line for a shell that writes the embeddings of a file."""
        if not self.data:
            return None
        parameters = {"model": self.model, "data": _data(self.data)}
        if self.beside:
            parameters |= {"beside": _data(self.beside), "on": self.on, "labels": "yes"}
        return project_command("extract", parameters, self.tracking_uri)

    def neighbours(self) -> str | None:
        """The line for a shell that prints the past windows most like the newest one."""
        if not self.data or not self.past:
            return None
        parameters = {"model": self.model, "data": _data(self.data)}
        return project_command("neighbours", parameters, self.tracking_uri)


def promote_command(tracking_uri: str, model_name: str, version: str) -> str:
    """The line for a shell that makes a version the champion."""
    return project_command("promote", {"version": version, "model_name": model_name}, tracking_uri)


def dashboard_command(storage: str) -> str:
    """The line for a shell that opens Optuna's database in optuna-dashboard, which is installed apart."""
    return shlex.join(["optuna-dashboard", _store(storage)])


def project_command(entry: str, parameters: Mapping[str, str], tracking_uri: str) -> str:
    """The line for a shell that runs an entry point of this project in the environment that is running now."""
    words = ["mlflow", "run", str(PROJECT), "-e", entry, "--env-manager", "local"]
    for key, value in parameters.items():
        words += ["-P", f"{key}={value}"]
    settings = f"MLFLOW_TRACKING_URI={shlex.quote(_store(tracking_uri))}"
    beside = Path(sys.executable).parent
    if (beside / "mlflow").exists():
        # Without it a shell would find another Python, or none, for what `mlflow run` starts.
        settings += f' PATH={shlex.quote(str(beside))}:"$PATH"'
    return f"{settings} {shlex.join(words)}"


def _store(tracking_uri: str) -> str:
    return without_secrets(absolute_store(tracking_uri))


def _data(data: str) -> str:
    return os.path.abspath(data) if Path(data).exists() else data
