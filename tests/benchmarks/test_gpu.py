"""The GPU benchmark's own paths run without a GPU, and it says so where there is none."""

import pytest
import torch

from benchmarks import gpu


def test_every_path_runs_on_the_cpu(capsys):
    gpu.main(["--device", "cpu", "--quick"])
    rows = [line for line in capsys.readouterr().out.splitlines() if " cpu " in line]
    assert {row.split("|")[1].strip() for row in rows} == {
        "training step",
        "extraction, last layer",
        "capture, all layers",
    }
    for numbers in ("float32", "bf16"):
        assert sum(f" {numbers} " in row for row in rows) == 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so():
    with pytest.raises(SystemExit, match="sees no GPU"):
        gpu.main([])
