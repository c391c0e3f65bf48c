import numpy as np
import pytest
import torch

from benchmarks.convolution_rate import block_arithmetic, meeting
from benchmarks.interleaved import interleave, spread
from benchmarks.regimes import bins, forced_bins, windows
from benchmarks.step_memory import peak_megabytes
from benchmarks.train_step import OURS, QUICK, SIX, Size, main, models


def test_a_quick_run_prints_its_tables(capsys):
    main(["--quick", "--rounds", "1", "--no-peers", "--no-memory", "--only", "12+1"])
    lines = capsys.readouterr().out.splitlines()
    assert {"Training step", "Inference"} <= set(lines)
    tables = [line for line in lines if line.startswith("| 4, 4, 2, 2, 12+1 |")]
    assert [line.split(" | ")[1] for line in tables[-6:]] == ["rw", "per", "own"] * 2


def test_peak_memory_holds_at_least_weights_gradients_and_optimizer_state():
    size = Size(d_model=32, d_ff=32, top_k=2, batch=2, seq_len=12)
    parameters = sum(parameter.numel() for parameter in models(size, {})[OURS].parameters())
    peak = peak_megabytes("merged", size.config.to_dict(), size.batch, (1, 2))
    assert peak * 2**20 > 4 * 4 * parameters


def test_the_implementations_compute_the_same():
    size = QUICK[1]
    torch.manual_seed(0)
    built = models(size, {})
    x = windows("rw", size.batch, size.seq_len, 12)
    for regime in ("rw", "per"):
        with forced_bins(bins(regime, size.config.total_len, size.top_k)), torch.no_grad():
            assert torch.allclose(built[OURS](x), built[SIX](x), atol=1e-5)


def test_forced_bins_decide_the_periods():
    size = QUICK[0]
    model, folded = models(size, {})[OURS], []
    with forced_bins((5, 2)), torch.no_grad():
        model(
            windows("per", 2, 12, 12),
            observe=lambda name, _, group: folded.append(group.period) if name.endswith("fold") else None,
        )
    assert folded == [2, 6, 2, 6]


@pytest.mark.parametrize(("length", "reach"), [(1, 5), (3, 5), (9, 5), (48, 5), (7, 0)])
def test_pairs_that_meet_are_those_counted_one_by_one(length, reach):
    pairs = [(i, j) for i in range(length) for j in range(length) if abs(i - j) <= reach]
    assert meeting(length, reach) == len(pairs)


def test_equal_periods_are_counted_once():
    widths = {"batch": 3, "d_model": 5, "d_ff": 7, "num_kernels": 2}
    once = block_arithmetic(49, [2], **widths)
    assert block_arithmetic(49, [2, 2, 2], **widths) == once
    # A map of 25 rows and 2 columns, kernel of reach 1.
    assert once == 2 * 2 * 3 * (25 + 24 + 24) * 4 * 5 * 7


def test_every_round_calls_each_once_in_turned_order():
    calls = []
    seconds = interleave(
        {name: (lambda name=name: calls.append(name)) for name in "abc"}, rounds=3, warm_up=1
    )
    assert "".join(calls) == "abc" + "bca" + "cab" + "abc"
    assert {name: len(values) for name, values in seconds.items()} == {"a": 3, "b": 3, "c": 3}


def test_spread_is_the_median_with_its_tenths():
    found = spread(np.arange(101.0))
    assert (found.low, found.median, found.high) == (10, 50, 90)
    assert found.show(digits=0) == "50 (10-90)"
