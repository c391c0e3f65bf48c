"""How often a training step makes the host wait for the device.

The ways in which a tensor's numbers reach Python are replaced by ones that count: what stands in for the device's own
synchronisation points, which a machine without a GPU does not have.
"""

import numpy as np
import pytest
import torch

from timesnet.network.config import TimesNetConfig
from timesnet.network.model import TimesNet
from timesnet.training.train import TrainingSettings, train
from timesnet.windows.windows import Windows

WAITING = ("tolist", "item", "cpu", "numpy", "__bool__", "__float__", "__int__", "nonzero")


def waits(monkeypatch, steps, blocks):
    """Waits of an epoch of so many steps."""
    generator = np.random.default_rng(0)
    values = generator.standard_normal((8 * steps + 20, 3)).astype(np.float32)
    windows = Windows(values, None, np.arange(11, 11 + 8 * steps), 12)
    config = TimesNetConfig(
        task_name="anomaly_detection", seq_len=12, enc_in=3, c_out=3, d_model=4, d_ff=4, e_layers=blocks,
        top_k=2, num_kernels=2,
    )  # fmt: skip
    torch.manual_seed(0)
    model = TimesNet(config)
    counted = []
    for name in WAITING:
        original = getattr(torch.Tensor, name)

        def counting(tensor, *args, _original=original, **kwargs):
            counted.append(1)
            return _original(tensor, *args, **kwargs)

        monkeypatch.setattr(torch.Tensor, name, counting)
    settings = TrainingSettings(learning_rate=1e-3, batch_size=8, train_epochs=1, seed=0)
    train(model, windows, windows.select(np.arange(8)), settings=settings)
    monkeypatch.undo()
    return len(counted)


@pytest.mark.parametrize("blocks", [1, 3])
def test_a_step_waits_once_a_block_and_no_more(monkeypatch, blocks):
    few, many = waits(monkeypatch, 5, blocks), waits(monkeypatch, 25, blocks)
    assert (many - few) / 20 <= blocks
