"""Public TimesNets from PyPI, each brought to the same call: windows in, prediction out."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor, nn

from timesnet import TimesNetConfig


class NeuralForecastTimesNet(nn.Module):
    """TimesNet of neuralforecast: one feature, forecasts only, no normalisation inside the network.

    Where the others see T steps, it sees T - pred_len steps of one feature, and forecasts the rest, so that its
    blocks fold the same length.
    """

    def __init__(self, config: TimesNetConfig) -> None:
        super().__init__()
        from neuralforecast.models.timesnet import TimesNet

        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        horizon = config.pred_len if config.forecasts else 1
        self.input_size = config.total_len - horizon
        self.net = TimesNet(
            h=horizon,
            input_size=self.input_size,
            hidden_size=config.d_model,
            conv_hidden_size=config.d_ff,
            top_k=config.top_k,
            num_kernels=config.num_kernels,
            encoder_layers=config.e_layers,
            dropout=config.dropout,
        )

    def forward(self, x_enc: Tensor) -> Tensor:
        return self.net({"insample_y": x_enc[:, : self.input_size, :1], "futr_exog": None})


class PyPOTSTimesNet(nn.Module):
    """TimesNet of PyPOTS: its embedding, backbone, projection, with its normalisation, on whole windows."""

    def __init__(self, config: TimesNetConfig) -> None:
        super().__init__()
        from pypots.imputation.timesnet.core import _TimesNet
        from pypots.nn.modules.loss import MSE

        self.net = _TimesNet(
            n_layers=config.e_layers,
            n_steps=config.total_len,
            n_features=config.enc_in,
            top_k=config.top_k,
            d_model=config.d_model,
            d_ffn=config.d_ff,
            n_kernels=config.num_kernels,
            dropout=config.dropout,
            apply_nonstationary_norm=True,
            training_loss=MSE(),
            validation_metric=MSE(),
        )
        self.config = config

    def forward(self, x_enc: Tensor) -> Tensor:
        if x_enc.shape[1] < self.config.total_len:
            ahead = x_enc[:, -1:].expand(-1, self.config.total_len - x_enc.shape[1], -1)
            x_enc = torch.cat([x_enc, ahead], dim=1)
        out = self.net({"X": x_enc, "missing_mask": torch.ones_like(x_enc)})["reconstruction"]
        return out[:, -self.config.pred_len :] if self.config.forecasts else out


PEERS: dict[str, Callable[[TimesNetConfig], nn.Module]] = {
    "neuralforecast": NeuralForecastTimesNet,
    "PyPOTS": PyPOTSTimesNet,
}


def installed_peers() -> dict[str, Callable[[TimesNetConfig], nn.Module]]:
    """Those that can be built here (the extra `bench`); what can't be imported is logged."""
    config = TimesNetConfig(
        task_name="anomaly_detection", seq_len=8, enc_in=2, c_out=2, d_model=4, d_ff=4, e_layers=1, top_k=1
    )
    found = {}
    for name, build in PEERS.items():
        try:
            build(config)
        except ImportError as error:
            logging.getLogger(__name__).warning("%s is left out: %s", name, error)
        else:
            found[name] = build
    return found
