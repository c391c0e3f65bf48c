"""One training step, the same for every implementation."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class TrainingStep:
    """Forward, mean squared error, backward, fused AdamW on one batch of windows; call it to take a step."""

    def __init__(self, model: nn.Module, x_enc: Tensor) -> None:
        self.model = model.train()
        self.x_enc = x_enc
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=True)

    def __call__(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        out = self.model(self.x_enc)
        functional.mse_loss(out, self.x_enc[:, -out.shape[1] :, : out.shape[2]]).backward()
        self.optimizer.step()
