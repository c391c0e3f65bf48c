"""How TimesNet turns a window into vectors: value, position, time of day."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .config import LONGEST_POSITION, TIME_FEATURES, TimesNetConfig
from .observe import Observe, show

MINUTE_SLOTS, HOURS, WEEKDAYS, DAYS, MONTHS = 4, 24, 7, 32, 13


def sinusoids(positions: int, d_model: int) -> Tensor:
    """Sines in even, cosines in odd columns: (positions, d_model) float32 (Vaswani et al. 2017, 3.5)."""
    place = torch.arange(positions, dtype=torch.float32).unsqueeze(1)
    rate = torch.exp(torch.arange(0, d_model, 2, dtype=torch.float32) * -(math.log(10000.0) / d_model))
    table = torch.zeros(positions, d_model)
    table[:, 0::2] = torch.sin(place * rate)
    table[:, 1::2] = torch.cos(place * rate)
    return table


class TokenEmbedding(nn.Module):
    """Circular convolution over three neighbouring steps: (B, T, C) -> (B, T, d_model)."""

    def __init__(self, enc_in: int, d_model: int) -> None:
        super().__init__()
        self.tokenConv = nn.Conv1d(enc_in, d_model, 3, padding=1, padding_mode="circular", bias=False)
        nn.init.kaiming_normal_(self.tokenConv.weight, mode="fan_in", nonlinearity="leaky_relu")

    def forward(self, x: Tensor, path: str = "", observe: Observe | None = None) -> Tensor:
        tokens = show(observe, f"{path}.tokenConv", self.tokenConv(x.transpose(1, 2)))
        return show(observe, path, tokens.transpose(1, 2))


class PositionalEmbedding(nn.Module):
    """Fixed sinusoids of the position: (B, T, ...) -> (1, T, d_model)."""

    pe: Tensor

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.register_buffer("pe", sinusoids(LONGEST_POSITION, d_model).unsqueeze(0))

    def forward(self, x: Tensor) -> Tensor:
        return self.pe[:, : x.shape[1]]


class FixedEmbedding(nn.Module):
    """Fixed sinusoids of a calendar number: (B, T) int64 -> (B, T, d_model)."""

    def __init__(self, numbers: int, d_model: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(numbers, d_model)
        self.emb.weight = nn.Parameter(sinusoids(numbers, d_model), requires_grad=False)

    def forward(self, x: Tensor, path: str = "", observe: Observe | None = None) -> Tensor:
        return show(observe, path, show(observe, f"{path}.emb", self.emb(x)))


class LearnedEmbedding(nn.Embedding):
    """A trained vector for each calendar number: (B, T) int64 -> (B, T, d_model)."""

    def forward(self, x: Tensor, path: str = "", observe: Observe | None = None) -> Tensor:
        return show(observe, path, super().forward(x))


class TemporalEmbedding(nn.Module):
    """Sum of calendar embeddings; columns of x_mark are month, day, weekday, hour, quarter of an hour."""

    def __init__(self, d_model: int, embed: str, freq: str) -> None:
        super().__init__()
        table = FixedEmbedding if embed == "fixed" else LearnedEmbedding
        if freq == "t":
            self.minute_embed = table(MINUTE_SLOTS, d_model)
        self.hour_embed = table(HOURS, d_model)
        self.weekday_embed = table(WEEKDAYS, d_model)
        self.day_embed = table(DAYS, d_model)
        self.month_embed = table(MONTHS, d_model)

    def forward(self, x_mark: Tensor, path: str = "", observe: Observe | None = None) -> Tensor:
        numbers = x_mark.long()
        minute: Tensor | float = 0.0
        if hasattr(self, "minute_embed"):
            minute = self.minute_embed(numbers[..., 4], f"{path}.minute_embed", observe)
        hour = self.hour_embed(numbers[..., 3], f"{path}.hour_embed", observe)
        weekday = self.weekday_embed(numbers[..., 2], f"{path}.weekday_embed", observe)
        day = self.day_embed(numbers[..., 1], f"{path}.day_embed", observe)
        month = self.month_embed(numbers[..., 0], f"{path}.month_embed", observe)
        return show(observe, path, hour + weekday + day + month + minute)


class TimeFeatureEmbedding(nn.Module):
    """Linear map of scaled time features: (B, T, M) -> (B, T, d_model)."""

    def __init__(self, d_model: int, freq: str) -> None:
        super().__init__()
        self.embed = nn.Linear(TIME_FEATURES[freq], d_model, bias=False)

    def forward(self, x_mark: Tensor, path: str = "", observe: Observe | None = None) -> Tensor:
        return show(observe, path, show(observe, f"{path}.embed", self.embed(x_mark)))


class DataEmbedding(nn.Module):
    """Sum of value, time and position embeddings: (B, T, enc_in), (B, T, M) | None -> (B, T, d_model)."""

    def __init__(self, config: TimesNetConfig) -> None:
        super().__init__()
        self.value_embedding = TokenEmbedding(config.enc_in, config.d_model)
        self.position_embedding = PositionalEmbedding(config.d_model)
        self.temporal_embedding: nn.Module = (
            TimeFeatureEmbedding(config.d_model, config.freq)
            if config.embed == "timeF"
            else TemporalEmbedding(config.d_model, config.embed, config.freq)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Tensor, x_mark: Tensor | None, path: str = "", observe: Observe | None = None
    ) -> Tensor:
        total = self.value_embedding(x, f"{path}.value_embedding", observe)
        if x_mark is not None:
            total = total + self.temporal_embedding(x_mark, f"{path}.temporal_embedding", observe)
        position = show(observe, f"{path}.position_embedding", self.position_embedding(x))
        total = show(observe, f"{path}.dropout", self.dropout(total + position))
        return show(observe, path, total)
