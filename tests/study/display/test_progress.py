"""Lines of a long step: none at first, then ever fewer."""

import time
from itertools import pairwise

from study.display.progress import Progress


def test_lines_come_after_two_seconds_and_then_ever_more_rarely(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    lines = []
    progress = Progress(lines.append, "resampling", total=2000, unit="trials")
    seen = []
    for done in range(1, 2001):
        clock[0] += 0.125
        before = len(lines)
        progress(done)
        if len(lines) > before:
            seen.append(done / 8)
    assert lines[0] == "  resampling: 16 of 2,000 trials"
    assert lines[1] == "  resampling: 32 of 2,000 trials, about 4 min 6 s left"
    assert seen[:4] == [2.0, 4.0, 8.0, 16.0] and max(b - a for a, b in pairwise(seen)) < 61


def test_a_short_step_says_nothing():
    lines = []
    progress = Progress(lines.append, "resampling", total=3, unit="trials")
    for done in range(1, 4):
        progress(done)
    assert lines == []
