"""A variant's network trained on fit, its last block followed on tune."""

import numpy as np
import torch

from probes import even_subsample
from study.data import StudyData
from study.errors import TrialPruned
from study.trials.devices import device
from study.trials.job import Job, Report
from study.trials.network import learnt_outcomes, network_config, task_windows
from study.trials.probing import quick_score
from study.trials.ranking import utility
from study.trials.variant import OUTCOMES, PRETRAINED, Variant
from timesnet import EpochReport, TimesNet, TrainingResult, TrainingSettings, train
from timesnet.windows import as_slice

# Share of the steps over which the learning rate of the task `outcomes` rises.
WARMUP = 0.1
# Tune windows whose loss follows training, evenly over time: with more of them it does not change, and it is a pass.
LOSS_WINDOWS = 4_000


def train_variant(
    job: Job, data: StudyData, batch_size: int, *, metric: str, report: Report
) -> tuple[TimesNet, TrainingResult, list[float]]:
    """A network of the job's variant, trained with that batch, and its quick tune score after each epoch."""
    variant = job.variant
    with torch.random.fork_rng():
        torch.manual_seed(job.seed)
        model = TimesNet(network_config(variant, data)).to(device())
    if variant.start == PRETRAINED and data.pretrained is not None:
        features = data.input_features(model.config.enc_in)
        data.pretrained.start(model, features=features, outcomes=_names_of_learnt(variant, data))
    windows = task_windows(data, model.config)
    # Training draws from all fit windows; what follows it is told from the windows that are probed.
    fit, tune = data.splits.fit, even_subsample(data.probed.tune, LOSS_WINDOWS, data.symbols)
    outcomes = variant.task_name == OUTCOMES
    learnt, weights = _learnt(variant, data)
    scores: list[float] = []

    def tell(epoch: EpochReport, score: float) -> None:
        scores.append(score)
        if report(epoch.epoch, score, epoch):
            raise TrialPruned(
                f"after epoch {epoch.epoch + 1} of {variant.train_epochs} its tune {metric} was worse than the median "
                "of earlier trials"
            )

    def on_epoch(epoch: EpochReport) -> float:
        score = quick_score(model, windows, data, metric=metric)
        tell(epoch, score)
        return utility(metric, score)

    training = train(
        model,
        windows.select(fit),
        windows.select(tune),
        settings=TrainingSettings(
            train_epochs=variant.train_epochs,
            windows_per_epoch=data.windows_per_epoch,
            batch_size=batch_size,
            learning_rate=variant.learning_rate,
            weight_decay=variant.weight_decay,
            # The heads' own loss knows more than the label alone; published tasks stop as their probe says.
            warmup=WARMUP if outcomes else 0.0,
            stop_by_loss=outcomes,
            channels=0 if outcomes else len(data.features),
            seed=job.seed,
        ),
        fit_labels=learnt[as_slice(fit)],
        target_weights=weights,
        fit_groups=None if data.symbols is None else data.symbols[as_slice(fit)],
        tune_labels=learnt[tune],
        on_epoch=on_epoch,
        # A utility is the score or its negative, so that taking it twice gives the score back.
        on_restored=lambda epoch, value: tell(epoch, utility(metric, value)),
        state_file=job.state_file,
        identity=f"{job.seed} {variant.to_dict()} batch {batch_size} {data.digest}",
    )
    return model, training, scores


def _learnt(variant: Variant, data: StudyData) -> tuple[np.ndarray, np.ndarray | None]:
    """What a task that predicts something of whole windows learns of each, and how its errors weigh."""
    if variant.task_name != OUTCOMES or data.outcomes is None:
        return data.labels, None
    columns, values = learnt_outcomes(variant, data), data.outcomes.values
    if len(columns) < values.shape[1]:
        values = values[:, columns]
    return values, data.outcomes.weights[columns]


def _names_of_learnt(variant: Variant, data: StudyData) -> tuple[str, ...]:
    """What each output of the heads of the task `outcomes` predicts; nothing that has a name of ready-made windows."""
    if data.outcomes is None:
        return ()
    return tuple(data.outcomes.names[place] for place in learnt_outcomes(variant, data))
