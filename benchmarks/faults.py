"""The fault campaign: what happens to a study that is killed, cut off, fed rubbish or besieged.

    python -m benchmarks.faults kills [--number 200]       kill -9 at random moments of a small study
    python -m benchmarks.faults kills --backend workers    the same, of the study or one of its two workers
    python -m benchmarks.faults kills --backend ray        the same, of the study, a Ray worker or a whole node
    python -m benchmarks.faults fuzz  [--number 10000]     made-up inputs to every reader
    python -m benchmarks.faults outages [--number 20]      a tracking server that fails at random moments
    python -m benchmarks.faults owners [--number 20]       two owners of one study, from two folders at once
    python -m benchmarks.faults outputs                    outputs that are inputs, in twelve spellings of one path
    python -m benchmarks.faults journals [--number 200]    damaged journals of an outbox
    python -m benchmarks.faults moves [--number 6]         project folders that are moved or copied
    python -m benchmarks.faults serve [--minutes 30]       a served model under malformed and heavy requests

Each prints a markdown table for docs/reliability.md; progress goes to stderr. The exit code is 1 where a fault was
found, and what is needed to repeat it is on stderr.
"""

import argparse
import sys


def main() -> int:
    """Run one part of the campaign."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "part", choices=("kills", "fuzz", "outages", "serve", "owners", "outputs", "journals", "moves")
    )
    parser.add_argument("--number", type=int, help="of kills, inputs, outages, rounds, journals or moves")
    parser.add_argument(
        "--backend", choices=("process", "workers", "ray"), default="process", help="of kills"
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="of serving")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.part == "kills":
        from benchmarks import fault_kills

        found = fault_kills.main(arguments.number or 200, arguments.seed, arguments.backend)
    elif arguments.part == "fuzz":
        from benchmarks import fault_fuzz

        found = fault_fuzz.main(arguments.number or 10_000, arguments.seed)
    elif arguments.part == "outages":
        from benchmarks import fault_outages

        found = fault_outages.main(arguments.number or 20, arguments.seed)
    elif arguments.part == "owners":
        from benchmarks import fault_owners

        found = fault_owners.main(arguments.number or 20, arguments.seed)
    elif arguments.part == "outputs":
        from benchmarks import fault_outputs

        found = fault_outputs.main()
    elif arguments.part == "journals":
        from benchmarks import fault_journals

        found = fault_journals.main(arguments.number or 200, arguments.seed)
    elif arguments.part == "moves":
        from benchmarks import fault_moves

        found = fault_moves.main(arguments.number or 6, arguments.seed)
    else:
        from benchmarks import fault_serving

        found = fault_serving.main(arguments.minutes, arguments.seed)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
