"""Thousands of made-up inputs, each to end in a right result or in one clear line."""

import sys
import time
import traceback
from collections import Counter

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from benchmarks import fuzz_inputs
from benchmarks.fuzz_check import command_for, run, workplace
from timesnet import read_candles

ROWS = st.sampled_from([1, 2, 3, 10, 30, 120, 300, 300, 2000])
KINDS = {
    "candles": fuzz_inputs.damaged_candles(ROWS),
    "spaces": fuzz_inputs.spaces(),
    "configs": fuzz_inputs.configs(),
    "checkpoints": fuzz_inputs.checkpoints(),
    "arguments": fuzz_inputs.arguments(),
}
NAMES = {
    "candles": "damaged candle files (1 to 2,000 rows)",
    "spellings": "sound candle files spelt otherwise (2 to 2,000 rows), read and compared",
    "long": "the same with 1,000,000 rows",
    "spaces": "search spaces",
    "configs": "network configurations",
    "checkpoints": "checkpoints",
    "arguments": "command lines",
}
OUTCOMES = ("taken", "refused in one line", "faults")
LONG_ROWS = 1_000_000


def main(number: int, seed_number: int) -> int:
    """Fuzz every reader with `number` inputs in all; prints a table, returns the number of faults."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in NAMES}
    started = time.monotonic()
    with workplace() as folder:

        def spelt(frame_rows: int) -> st.SearchStrategy[tuple[int, bytes]]:
            written = fuzz_inputs.written_differently(fuzz_inputs.base_candles(frame_rows))
            return written.map(lambda content: (frame_rows, content))

        def compare(given_file: tuple[int, bytes]) -> str:
            rows, content = given_file
            path = folder / "spelt.csv"
            path.write_bytes(content)
            expected, found = fuzz_inputs.base_candles(rows), read_candles(path)[0].frame
            assert found["date"].tolist() == expected["date"].tolist()
            names = ["open", "high", "low", "close", "volume"]
            np.testing.assert_array_equal(found[names], expected[names])
            return "taken"

        each = -(-number // (len(KINDS) + 1))
        strategies = dict(KINDS) | {"spellings": st.sampled_from([2, 3, 24, 200, 2000]).flatmap(spelt)}
        for kind, strategy in strategies.items():
            check = compare if kind == "spellings" else _check(kind)
            _try(kind, strategy, check, each, seed_number, counts[kind])
            print(
                f"{kind}: {dict(counts[kind])}, {time.monotonic() - started:.0f} s",
                file=sys.stderr,
                flush=True,
            )
        _try("long", spelt(LONG_ROWS), compare, 3, seed_number, counts["long"])
    print(f"| input | {' | '.join(OUTCOMES)} |")
    print("| --- |" + " --- |" * len(OUTCOMES))
    for kind, name in NAMES.items():
        print(f"| {name} | {' | '.join(f'{counts[kind][outcome]:,}' for outcome in OUTCOMES)} |")
    total = Counter[str]()
    for count in counts.values():
        total.update(count)
    print(f"| all | {' | '.join(f'{total[outcome]:,}' for outcome in OUTCOMES)} |")
    return total["faults"]


def _check(kind):  # type: ignore[no-untyped-def]
    def check(content: bytes | list[str]) -> str:
        code, _ = run(command_for(kind, content))
        return "refused in one line" if code == 2 else "taken"

    return check


def _try(kind, strategy, check, number, seed_number, counts):  # type: ignore[no-untyped-def]
    """Count the outcomes of so many inputs; a fault is shown with the smallest input that has it."""

    @seed(seed_number)
    @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def attempt(content: object) -> None:
        counts[check(content)] += 1

    try:
        attempt()
    except Exception:
        counts["faults"] += 1
        traceback.print_exc()
