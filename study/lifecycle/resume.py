"""What a killed call of a study left, trials half done and runs in MLflow, taken over by the call that goes on."""

from mlflow.entities import RunStatus
from optuna.trial import TrialState

from study.metrics import names
from study.publish import ended_note
from study.search import ENDED, RUN_ID
from study.study import Study
from study.tracking import Tracking

OPEN = (RunStatus.to_string(RunStatus.RUNNING), RunStatus.to_string(RunStatus.SCHEDULED))
# What the MLflow run of a trial should say for each of Optuna's states.
RUN_STATUS = {TrialState.COMPLETE: "FINISHED", TrialState.PRUNED: "FINISHED", TrialState.FAIL: "FAILED"}


def take_over_earlier_calls(tracking: Tracking) -> None:
    """Close the study runs of earlier, unfinished calls; their trial, layer and baseline runs become this one's."""
    tracking.delete_doubles()
    earlier = [run for run in tracking.runs(names.STUDY_RUN) if run.info.run_id != tracking.run_id]
    for run in reversed(earlier):  # oldest first, so that the newest record of openings stays
        if run.info.status in OPEN:
            why = {names.REASON: f"cut off; resumed by run {tracking.run_id}"}
            tracking.end_run(run.info.run_id, "KILLED", tags=why)
        tracking.tag(run.info.run_id, {names.KIND: names.SUPERSEDED, "resumed_by": tracking.run_id})
        opened = run.data.tags.get(names.TEST_OPENED)
        if opened:
            tracking.tag(tracking.run_id, {names.TEST_OPENED: opened})
    if not earlier:
        return
    for kind in names.RUN_KINDS[1:]:
        for run in tracking.runs(kind):
            tracking.tag(run.info.run_id, {names.PARENT: tracking.run_id})


def recover_trials(study: Study) -> None:
    """Pick up what a killed owner left: repeat cut-off trials, close their runs, mend statuses that disagree."""
    tracking, ledger = study.tracking, study.ledger
    orphans = ledger.recover(
        lambda run_id: end_trial_run(study, run_id, TrialState.FAIL, "cut off; its variant is tried again")
    )
    if orphans:
        study.say(f"{len(orphans)} trial(s) were cut off and are tried again")
    state = {
        tracking.id_of(trial.user_attrs[RUN_ID]): trial.state
        for trial in ledger.trials()
        if RUN_ID in trial.user_attrs and trial.state in RUN_STATUS
    }
    for run in tracking.runs(names.TRIAL_RUN):
        run_id, status = run.info.run_id, run.info.status
        if run_id in state and status != RUN_STATUS[state[run_id]]:
            end_trial_run(study, run_id, state[run_id], "")
        elif run_id not in state and status in OPEN:
            end_trial_run(study, run_id, TrialState.FAIL, "cut off before its trial began")


def end_trial_run(study: Study, run_id: str, state: TrialState, reason: str) -> None:
    """End a trial's run in MLflow with its outcome as a tag, the reason as tag and note where there is one.

    A pruned trial has done what it should; MLflow's "killed" and its red cross would say otherwise.
    """
    tags = {names.OUTCOME: ENDED[state]}
    if reason:
        tags |= {names.REASON: reason, names.NOTE: ended_note(reason, pruned=state == TrialState.PRUNED)}
    study.tracking.end_run(run_id, RUN_STATUS[state], tags=tags)
