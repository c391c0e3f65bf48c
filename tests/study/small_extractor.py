"""A small extractor of untrained weights."""

import numpy as np
import torch

from timesnet import Extractor, Scaler, TimesNet, TimesNetConfig


def small_extractor(seq_len=16, d_model=8, seed=0):
    """Embeds windows of 15-minute candles at the last layer."""
    config = TimesNetConfig(
        task_name="imputation",
        seq_len=seq_len,
        enc_in=12,
        c_out=12,
        d_model=d_model,
        d_ff=8,
        e_layers=1,
        top_k=1,
        num_kernels=2,
        freq="t",
        period_selection="window",
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = TimesNet(config)
    return Extractor(
        model,
        "layer_norm",
        "mean",
        scaler=Scaler(np.zeros(12), np.ones(12)),
        seq_len=seq_len,
        freq="t",
        interval_seconds=900.0,
        device="cpu",
    )
