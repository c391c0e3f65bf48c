"""A printed table of every layer of a network."""

from study.configuration import StudyConfiguration
from timesnet import FEATURES, TimesNet, TimesNetConfig, list_layers, load_checkpoint
from timesnet.network import read_arguments


def print_layers(*, checkpoint: str, config: str) -> None:
    """Print depth, name, module type, output shape and parameters of each layer.

    Args:
        checkpoint: a checkpoint's path, or `auto` for a freshly initialised network.
        config: the hyper-parameters, in a form of `timesnet.network.read_arguments`; empty means what the checkpoint's
            folder and tensors say, or for `auto` a two-block network for the default candles.
    """
    model = (
        TimesNet(TimesNetConfig.from_dict(read_arguments(config)[0]) if config else _default_network())
        if checkpoint == "auto"
        else load_checkpoint(checkpoint, config or None)
    )
    layers = list_layers(model)
    width = max(len(layer.name) for layer in layers)
    print(f"{'depth':>5}  {'layer':<{width}}  {'module':<20}  {'output (time, channels)':<24}  parameters")
    for layer in layers:
        shape = " x ".join(map(str, layer.output_shape))
        print(
            f"{layer.depth:>5}  {layer.name:<{width}}  {layer.module_type:<20}  {shape:<24}  {layer.parameters}"
        )
    total = sum(parameter.numel() for parameter in model.parameters())
    print(f"{len(layers)} layers, {total} parameters in all ({model.config.task_name})")


def _default_network() -> TimesNetConfig:
    """Two blocks for the default study's candles."""
    return TimesNetConfig(
        task_name="long_term_forecast",
        seq_len=StudyConfiguration.seq_len,
        pred_len=1,
        enc_in=len(FEATURES),
        c_out=len(FEATURES),
        d_model=32,
        d_ff=32,
        e_layers=2,
        top_k=3,
        freq="t",
    )
