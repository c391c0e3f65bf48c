"""The TimesNet of Wu et al. 2023 with the published function, names and state dict.

How the forward pass shows itself: `model(..., observe=call)` calls `call(name, tensor, group)` after every
step, in the published order. A truthy answer means that nothing after this step is needed.

- Outside the period loop `name` is the module's path (`layer_norm#0`, `layer_norm#1`, ... where it is called
  more than once), `tensor` what the published module returns, `group` None. A truthy answer ends the pass.
- Inside block i, for each distinct period, `group` is its `PeriodGroup` and `tensor` a map
  (b, H, W, channels) with one cycle a row: `model.i.fold` (the input of conv.0), `model.i.conv.0`,
  `model.i.conv.1`, `model.i.conv.2`, `model.i.conv`. Row by row its first T positions are the window, the
  rest is tail. A truthy answer ends this period's chain; the other periods still run, then the pass ends.

A pass that was ended returns None. The model keeps no state between passes, so the observer may raise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ConfigError, DataError
from .config import PERIOD_SELECTIONS, TASKS_WITHOUT_MARKS, TIME_FEATURES, TimesNetConfig
from .embedding import DataEmbedding
from .inception import InceptionBlock
from .observe import Observe, Stopped, show
from .times_block import TimesBlock


class TimesNet(nn.Module):
    """Embedding, `e_layers` TimesBlocks with one shared layer norm, and the task's head.

    Attributes:
        config: the hyper-parameters.
        period_selection: "batch", "window" or "frozen"; may be set at any time.
        frozen_frequencies: one tuple of top_k rfft bins a block, or None; not part of the state dict.
    """

    def __init__(self, config: TimesNetConfig) -> None:
        super().__init__()
        self.config = config
        self._period_selection = config.period_selection
        self._frozen_frequencies: list[tuple[int, ...]] | None = None
        self.model = nn.ModuleList(TimesBlock(config) for _ in range(config.e_layers))
        self.enc_embedding = DataEmbedding(config)
        self.layer_norm = nn.LayerNorm(config.d_model)
        if config.forecasts:
            self.predict_linear = nn.Linear(config.seq_len, config.total_len)
        if config.task_name == "classification":
            self.dropout = nn.Dropout(config.dropout)
            self.projection = nn.Linear(config.d_model * config.seq_len, config.num_class)
        elif config.task_name == "outcomes":
            self.projection = nn.Linear(2 * config.d_model, config.c_out)
        else:
            self.projection = nn.Linear(config.d_model, config.c_out)
        # The order in which convolutions of maps (B, T, D) read them; the shapes stay the published ones.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def period_selection(self) -> str:
        return self._period_selection

    @period_selection.setter
    def period_selection(self, selection: str) -> None:
        if selection not in PERIOD_SELECTIONS:
            raise ConfigError(
                f"period_selection is {selection!r}; it must be one of {', '.join(PERIOD_SELECTIONS)}"
            )
        self._period_selection = selection

    @property
    def frozen_frequencies(self) -> list[tuple[int, ...]] | None:
        return self._frozen_frequencies

    def set_frozen_frequencies(self, frequencies: Sequence[Sequence[int]] | None) -> None:
        """Give each block its rfft bins for "frozen" selection; None takes them away.

        Raises:
            ConfigError: not one tuple a block, not top_k bins, or a bin outside 1 .. total_len // 2.
        """
        if frequencies is None:
            self._frozen_frequencies = None
            return
        blocks = [tuple(int(frequency) for frequency in block) for block in frequencies]
        if len(blocks) != len(self.model):
            raise ConfigError(f"frozen frequencies are given for {len(blocks)} of {len(self.model)} blocks")
        highest = self.config.total_len // 2
        for depth, block in enumerate(blocks):
            if len(block) != self.config.top_k or not all(1 <= bin <= highest for bin in block):
                raise ConfigError(
                    f"frozen frequencies of block {depth} are {block}; "
                    f"top_k ({self.config.top_k}) numbers from 1 to {highest} are needed"
                )
        self._frozen_frequencies = blocks

    def forward(
        self,
        x_enc: Tensor,
        x_mark: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        observe: Observe | None = None,
    ) -> Tensor | None:
        """What the published model returns for its task.

        Args:
            x_enc: (B, seq_len, enc_in) float; for imputation with the missing values already set to 0.
            x_mark: (B, seq_len, M) time features, or for classification the padding mask (B, seq_len) with 1
                at valid steps. None: no time embedding, no padding. Anomaly detection and outcomes ignore it.
            mask: (B, seq_len, enc_in) with 1 where a value is present; imputation only. None: all present.
            observe: called after every step, see the head of this file; costs nothing when None.

        Returns:
            Forecasts (B, pred_len, c_out); imputation and anomaly detection (B, seq_len, c_out);
            classification (B, num_class) logits; outcomes (B, c_out), from the mean and the last step of the last
            layer norm side by side; None when the observer ended the pass.

        Raises:
            DataError: a tensor's shape doesn't fit the configuration.
            ConfigError: period_selection is "frozen" and no frequencies are set.
        """
        self._check(x_enc, x_mark, mask)
        frequencies = self._frequencies()
        try:
            hidden, mean, spread = self._enter(x_enc, x_mark, mask, observe)
            for depth in range(len(self.model)):
                hidden = self._block(depth, hidden, self.period_selection, frequencies[depth], observe)
            return self._leave(hidden, x_mark, mean, spread, observe)
        except Stopped:
            return None

    def enter_block(
        self,
        depth: int,
        x_enc: Tensor,
        x_mark: Tensor | None = None,
        *,
        frequencies: Sequence[Sequence[int]],
    ) -> Tensor:
        """What block `depth` receives (B, total_len, d_model) when the blocks before it use `frequencies`."""
        self._check(x_enc, x_mark, None)
        hidden, _, _ = self._enter(x_enc, x_mark, None, None)
        for before in range(depth):
            hidden = self.pass_block(before, hidden, frequencies[before])
        return hidden

    def pass_block(self, depth: int, hidden: Tensor, frequencies: Sequence[int]) -> Tensor:
        """What the block after block `depth` receives, where that receives `hidden` (B, total_len, d_model)."""
        return self._block(depth, hidden, "frozen", frequencies, None)

    @contextmanager
    def merged_kernels(self) -> Iterator[None]:
        """Within this context, while grad is off, merge each Inception block once instead of once a call.

        A weight that changes meanwhile is noticed, except through `.data`. Contexts may nest.
        """
        blocks = [module for module in self.modules() if isinstance(module, InceptionBlock)]
        for block in blocks:
            block.keep()
        try:
            yield
        finally:
            for block in blocks:
                block.release()

    def _frequencies(self) -> Sequence[Sequence[int] | None]:
        if self.period_selection != "frozen":
            return [None] * len(self.model)
        if self._frozen_frequencies is None:
            raise ConfigError(
                'period_selection is "frozen" but no frequencies are set; '
                "call timesnet.freeze_frequencies with the fit windows"
            )
        return self._frozen_frequencies

    def _enter(
        self, x_enc: Tensor, x_mark: Tensor | None, mask: Tensor | None, observe: Observe | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Normalise, embed, lengthen: (B, total_len, d_model), the window's mean and its spread."""
        mean = spread = None
        if self.config.denormalises:
            x_enc, mean, spread = normalise(x_enc, mask if self.config.task_name == "imputation" else None)
        if self.config.task_name in TASKS_WITHOUT_MARKS:
            x_mark = None
        hidden = self.enc_embedding(x_enc, x_mark, "enc_embedding", observe)
        if self.config.forecasts:
            longer = show(observe, "predict_linear", self.predict_linear(hidden.transpose(1, 2)))
            hidden = longer.transpose(1, 2).contiguous()
        return hidden, mean, spread

    def _block(
        self,
        depth: int,
        hidden: Tensor,
        selection: str,
        frequencies: Sequence[int] | None,
        observe: Observe | None,
    ) -> Tensor:
        """One TimesBlock with the shared layer norm: (B, total_len, d_model) both ways."""
        path = f"model.{depth}"
        hidden = show(observe, path, self.model[depth](hidden, selection, frequencies, path, observe))
        name = "layer_norm" if len(self.model) == 1 else f"layer_norm#{depth}"
        return show(observe, name, self.layer_norm(hidden))

    def _leave(
        self,
        hidden: Tensor,
        x_mark: Tensor | None,
        mean: Tensor | None,
        spread: Tensor | None,
        observe: Observe | None,
    ) -> Tensor:
        """The task's head."""
        if self.config.task_name == "classification":
            hidden = show(observe, "dropout", self.dropout(functional.gelu(hidden)))
            if x_mark is not None:
                hidden = hidden * x_mark.unsqueeze(-1)
            return show(observe, "projection", self.projection(hidden.flatten(1)))
        if self.config.task_name == "outcomes":
            pooled = torch.cat([hidden.mean(1), hidden[:, -1]], 1)
            return show(observe, "projection", self.projection(pooled))
        out = show(observe, "projection", self.projection(hidden))
        if mean is not None and spread is not None:
            out = out * spread + mean
        return out[:, -self.config.pred_len :] if self.config.forecasts else out

    def _check(self, x_enc: Tensor, x_mark: Tensor | None, mask: Tensor | None) -> None:
        config = self.config
        wanted = (config.seq_len, config.enc_in)
        if x_enc.dim() != 3 or tuple(x_enc.shape[1:]) != wanted:
            raise DataError(
                f"x_enc has shape {tuple(x_enc.shape)}; (batch, {wanted[0]}, {wanted[1]}) is needed"
            )
        if mask is not None and mask.shape != x_enc.shape:
            raise DataError(f"mask has shape {tuple(mask.shape)}; x_enc's {tuple(x_enc.shape)} is needed")
        if x_mark is None or config.task_name in ("anomaly_detection", "outcomes"):
            return
        if config.task_name == "classification":
            if x_mark.shape != x_enc.shape[:2]:
                raise DataError(
                    f"x_mark has shape {tuple(x_mark.shape)}; classification takes the padding mask "
                    f"{tuple(x_enc.shape[:2])} or None"
                )
            return
        calendar = 5 if config.freq == "t" else 4
        marks = TIME_FEATURES[config.freq] if config.embed == "timeF" else calendar
        enough = x_mark.dim() == 3 and x_mark.shape[:2] == x_enc.shape[:2]
        if enough:
            enough = x_mark.shape[2] == marks if config.embed == "timeF" else x_mark.shape[2] >= marks
        if not enough:
            raise DataError(
                f"x_mark has shape {tuple(x_mark.shape)}; {(*x_enc.shape[:2], marks)} is needed "
                f"with embed {config.embed!r} at freq {config.freq!r}"
            )


def normalise(x_enc: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Take each window's mean and spread out of it, feature by feature (Liu et al. 2022, equation 2).

    x_enc (B, T, C) and mask (B, T, C) with 1 where a value is present -> the normalised windows (B, T, C),
    mean and spread (B, 1, C). No gradient flows through the mean, nor, with a mask, through the spread.
    """
    if mask is None:
        mean = x_enc.mean(1, keepdim=True).detach()
        x_enc = x_enc - mean
        spread = torch.sqrt(torch.var(x_enc, dim=1, keepdim=True, unbiased=False) + 1e-5)
        return x_enc / spread, mean, spread
    # A feature with no value at all would divide 0 by 0.
    present = (mask == 1).sum(1, keepdim=True).clamp(min=1)
    mean = (x_enc.sum(1, keepdim=True) / present).detach()
    x_enc = (x_enc - mean).masked_fill(mask == 0, 0)
    spread = torch.sqrt((x_enc * x_enc).sum(1, keepdim=True) / present + 1e-5).detach()
    return x_enc / spread, mean, spread
