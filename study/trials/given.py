"""A network that someone else trained."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from study.configuration import StudyConfiguration
from study.data import StudyData
from study.errors import StudyError
from timesnet import TimesNet, TimesNetConfig, load_checkpoint


def read_given_network(
    configuration: StudyConfiguration, say: Callable[[str], None]
) -> tuple[TimesNet, StudyConfiguration]:
    """Load the checkpoint of `probe`; its window length becomes the study's where the configuration names none.

    Raises StudyError or timesnet.CheckpointError, one line that names the key and both values.
    """
    config = None
    if configuration.config:
        config = read_network_config(configuration.config)
    model = load_checkpoint(configuration.checkpoint, config)
    seq_len = model.config.seq_len
    if not configuration.labelled and configuration.seq_len != seq_len:
        if configuration.seq_len != StudyConfiguration.seq_len:
            raise StudyError(
                f"checkpoint has seq_len={seq_len}, not {configuration.seq_len}; give seq_len={seq_len} or leave it out"
            )
        say(f"windows of {seq_len} candles, as the checkpoint takes them")
        configuration = replace(configuration, seq_len=seq_len)
    return model, configuration


def check_given_network(model: TimesNet, data: StudyData) -> None:
    """Raise StudyError, one line, where the network takes other windows than the study's."""
    for key, wanted in (("seq_len", data.windows.seq_len), ("enc_in", len(data.features))):
        if (given := getattr(model.config, key)) != wanted:
            names = ", ".join(data.features)
            remedy = f"; give features=... with the {given} that it was trained on, in their order: {names}"
            raise StudyError(
                f"checkpoint has {key}={given}, the windows have {wanted}{remedy if data.has_candles else ''}"
            )


def read_network_config(path: str) -> TimesNetConfig:
    """Hyper-parameters from a JSON file that holds the published argument dictionary."""
    try:
        values: Any = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StudyError(f"config={path!r}: no such file") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise StudyError(f"config={path!r} is not a readable JSON file: {error}") from None
    if not isinstance(values, dict):
        raise StudyError(f"config={path!r} must hold one JSON object, the arguments of TimesNet")
    return TimesNetConfig.from_dict(values)
