"""What a study prints while it runs."""

import io

from study.engines.backend import Done
from study.lifecycle.console import Console
from study.trials.variant import Variant
from timesnet import EpochReport

VARIANT = Variant(
    task_name="imputation",
    d_model=4,
    d_ff=4,
    e_layers=1,
    top_k=1,
    num_kernels=1,
    dropout=0.0,
    use_norm=True,
    pred_len=1,
    learning_rate=1e-3,
    weight_decay=0.0,
    batch_size=8,
    train_epochs=3,
)


def console():
    stream = io.StringIO()
    return Console("auc", stream=stream), lambda: stream.getvalue().splitlines()


def epoch(number, restored=0):
    return EpochReport(number, 1.0, 1.0, 1e-3, 7.7, restored)


def test_epochs_of_an_earlier_call_are_one_line_without_their_old_seconds():
    said, lines = console()
    said.several = True
    for report in (epoch(0, 2), epoch(1, 2), epoch(2)):
        said.epoch(4, report, 3, 0.5)
    assert lines()[0] == "  trial 4 goes on after epoch 2 of 3 (saved)"
    assert len(lines()) == 2 and "epoch 3/3" in lines()[1]


def test_the_last_trial_does_not_say_that_no_time_is_left():
    said, lines = console()
    said.start(done=0, wanted=2)
    for number in (0, 1):
        said.trial_started(number, VARIANT)
        said.trial_ended(Done(number, "pruned", reason="it was worse"), number + 1, None)
    assert "1 of 2 trials done, about" in lines()[1]
    assert lines()[3].endswith("2 of 2 trials done, the choice follows")
