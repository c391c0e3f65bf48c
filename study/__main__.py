"""`python -m study <command>`."""

import sys

try:
    from study.cli import main
except ModuleNotFoundError as error:
    if error.name in ("study", "timesnet", "probes"):
        raise
    print(
        f"error: package {error.name!r} is not installed in {sys.executable}; run `make .venv` and put .venv/bin first "
        "on PATH, or run `mlflow run . --env-manager uv`",
        file=sys.stderr,
    )
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main())
