"""How long the commands take to begin: `python -m benchmarks.start`.

Each command as a process of its own beside a bare `python -c pass`, in turn; the ratio of the medians, and which of the
heavy packages were imported.
"""

import statistics
import subprocess
import sys
import time

HEAVY = ("torch", "mlflow", "optuna", "sklearn", "scipy", "arch", "pandas", "numpy", "plotly")
REPEATS = 5
COMMANDS = {
    "help": ["--help"],
    "version": ["--version"],
    "unknown parameter": ["study", "--lable", "direction"],
    "unknown command": ["studdy"],
    "unknown value": ["study", "--label", "volatilty"],
    "missing file": ["study", "--data", "no-such-file.csv"],
    "layers": ["layers"],
}


def imported(arguments: list[str]) -> list[str]:
    """The heavy packages that a command imports, by its own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "study", *arguments], capture_output=True, text=True
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    packages = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    return sorted(packages & set(HEAVY))


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    started = time.perf_counter()
    subprocess.run(command, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Print one line a command."""
    bare = [sys.executable, "-c", "pass"]
    print(f"{'command':<18} {'seconds':>8} {'times python -c pass':>21}  imports")
    for name, arguments in COMMANDS.items():
        command = [sys.executable, "-m", "study", *arguments]
        pairs = [(seconds(bare), seconds(command)) for _ in range(REPEATS)]
        base, own = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{name:<18} {own:>8.2f} {own / base:>21.1f}  {', '.join(imported(arguments)) or 'none of the heavy'}"
        )


if __name__ == "__main__":
    main()
