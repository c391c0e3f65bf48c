"""What a study prints while it runs."""

import io

from study.choice import Answer
from study.engines.backend import Done
from study.lifecycle.console import BOLD, ORANGE, PLAIN, RED, Console
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


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_one_line_is_written_anew_with_the_best_so_far():
    stream = Terminal()
    said = Console("auc", stream=stream)
    said.start(done=0, wanted=3)
    said.trial_started(0, VARIANT)
    said.epoch(0, epoch(0), 3, 0.5)
    said.trial_ended(Done(0, "pruned", reason="it was worse"), 1, (0.7123, 0))
    said.trial_started(1, VARIANT)
    assert "\n" not in stream.getvalue()
    assert "1 of 3 trials done · best select auc 0.712 (trial 0) · trial 1 begins" in stream.getvalue()
    said.say("choosing")
    assert stream.getvalue().endswith("\r\x1b[Kchoosing\n")


def test_what_goes_wrong_has_its_line_on_a_terminal_too_and_verbose_brings_all_lines():
    for verbose, lines in ((False, 1), (True, 3)):
        stream = Terminal()
        said = Console("auc", stream=stream, verbose=verbose)
        said.start(done=0, wanted=2)
        said.trial_started(0, VARIANT)
        said.epoch(0, epoch(0), 3, 0.5)
        said.trial_ended(Done(0, "error", reason="out of luck"), 1, None)
        assert stream.getvalue().count("\n") == lines and "failed: out of luck" in stream.getvalue()


def test_the_answer_is_bold_on_a_terminal_unless_colour_is_unwanted_and_never_in_a_log(monkeypatch):
    answer = str(Answer("model.1", "a lot; how much? no", "use it", "a leak", "both"))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    Console("auc", stream=stream).say(answer)
    found = stream.getvalue()
    assert (
        f"{BOLD}Which?{PLAIN} model.1" in found
        and f"{RED}Warning!{PLAIN}" in found
        and found.count(BOLD) == 4
    )
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = Terminal()
    Console("auc", stream=coloured).say(answer)
    assert coloured.getvalue() == found.replace(BOLD, ORANGE)
    for setting, plain in (("NO_COLOR", Terminal()), (None, io.StringIO())):
        if setting:
            monkeypatch.setenv(setting, "1")
        Console("auc", stream=plain).say(answer)
        assert "\x1b[1" not in plain.getvalue() and answer in plain.getvalue()
