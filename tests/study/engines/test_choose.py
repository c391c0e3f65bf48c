"""What is sent to a worker is enough for a trial."""

import pytest

from study.engines.choose import Evaluation
from study.trials.variant import TASKS
from tests.study.small_trial import job, prepared


@pytest.mark.parametrize("task", TASKS)
def test_a_worker_evaluates_a_trial_without_the_candles(tmp_path, task):
    sent = Evaluation(prepared(tmp_path), "auc").to_send()
    assert sent.data.source is None
    record = sent(job(task_name=task), lambda *_: False)
    assert record.candidates
