"""AdamW without torch's compiler takes the steps that torch's own takes."""

import subprocess
import sys
from pathlib import Path

import torch

from timesnet.training.adamw import AdamW


def weights(kind, *, cut_off=False):
    """A small network's weights after six steps, float32; `cut_off` goes on with another optimizer after three."""
    torch.manual_seed(0)
    x, y = torch.randn(20, 3), torch.randn(20, 2)
    network = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    optimizer = kind(network.parameters(), lr=0.1, weight_decay=0.1, fused=True)
    for step in range(6):
        if cut_off and step == 3:
            state = optimizer.state_dict()
            optimizer = kind(network.parameters(), lr=0.1, weight_decay=0.1, fused=True)
            optimizer.load_state_dict(state)
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.mse_loss(network(x), y).backward()
        optimizer.step()
    return torch.cat([one.detach().flatten() for one in network.parameters()])


def test_steps_and_states_are_those_of_torch():
    theirs = weights(torch.optim.AdamW)
    assert torch.equal(weights(AdamW), theirs) and torch.equal(weights(AdamW, cut_off=True), theirs)


def test_a_process_that_trains_does_not_import_the_compiler():
    program = (
        "import sys, numpy as np;"
        "from timesnet import TimesNet, TimesNetConfig, TrainingSettings, Windows, train;"
        "config = TimesNetConfig(task_name='imputation', seq_len=8, enc_in=2, c_out=2, d_model=4, d_ff=4, e_layers=1,"
        " top_k=1, num_kernels=1);"
        "values = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32);"
        "windows = Windows(values, None, np.arange(7, 60), 8);"
        "train(TimesNet(config), windows, windows, settings=TrainingSettings(train_epochs=1));"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[3], capture_output=True, text=True
    )
    assert done.stdout == "False\n", done.stderr
