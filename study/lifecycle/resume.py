"""What earlier calls of a study left in MLflow, handed over to the call that goes on."""

from mlflow.entities import RunStatus

from study.metrics import names
from study.tracking import Tracking

OPEN = (RunStatus.to_string(RunStatus.RUNNING), RunStatus.to_string(RunStatus.SCHEDULED))


def take_over_earlier_calls(tracking: Tracking) -> None:
    """Close the study runs of earlier, unfinished calls; their trial, layer and baseline runs become this one's."""
    tracking.delete_doubles()
    earlier = [run for run in tracking.runs(names.STUDY_RUN) if run.info.run_id != tracking.run_id]
    for run in reversed(earlier):  # oldest first, so that the newest record of openings stays
        if run.info.status in OPEN:
            why = {names.REASON: f"cut off; resumed by run {tracking.run_id}"}
            tracking.end_run(run.info.run_id, "KILLED", tags=why)
        tracking.tag(run.info.run_id, {names.KIND: "superseded", "resumed_by": tracking.run_id})
        opened = run.data.tags.get(names.TEST_OPENED)
        if opened:
            tracking.tag(tracking.run_id, {names.TEST_OPENED: opened})
    if not earlier:
        return
    for kind in (names.TRIAL_RUN, names.LAYER_RUN, names.BASELINE_RUN):
        for run in tracking.runs(kind):
            tracking.tag(run.info.run_id, {names.PARENT: tracking.run_id})
