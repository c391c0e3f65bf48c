"""Training one TimesNet on windows of candles."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import TimesNetError
from ..network import WHOLE_WINDOW_TASKS, TimesNet, TimesNetConfig
from ..windows import EpochWindows, Windows
from .adamw import AdamW
from .state import TrainingState


class TrainingDiverged(TimesNetError):
    """The loss stopped being a finite number."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained.

    Attributes:
        train_epochs: epochs, at most.
        windows_per_epoch: fit windows drawn an epoch; 0 for as many as there are.
        batch_size: windows in a step.
        learning_rate: AdamW's highest rate; it falls to zero along a half cosine over all steps.
        warmup: share of all steps over which the rate first rises from zero.
        weight_decay: AdamW's decoupled weight decay.
        patience: epochs without a better score before training stops.
        stop_by_loss: whether the tune loss decides when to stop and which weights are kept, and not the score.
        channels: of each candle, how many the reconstructing and forecasting tasks are judged by; 0 for all. Those
            that follow, such as the calendar, are there to be seen.
        mask_rate: share of values hidden in the imputation task (the published benchmark's middle setting).
        clip_norm: largest norm of the gradient.
        seed: seed of shuffling, dropout and masks.
    """

    train_epochs: int = 5
    windows_per_epoch: int = 0
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup: float = 0.0
    patience: int = 2
    stop_by_loss: bool = False
    channels: int = 0
    mask_rate: float = 0.25
    clip_norm: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class EpochReport:
    """What one epoch gave: losses are means over windows, seconds are wall time of the epoch's training.

    `restored` says how many epochs a state file brought, in the reports of these alone; 0 where it has just run.
    """

    epoch: int
    train_loss: float
    tune_loss: float
    learning_rate: float
    seconds: float
    restored: int = 0


@dataclass(frozen=True)
class TrainingResult:
    """The epochs that ran, their scores (higher is better) and which of them the weights are from."""

    epochs: tuple[EpochReport, ...]
    scores: tuple[float, ...]
    best_epoch: int


def train(
    model: TimesNet,
    fit: Windows,
    tune: Windows,
    *,
    settings: TrainingSettings,
    fit_labels: np.ndarray | None = None,
    target_weights: np.ndarray | None = None,
    fit_groups: np.ndarray | None = None,
    tune_labels: np.ndarray | None = None,
    on_epoch: Callable[[EpochReport], float] | None = None,
    on_restored: Callable[[EpochReport, float], None] | None = None,
    state_file: Path | None = None,
    identity: str = "",
) -> TrainingResult:
    """Train in place and leave the weights of the best epoch in the model.

    Args:
        model: a network in `period_selection="batch"`, as published, or any other.
        fit: windows whose loss is minimised.
        tune: windows whose loss is reported and, without `on_epoch` or with `stop_by_loss`, decides when to stop.
        settings: see TrainingSettings.
        fit_labels: for the tasks that predict something of whole windows: int64 (len(fit),) classes, or, of `outcomes`
            alone, float32 (len(fit), c_out) numbers, NaN where one is not known.
        target_weights: float32 (c_out,), of the squared errors of those numbers; None for equal ones.
        fit_groups: int (len(fit),), where there are several, such as symbols: an epoch draws as many windows of each.
        tune_labels: as fit_labels, of the tune windows.
        on_epoch: called after each epoch; the score that it returns (higher is better) decides early stopping and
            which weights are kept. It may raise to abandon the training.
        on_restored: called with the report and score of each epoch that `state_file` brings; it may raise likewise.
        state_file: where the training stands after each epoch; a training that was cut off goes on from there, with
            the result that it would have had. The caller deletes it.
        identity: what tells this training from others; a state file of another one is ignored.

    Raises:
        TrainingDiverged: a loss is not finite.
    """
    device = next(model.parameters()).device
    task = _Task(model.config, settings, target_weights, device)
    optimizer = AdamW(
        model.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    epoch_windows = EpochWindows.of(len(fit), per_epoch=settings.windows_per_epoch, groups=fit_groups)
    steps = math.ceil(epoch_windows.count / settings.batch_size) * settings.train_epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _Rate(steps, round(settings.warmup * steps)))
    order = np.random.default_rng(settings.seed)
    state = TrainingState(model, optimizer, schedule, order)
    reports: list[EpochReport] = []
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        if state_file is not None and state.load(state_file, identity):
            for restored, score in zip(state.epochs, state.scores, strict=True):
                reports.append(EpochReport(**restored))
                if on_restored is not None:
                    on_restored(replace(reports[-1], restored=len(state.epochs)), score)
        while len(reports) < settings.train_epochs and not _stalled(state, settings.patience):
            epoch, started = len(reports), time.perf_counter()
            rate = optimizer.param_groups[0]["lr"]
            model.train()
            total = torch.zeros((), device=device)
            for index in _batches(epoch_windows.draw(order), settings.batch_size):
                loss = task.loss(model, fit, index, fit_labels, device)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
                optimizer.step()
                schedule.step()
                total += loss.detach() * len(index)
            train_loss = _finite(float(total) / epoch_windows.count, "training loss", epoch)
            tune_loss = _finite(
                _mean_loss(task, model, tune, tune_labels, settings, device), "tune loss", epoch
            )
            report = EpochReport(epoch, train_loss, tune_loss, rate, time.perf_counter() - started)
            score = -tune_loss if on_epoch is None else on_epoch(report)
            reports.append(report)
            state.epochs.append(asdict(report))
            state.scores.append(score)
            if state.best_epoch < 0 or _better(state, settings):
                state.best_epoch = epoch
                state.best_weights = {name: value.clone() for name, value in model.state_dict().items()}
            if state_file is not None:
                state.save(state_file, identity)
    model.load_state_dict(state.best_weights)
    model.eval()
    return TrainingResult(tuple(reports), tuple(state.scores), state.best_epoch)


class _Task:
    """The loss of a training task on a batch of windows."""

    def __init__(
        self,
        config: TimesNetConfig,
        settings: TrainingSettings,
        target_weights: np.ndarray | None,
        device: torch.device,
    ) -> None:
        self.config = config
        self.mask_rate = settings.mask_rate
        self.channels = settings.channels or config.c_out
        weights = np.ones(config.c_out) if target_weights is None else target_weights
        self.weights = torch.from_numpy(np.asarray(weights, dtype=np.float32)).to(device)

    def loss(
        self,
        model: TimesNet,
        windows: Windows,
        index: np.ndarray,
        labels: np.ndarray | None,
        device: torch.device,
    ) -> Tensor:
        name = self.config.task_name
        if name in WHOLE_WINDOW_TASKS:
            if labels is None:
                raise TimesNetError(
                    f"task_name={name!r} needs labels to train on; give fit_labels and tune_labels"
                )
            x, _ = windows.batch(index)
            target = torch.from_numpy(labels[index]).to(device)
            output = model(x.to(device))
            if target.dim() == 1:
                return functional.cross_entropy(output, target)
            return self._outcome_loss(output, target)
        if name == "anomaly_detection":
            x = windows.batch(index)[0].to(device)
            return functional.mse_loss(self._judged(model(x)), self._judged(x))
        if name == "imputation":
            x, marks = windows.batch(index)
            x, marks = x.to(device), None if marks is None else marks.to(device)
            mask = (torch.rand(x.shape, device=device) > self.mask_rate).to(x.dtype)
            hidden = self._judged(1 - mask)
            output = model(x * mask, marks, mask)
            return (self._judged(output - x).square() * hidden).sum() / hidden.sum().clamp(min=1)
        length = self.config.seq_len
        x, marks = windows.batch(index, future=self.config.pred_len)
        x, marks = x.to(device), None if marks is None else marks.to(device)
        output = model(x[:, :length], None if marks is None else marks[:, :length])
        return functional.mse_loss(self._judged(output), self._judged(x[:, length:]))

    def _judged(self, values: Tensor) -> Tensor:
        return values[..., : self.channels]

    def _outcome_loss(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over the known targets of their weighted squared errors."""
        known = torch.isfinite(target)
        weights = known * self.weights
        errors = (output - torch.where(known, target, 0.0)).square() * weights
        return errors.sum() / weights.sum().clamp(min=1e-12)


class _Rate:
    """The learning rate after so many steps, as a share of the highest: a straight rise, then half a cosine."""

    def __init__(self, steps: int, warmup: int) -> None:
        self.steps, self.warmup = steps, warmup

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return (step + 1) / (self.warmup + 1)
        return 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / max(1, self.steps - self.warmup)))


def _better(state: TrainingState, settings: TrainingSettings) -> bool:
    """Whether the newest epoch is better than the best one before it."""
    if settings.stop_by_loss:
        return bool(state.epochs[-1]["tune_loss"] < state.epochs[state.best_epoch]["tune_loss"])
    return state.scores[-1] > state.scores[state.best_epoch]


def _stalled(state: TrainingState, patience: int) -> bool:
    return len(state.scores) - 1 - state.best_epoch >= max(1, patience)


def _batches(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[start : start + size] for start in range(0, len(order), size)]


@torch.no_grad()
def _mean_loss(
    task: _Task,
    model: TimesNet,
    windows: Windows,
    labels: np.ndarray | None,
    settings: TrainingSettings,
    device: torch.device,
) -> float:
    model.eval()
    total = 0.0
    # The same masks at every epoch, so that the losses of epochs compare.
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        for index in _batches(np.arange(len(windows)), 512):
            total += float(task.loss(model, windows, index, labels, device)) * len(index)
    return total / len(windows)


def _finite(value: float, name: str, epoch: int) -> float:
    if not math.isfinite(value):
        raise TrainingDiverged(f"{name} is {value} in epoch {epoch}; lower the learning rate")
    return value
