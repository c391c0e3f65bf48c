"""Which backend evaluates the trials of a study."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from study.configuration import StudyConfiguration
from study.data import StudyData, WindowSource
from study.engines.backend import Backend, InProcess, OnReport, Work
from study.engines.deadline import Deadline
from study.engines.worker_count import choose_workers
from study.errors import StudyError
from study.trials import Job, Report, TrialRecord, evaluate_job


@dataclass(frozen=True)
class Evaluation:
    """Evaluates jobs on one study's data, here or wherever it is sent."""

    data: StudyData
    metric: str

    def __call__(self, job: Job, report: Report) -> TrialRecord:
        """See `study.trials.evaluate_job`."""
        record = evaluate_job(job, self.data, metric=self.metric, report=report)
        if record.model is not None:  # where it goes from here there may be no GPU
            record.model.cpu()
        return record

    def to_send(self) -> "Evaluation":
        """Without the candles, which no trial looks at."""
        return replace(self, data=replace(self.data, source=cast(WindowSource, None)))


def open_backend(
    configuration: StudyConfiguration, data: StudyData, on_report: OnReport, say: Callable[[str], None]
) -> Backend:
    """The backend that the parameters ask for; `say` is told which one and why."""
    evaluation = Evaluation(data, configuration.metric)
    deadline = Deadline(configuration.trial_timeout)
    if configuration.ray:
        return _open_ray(configuration, evaluation.to_send(), on_report, say, deadline)
    count, why = choose_workers(configuration.workers, trials=configuration.trials)
    if count == 1:
        say(f"one trial at a time, in this process: {why}")
        return InProcess(evaluation, on_report)
    from study.engines.worker_pool import WorkerPool

    say(f"{count} trials at a time, in worker processes: {why}")
    return WorkerPool(evaluation.to_send(), on_report, slots=count, deadline=deadline)


def _open_ray(
    configuration: StudyConfiguration,
    work: Work,
    on_report: OnReport,
    say: Callable[[str], None],
    deadline: Deadline,
) -> Backend:
    from study.engines.ray_cluster import connect, slots_of

    gpus = configuration.gpus_per_trial
    where = connect(configuration.ray)
    slots = min(slots_of(gpus), configuration.trials)
    needs = f"a core and {gpus:g} GPU" if gpus else "a core"
    if not slots:
        raise StudyError(f"ray={configuration.ray!r}: no node of the cluster has {needs} for a trial")
    say(f"{slots} trials at a time, on {where}: each takes {needs}")
    from study.engines.ray_backend import RayBackend

    return RayBackend(work, on_report, slots=slots, gpus_per_trial=gpus, deadline=deadline)
