"""A checkpoint of the published form with its arguments, as somebody else would bring one."""

import json

import torch

from benchmarks.six_kernel import SixKernelTimesNet

# A small forecaster on the seven columns of `tests.timesnet.own_table`.
ARGUMENTS = {
    "task_name": "long_term_forecast",
    "data": "custom",
    "features": "M",
    "target": "return",
    "pred_len": 2,
    "enc_in": 7,
    "c_out": 7,
    "d_model": 8,
    "d_ff": 8,
    "e_layers": 1,
    "top_k": 2,
    "num_kernels": 2,
    "freq": "h",
    "embed": "timeF",
    "dropout": 0.1,
}


def save_published(folder, arguments, *, seed=0):
    """A fresh network, its weights in `checkpoint.pth` and its arguments in `args.json` of the folder."""
    torch.manual_seed(seed)
    model = SixKernelTimesNet(arguments).eval()
    torch.save(model.state_dict(), folder / "checkpoint.pth")
    (folder / "args.json").write_text(json.dumps(arguments))
    return model
