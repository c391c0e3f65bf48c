"""A network that someone else trained."""

from collections.abc import Callable
from dataclasses import replace

from study.configuration import StudyConfiguration
from study.data import StudyData
from study.errors import StudyError
from timesnet import TimesNet, load_checkpoint


def read_given_network(
    configuration: StudyConfiguration, say: Callable[[str], None]
) -> tuple[TimesNet, StudyConfiguration]:
    """Load the checkpoint of `probe`; its window length becomes the study's where the configuration names none.

    Raises StudyError or timesnet.CheckpointError, one line that names the key and both values.
    """
    model = load_checkpoint(configuration.checkpoint, configuration.config or None)
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
