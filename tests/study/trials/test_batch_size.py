"""A batch that does not fit is halved, down to a floor, and whoever reads the study is told."""

import subprocess
import sys

import pytest
import torch

from study.engines.backend import Done
from study.lifecycle.console import Console
from study.trials.batch_size import SMALLEST_BATCH, is_out_of_memory, within_memory
from study.trials.evaluate import evaluate_job
from tests.study.small_trial import job
from timesnet import TimesNet

# A child with little address space left, so that the allocation really fails.
REAL = """
import resource
import torch
from study.trials.batch_size import within_memory
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 512 * 2**20,) * 2)

def train(batch):
    return float(torch.zeros(batch, 2**20, dtype=torch.float32).sum())

print(within_memory(train, 1024))
"""


def fitting(most):
    """A training that fits `most` windows, and the batches that it was asked for."""
    asked = []

    def train(batch):
        asked.append(batch)
        if batch > most:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: not enough memory")
        return "trained"

    return train, asked


def test_the_batch_is_halved_until_it_fits():
    train, asked = fitting(20)
    assert within_memory(train, 100) == ("trained", 12)
    assert asked == [100, 50, 25, 12]


def test_the_floor_ends_it_with_its_reason():
    train, asked = fitting(1)
    with pytest.raises(MemoryError, match=r"even with a batch of 8 windows: .*not enough memory"):
        within_memory(train, 100)
    assert asked == [100, 50, 25, 12, SMALLEST_BATCH]
    train, asked = fitting(1)
    with pytest.raises(MemoryError, match="batch of 4 windows"):
        within_memory(train, 4)
    assert asked == [4]


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("mmap: can't allocate memory: you tried to allocate 8 bytes"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error, is_memory):
    assert is_out_of_memory(error) is is_memory
    if not is_memory:
        with pytest.raises(type(error)):
            within_memory(lambda _: (_ for _ in ()).throw(error), 64)


def test_an_allocation_that_really_fails():
    done = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    total, batch = eval(done.stdout)
    assert total == 0.0 and 8 <= batch < 1024


def test_a_trial_says_that_its_batch_was_halved(data, monkeypatch, capsys):
    real = TimesNet.forward

    def limited(self, x_enc, *rest, **options):
        if self.training and len(x_enc) > 10:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes")
        return real(self, x_enc, *rest, **options)

    monkeypatch.setattr(TimesNet, "forward", limited)
    epochs = []
    record = evaluate_job(
        job(train_epochs=2), data, metric="auc", report=lambda epoch, *_: bool(epochs.append(epoch))
    )
    assert record.notes == ("out of memory with a batch of 32: trained with 8",)
    assert epochs == [0, 1]
    console = Console("auc")
    console.trial_started(0, job().variant)
    console.trial_ended(Done(0, "complete", record=record), 1, None)
    assert "out of memory with a batch of 32: trained with 8" in capsys.readouterr().out
