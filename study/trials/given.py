"""A network that someone else trained."""

from collections.abc import Callable
from dataclasses import replace

from study.configuration import FEATURE_MODES, StudyConfiguration
from study.data import StudyData
from study.errors import StudyError
from timesnet import TimesNet
from timesnet.network import ReadCheckpoint, read_checkpoint
from timesnet.windows import require_inputs


def read_given_network(
    configuration: StudyConfiguration, say: Callable[[str], None]
) -> tuple[TimesNet, StudyConfiguration]:
    """Load the checkpoint of `probe`; its window length becomes the study's where the configuration names none.

    Raises StudyError or timesnet.CheckpointError, one line that names the key and both values.
    """
    read = read_checkpoint(configuration.checkpoint, configuration.config or None)
    seq_len = read.model.config.seq_len
    if configuration.labelled:
        return read.model, replace(configuration, padded_to=seq_len) if read.published else configuration
    if configuration.seq_len != seq_len:
        if configuration.seq_len != StudyConfiguration.seq_len:
            raise StudyError(
                f"checkpoint has seq_len={seq_len}, not {configuration.seq_len}; give seq_len={seq_len} or leave it out"
            )
        say(f"windows of {seq_len} candles, as the checkpoint takes them")
        configuration = replace(configuration, seq_len=seq_len)
    return read.model, _own_columns(configuration, read) if read.published else configuration


def _own_columns(configuration: StudyConfiguration, read: ReadCheckpoint) -> StudyConfiguration:
    """The configuration with the inputs that a published checkpoint was trained on: the file's own columns."""
    said = read.arguments
    features = configuration.features or str(said.get("features", "M"))
    if features not in FEATURE_MODES:
        raise StudyError(
            f"features={features!r}: a published checkpoint takes the file's own columns, scaled as the published "
            "loader scales them: give features=M, MS or S with target=...; one that was trained on this project's "
            "features is a folder that save_checkpoint wrote"
        )
    target = configuration.target or str(said.get("target", ""))
    if not target:
        raise StudyError(
            "the checkpoint's arguments name no target, the column that the published loader puts last: give target=..."
        )
    loader = configuration.loader or str(said.get("data", "custom"))
    return replace(configuration, features=features, target=target, loader=loader)


def check_given_network(model: TimesNet, data: StudyData) -> None:
    """Raise StudyError or timesnet.ConfigError, one line, where the network takes other windows than the study's."""
    if data.source.input_kind == "columns":
        require_inputs(data.features, model.config.enc_in, source="checkpoint")
    channels = model.config.enc_in if model.config.enc_in in data.inputs.values() else len(data.features)
    for key, wanted in (("seq_len", data.windows.seq_len), ("enc_in", channels)):
        if (given := getattr(model.config, key)) != wanted:
            names = ", ".join(data.features)
            remedy = f"; give features=... with the {given} that it was trained on, in their order: {names}"
            raise StudyError(
                f"checkpoint has {key}={given}, the windows have {wanted}{remedy if data.has_candles else ''}"
            )
