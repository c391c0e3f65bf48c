"""The benchmark of the tasks' steps runs and shows every task."""

from benchmarks.task_step import main
from study.trials import TASKS


def test_a_quick_run_prints_its_table(capsys):
    main(["--quick"])
    printed = capsys.readouterr().out
    assert all(f"| {task} | " in printed for task in TASKS)
