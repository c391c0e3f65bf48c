"""One trial: train a variant, capture every layer, probe them all."""

import time
from dataclasses import replace

from study.data import StudyData
from study.errors import TrialPruned
from study.trials.batch_size import within_memory
from study.trials.job import Job, Report
from study.trials.probing import probe_network
from study.trials.record import TrialRecord
from study.trials.training import train_variant
from timesnet import DataError, EpochReport, TrainingDiverged


def evaluate_job(job: Job, data: StudyData, *, metric: str, report: Report) -> TrialRecord:
    """Train the job's variant on `fit`, follow its layers' probe score on `tune`, then probe them on `select`.

    Raises:
        TrialPruned: `report` said so, training diverged, or no layer can be scored; its message is the reason.
        MemoryError: memory ran out however small the batch.
    """
    variant = job.variant
    started = time.perf_counter()
    reported: set[int] = set()

    def report_once(epoch: int, score: float, epoch_report: EpochReport) -> bool:
        # Training that starts again with a smaller batch comes to the same epochs again.
        if epoch in reported:
            return False
        reported.add(epoch)
        return report(epoch, score, epoch_report)

    try:
        (model, training, scores), batch_size = within_memory(
            lambda size: train_variant(job, data, size, metric=metric, report=report_once), variant.batch_size
        )
        trained = time.perf_counter() - started
        record = probe_network(
            model, data, metric=metric, seed=job.seed, number=job.number, variant=variant.to_dict()
        )
    except (TrainingDiverged, DataError) as error:
        raise TrialPruned(str(error)) from None
    if all(metric not in candidate.scores for candidate in record.candidates):
        raise TrialPruned(f"no layer has a select {metric}: {record.candidates[0].unavailable.get(metric)}")
    notes: tuple[str, ...] = ()
    if batch_size != variant.batch_size:
        notes = (f"out of memory with a batch of {variant.batch_size}: trained with {batch_size}",)
    return replace(
        record,
        epochs=training.epochs,
        probe_scores=tuple(scores),
        best_epoch=training.best_epoch,
        seconds={"train": round(trained, 2), **record.seconds},
        notes=notes,
    )
