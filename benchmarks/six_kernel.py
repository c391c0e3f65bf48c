"""TimesNet in its published form (six convolutions per Inception block, one pass per period): the yardstick.

Everything here favours plainness over speed. It is what the fast network is compared with, in numbers and
in seconds, so it shares no code with the `timesnet` package. Module names and state-dict keys are the
published ones. Paper: Wu et al., "TimesNet: Temporal 2D-Variation Modeling for General Time Series
Analysis", ICLR 2023.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

FORECASTS = ("long_term_forecast", "short_term_forecast")
MARKS_OF_FREQUENCY = {"h": 4, "t": 5, "s": 6, "m": 1, "a": 1, "w": 2, "d": 3, "b": 3}


class InceptionBlock(nn.Module):
    """Mean of `num_kernels` convolutions, kernels 1, 3, 5, …: (B, in, H, W) -> (B, out, H, W)."""

    def __init__(self, in_channels: int, out_channels: int, num_kernels: int) -> None:
        super().__init__()
        self.kernels = nn.ModuleList(
            nn.Conv2d(in_channels, out_channels, kernel_size=2 * i + 1, padding=i) for i in range(num_kernels)
        )
        for kernel in self.kernels:
            nn.init.kaiming_normal_(kernel.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(kernel.bias)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([kernel(x) for kernel in self.kernels], dim=-1).mean(-1)


class TimesBlock(nn.Module):
    """Folds (B, T, d_model) to 2D at the strongest periods, convolves, and sums by softmaxed amplitude."""

    def __init__(self, args: Any, total_len: int) -> None:
        super().__init__()
        self.total_len = total_len
        self.top_k = args.top_k
        self.frozen: tuple[int, ...] | None = None
        self.conv = nn.Sequential(
            InceptionBlock(args.d_model, args.d_ff, args.num_kernels),
            nn.GELU(),
            InceptionBlock(args.d_ff, args.d_model, args.num_kernels),
        )

    def choose(self, x: Tensor) -> tuple[list[int], Tensor]:
        """The rfft bins to fold at, with each window's mean amplitude there: k bins, (B, k)."""
        amplitude = torch.fft.rfft(x, dim=1).abs()
        if self.frozen is not None:
            bins = list(self.frozen)
        else:
            mean = amplitude.mean(0).mean(-1)
            mean[0] = 0
            bins = torch.topk(mean, self.top_k).indices.tolist()
        return bins, amplitude.mean(-1)[:, bins]

    def forward(self, x: Tensor) -> Tensor:
        batch, length, channels = x.shape
        bins, amplitude = self.choose(x)
        outputs = []
        for frequency in bins:
            period = length // frequency
            rows = -(-length // period)
            folded = functional.pad(x, (0, 0, 0, rows * period - length)).reshape(
                batch, rows, period, channels
            )
            folded = self.conv(folded.permute(0, 3, 1, 2).contiguous())
            outputs.append(folded.permute(0, 2, 3, 1).reshape(batch, -1, channels)[:, :length])
        weight = torch.softmax(amplitude, dim=1)[:, None, None, :]
        return (torch.stack(outputs, dim=-1) * weight).sum(-1) + x


def sinusoid(length: int, d_model: int) -> Tensor:
    """The fixed sine and cosine table of the Transformer paper: (length, d_model)."""
    position = torch.arange(length).float()[:, None]
    rate = (torch.arange(0, d_model, 2).float() * -(math.log(10000.0) / d_model)).exp()
    table = torch.zeros(length, d_model)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)[:, : d_model // 2]
    return table


class TokenEmbedding(nn.Module):
    """Circular convolution over three steps: (B, T, C) -> (B, T, d_model)."""

    def __init__(self, channels: int, d_model: int) -> None:
        super().__init__()
        self.tokenConv = nn.Conv1d(channels, d_model, 3, padding=1, padding_mode="circular", bias=False)
        nn.init.kaiming_normal_(self.tokenConv.weight, mode="fan_in", nonlinearity="leaky_relu")

    def forward(self, x: Tensor) -> Tensor:
        return self.tokenConv(x.permute(0, 2, 1)).transpose(1, 2)


class PositionalEmbedding(nn.Module):
    """The first T rows of the sine table: (B, T, anything) -> (1, T, d_model)."""

    def __init__(self, d_model: int, max_len: int = 5000) -> None:
        super().__init__()
        self.register_buffer("pe", sinusoid(max_len, d_model)[None])

    def forward(self, x: Tensor) -> Tensor:
        return self.pe[:, : x.size(1)]


class FixedEmbedding(nn.Module):
    """A frozen sine table looked up by integer: (B, T) -> (B, T, d_model)."""

    def __init__(self, entries: int, d_model: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(entries, d_model)
        self.emb.weight = nn.Parameter(sinusoid(entries, d_model), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.emb(x).detach()


class TemporalEmbedding(nn.Module):
    """Sum of calendar lookups (month to hour, or quarter hour): (B, T, 4 or 5) -> (B, T, d_model)."""

    def __init__(self, d_model: int, freq: str, embed: str) -> None:
        super().__init__()
        table = FixedEmbedding if embed == "fixed" else nn.Embedding
        if freq == "t":
            self.minute_embed = table(4, d_model)
        self.hour_embed = table(24, d_model)
        self.weekday_embed = table(7, d_model)
        self.day_embed = table(32, d_model)
        self.month_embed = table(13, d_model)

    def forward(self, x: Tensor) -> Tensor:
        x = x.long()
        minute = self.minute_embed(x[:, :, 4]) if hasattr(self, "minute_embed") else 0.0
        hour = self.hour_embed(x[:, :, 3])
        weekday = self.weekday_embed(x[:, :, 2])
        day = self.day_embed(x[:, :, 1])
        return hour + weekday + day + self.month_embed(x[:, :, 0]) + minute


class TimeFeatureEmbedding(nn.Module):
    """A bias-free linear map of the time features: (B, T, M) -> (B, T, d_model)."""

    def __init__(self, d_model: int, freq: str, embed: str) -> None:
        super().__init__()
        self.embed = nn.Linear(MARKS_OF_FREQUENCY[freq], d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.embed(x)


class DataEmbedding(nn.Module):
    """Values, calendar (where given) and position, summed: (B, T, C) -> (B, T, d_model)."""

    def __init__(self, args: Any) -> None:
        super().__init__()
        self.value_embedding = TokenEmbedding(args.enc_in, args.d_model)
        self.position_embedding = PositionalEmbedding(args.d_model)
        temporal = TimeFeatureEmbedding if args.embed == "timeF" else TemporalEmbedding
        self.temporal_embedding = temporal(args.d_model, args.freq, args.embed)
        self.dropout = nn.Dropout(args.dropout)

    def forward(self, x: Tensor, x_mark: Tensor | None) -> Tensor:
        out = self.value_embedding(x)
        if x_mark is not None:
            out = out + self.temporal_embedding(x_mark)
        return self.dropout(out + self.position_embedding(x))


class SixKernelTimesNet(nn.Module):
    """The published network for all five tasks; `args` is any object or mapping with the published names.

    `frozen_frequencies` gives each block its rfft bins; without it a block takes the `top_k` strongest bins
    of the batch's mean spectrum, as published.
    """

    def __init__(
        self,
        args: Any,
        *,
        frozen_frequencies: Iterable[Sequence[int]] | None = None,
        use_norm: bool | None = None,
    ) -> None:
        super().__init__()
        if isinstance(args, Mapping):
            args = _Attributes(args)
        self.args = args
        self.task_name = args.task_name
        self.pred_len = args.pred_len
        self.use_norm = getattr(args, "use_norm", True) if use_norm is None else use_norm
        total_len = args.seq_len + (args.pred_len if self.task_name in FORECASTS else 0)
        self.model = nn.ModuleList(TimesBlock(args, total_len) for _ in range(args.e_layers))
        self.enc_embedding = DataEmbedding(args)
        self.layer_norm = nn.LayerNorm(args.d_model)
        if self.task_name in FORECASTS:
            self.predict_linear = nn.Linear(args.seq_len, total_len)
        if self.task_name == "classification":
            self.dropout = nn.Dropout(args.dropout)
            self.projection = nn.Linear(args.d_model * args.seq_len, args.num_class)
        else:
            self.projection = nn.Linear(args.d_model, args.c_out)
        if frozen_frequencies is not None:
            self.set_frozen_frequencies(frozen_frequencies)

    def set_frozen_frequencies(self, frequencies: Iterable[Sequence[int]]) -> None:
        """One tuple of rfft bins a block."""
        for block, bins in zip(self.model, frequencies, strict=True):
            block.frozen = tuple(int(frequency) for frequency in bins)

    def statistics(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation over time, of what the mask lets through: (B, 1, C) each."""
        if mask is None:
            return x.mean(1, keepdim=True), (x.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
        observed = (mask == 1).sum(1, keepdim=True)
        mean = x.sum(1, keepdim=True) / observed
        centred = (x - mean).masked_fill(mask == 0, 0)
        return mean, ((centred * centred).sum(1, keepdim=True) / observed + 1e-5).sqrt()

    def encode(self, x: Tensor, x_mark: Tensor | None) -> Tensor:
        out = self.enc_embedding(x, x_mark)
        if self.task_name in FORECASTS:
            out = self.predict_linear(out.permute(0, 2, 1)).permute(0, 2, 1)
        for block in self.model:
            out = self.layer_norm(block(out))
        return out

    def forward(self, x_enc: Tensor, x_mark: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        if self.task_name == "classification":
            out = self.dropout(functional.gelu(self.encode(x_enc, None)))
            if x_mark is not None:
                out = out * x_mark.unsqueeze(-1)
            return self.projection(out.reshape(out.size(0), -1))
        if self.task_name == "anomaly_detection":
            x_mark = None
        if not self.use_norm:
            out = self.projection(self.encode(x_enc, x_mark))
        else:
            mask = mask if self.task_name == "imputation" else None
            mean, deviation = self.statistics(x_enc, mask)
            centred = x_enc - mean
            if mask is not None:
                centred = centred.masked_fill(mask == 0, 0)
            out = self.projection(self.encode(centred / deviation, x_mark)) * deviation + mean
        return out[:, -self.pred_len :] if self.task_name in FORECASTS else out


class _Attributes:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)
