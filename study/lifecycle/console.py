"""What a study prints while it runs."""

import os
import re
import shutil
import sys
import time
from typing import TextIO

from study.display import duration
from study.engines import Done
from study.trials import PRETRAINED, Variant
from timesnet import EpochReport

# What the eye looks for at the end of a study: bold, a warning red, in the codes of ANSI X3.64; where the terminal has
# 256 colours in the orange of the report's answer, which is seen on light and dark.
BOLD, ORANGE, RED, PLAIN = "\x1b[1m", "\x1b[1;38;5;166m", "\x1b[1;31m", "\x1b[0m"
_QUESTION = re.compile(r"^(Which\?|How much\?|Together\?|Now what\?)", re.MULTILINE)
_WARNING = re.compile(r"^Warning!", re.MULTILINE)


class Console:
    """On a terminal one line of progress that is written anew; in a log, or on request, a line an epoch and a trial.

    Attributes:
        several: whether trials run at the same time, so that a line has to say which it is about.
        verbose: whether epochs and trials have lines of their own on a terminal, too.
    """

    def __init__(self, metric: str, *, stream: TextIO | None = None, verbose: bool = False) -> None:
        self.metric = metric
        self.stream = stream or sys.stdout
        self._live = self.stream.isatty() and not verbose
        # NO_COLOR is what people set who want none (no-color.org).
        self._coloured = (
            self.stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        )
        many = "256color" in os.environ.get("TERM", "") or "COLORTERM" in os.environ
        self._question = ORANGE if many else BOLD
        self._shown = False
        self._finished = 0
        self._best: tuple[float, int] | None = None
        self._started = time.monotonic()
        self._first = 0
        self._wanted = 0
        self._began: dict[int, float] = {}
        self.several = False

    def say(self, text: str = "") -> None:
        """Print a line at once."""
        self._wipe()
        if self._coloured:
            text = _WARNING.sub(rf"{RED}\g<0>{PLAIN}", _QUESTION.sub(rf"{self._question}\g<0>{PLAIN}", text))
        print(text, file=self.stream, flush=True)

    def start(self, *, done: int, wanted: int) -> None:
        """The trials begin; `done` of them were finished by an earlier call."""
        self._first, self._wanted, self._started = done, wanted, time.monotonic()
        self._finished = done
        if done >= wanted:
            self.say(f"all {wanted} trials were finished by an earlier call; give more trials=... to go on")
        elif done:
            self.say(f"resuming after {done} of {wanted} trials")

    def trial_started(self, number: int, variant: Variant) -> None:
        """A trial begins."""
        self._began[number] = time.monotonic()
        if self._live:
            self._progress(f"trial {number} begins")
            return
        norm = "normalised" if variant.use_norm else "not normalised"
        start = "from weights learnt on other candles, " if variant.start == PRETRAINED else ""
        self.say(
            f"trial {number}: {variant.task_name} of {variant.inputs}, {start}d_model {variant.d_model}, "
            f"d_ff {variant.d_ff}, e_layers {variant.e_layers}, top_k {variant.top_k}, "
            f"num_kernels {variant.num_kernels}, {norm}, "
            f"learning rate {variant.learning_rate:.2g}, batch {variant.batch_size}"
        )

    def epoch(self, number: int, report: EpochReport, epochs: int, score: float) -> None:
        """An epoch of a trial ended; of those that an earlier call ran, one line says where the trial goes on."""
        if report.restored:
            if report.epoch + 1 == report.restored:
                self.say(f"  trial {number} goes on after epoch {report.restored} of {epochs} (saved)")
            return
        if self._live:
            self._progress(f"trial {number}, epoch {report.epoch + 1} of {epochs}")
            return
        self.say(
            f"  {self._of(number)}epoch {report.epoch + 1}/{epochs}  "
            f"loss fit {report.train_loss:.4f}  tune {report.tune_loss:.4f}  "
            f"last block's tune {self.metric} {score:.3f}  {report.seconds:.1f} s"
        )

    def trial_ended(self, done: Done, finished: int, best: tuple[float, int] | None) -> None:
        """A trial ended; says what came of it and how long the other trials will take."""
        self._finished, self._best = finished, best
        if self._live and done.state in ("complete", "pruned"):
            del self._began[done.number]
            self._progress(f"trial {done.number} {'pruned' if done.state == 'pruned' else 'done'}")
            return
        took = duration(time.monotonic() - self._began.pop(done.number))
        if done.state == "complete" and done.record is not None:
            outcome = f"{len(done.record.candidates)} candidates from {len(done.record.layers)} layers probed"
            outcome = "; ".join([*done.record.notes, outcome])
        else:
            outcome = f"{'pruned' if done.state == 'pruned' else 'failed'}: {done.reason}"
        so_far = f"; best select {self.metric} {best[0]:.3f} (trial {best[1]})" if best else ""
        elapsed = time.monotonic() - self._started
        left = elapsed / max(1, finished - self._first) * (self._wanted - finished)
        rest = (
            f"about {duration(left)} left for the others" if finished < self._wanted else "the choice follows"
        )
        self.say(
            f"  {self._of(done.number)}{outcome}, {took}{so_far}; "
            f"{finished} of {self._wanted} trials done, {rest}"
        )

    def trial_lost(self, done: Done) -> None:
        """A trial's worker died; the trial is repeated."""
        del self._began[done.number]
        self.say(f"  trial {done.number}: {done.reason}; its variant is tried again")

    def _progress(self, now: str) -> None:
        """Write the one line anew, as much of it as the terminal is wide."""
        best = f"best select {self.metric} {self._best[0]:.3f} (trial {self._best[1]})" if self._best else ""
        new = self._finished - self._first
        elapsed = time.monotonic() - self._started
        left = f"about {duration(elapsed / new * (self._wanted - self._finished))} left" if new else ""
        parts = (f"{self._finished} of {self._wanted} trials done", best, now, left)
        line = " · ".join(part for part in parts if part)
        width = shutil.get_terminal_size().columns - 1
        self.stream.write(f"\r\x1b[K{line[:width]}")
        self.stream.flush()
        self._shown = True

    def _wipe(self) -> None:
        if self._shown:
            self.stream.write("\r\x1b[K")
            self._shown = False

    def _of(self, number: int) -> str:
        return f"trial {number}  " if self.several else ""
