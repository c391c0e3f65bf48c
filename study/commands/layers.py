"""A printed table of every layer of a network."""

from study.configuration import StudyConfiguration
from timesnet import FEATURES, TimesNet, TimesNetConfig, layer_in_words, list_layers, load_checkpoint
from timesnet.network import read_arguments


def print_layers(*, checkpoint: str, config: str) -> None:
    """Print depth, name, module type, output shape, length of the pooled vector, parameters and words for each layer.

    Layers that return the same numbers are marked: `model.0.conv` (= `model.0.conv.2`).

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
    print(
        f"{'depth':>5}  {'layer':<{width}}  {'module':<20}  {'output (time, channels)':<24}  {'length':>6}  "
        f"{'parameters':>10}  in words"
    )
    for layer in layers:
        shape = " x ".join(map(str, layer.output_shape))
        same = f" (= {layer.same_as})" if layer.same_as else ""
        print(
            f"{layer.depth:>5}  {layer.name:<{width}}  {layer.module_type:<20}  {shape:<24}  "
            f"{layer.output_shape[1]:>6}  {layer.parameters:>10}  {layer_in_words(layer.name)}{same}"
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
