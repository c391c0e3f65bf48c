"""How long MLflow's UI takes to show a large study.

    python -m benchmarks.many_trials --trials 2000 --deepest 8 --keep /tmp/large
    python -m benchmarks.ui /tmp/large

The folder is a study's, with its `mlflow.db`. `mlflow server` serves it with one worker; Chromium opens each of the
study's pages ROUNDS times, the first time with an empty cache. Seconds are from the address to the first row of a table
or the first line of a chart.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from benchmarks.tracking import server
from study.metrics import names

CHROMIUM = "/usr/bin/chromium"
ROUNDS = 4
MOST_MS = 300_000
_ROW = ".ag-pinned-left-cols-container .ag-row"
# A page's name on the study run, and what is on the screen once it shows something.
PAGES = {
    "leaderboard": f"{_ROW} a[href*='/runs/']",
    "trials": f"{_ROW} a[href*='/runs/']",
    "layers by kind": _ROW,
    "charts": ".js-plotly-plot .bars .point",
    "depth profile": ".js-plotly-plot .scatterlayer path",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="of the study, with its mlflow.db")
    folder = parser.parse_args().folder.resolve()
    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    runs = list(every_run(client))
    kinds = Counter(run.data.tags.get(names.KIND, "no kind") for run in runs)
    print(", ".join(f"{number:,} runs of {kind}" for kind, number in kinds.most_common()) + "\n")
    pages = next(json.loads(run.data.tags[names.PAGES]) for run in runs if names.PAGES in run.data.tags)
    print("| page | at first, s | again, s |\n| --- | ---: | ---: |")
    with server(folder, database="mlflow.db", artifacts="mlartifacts") as address:
        for name, shown in PAGES.items():
            first, *again = opened(f"{address}/{pages[name]}", shown)
            print(f"| {name} | {first:.1f} | {', '.join(f'{one:.1f}' for one in again)} |", flush=True)


def every_run(client: MlflowClient) -> list[mlflow.entities.Run]:
    """All runs of all experiments of a store."""
    experiments = [one.experiment_id for one in client.search_experiments()]
    found = client.search_runs(experiments)
    runs = list(found)
    while found.token:
        found = client.search_runs(experiments, page_token=found.token)
        runs += found
    return runs


def opened(address: str, shown: str) -> list[float]:
    """Seconds from the address to the element `shown`, ROUNDS times in a browser that keeps its cache."""
    from playwright.sync_api import sync_playwright

    seconds = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context(viewport={"width": 1700, "height": 1000})
        for _ in range(ROUNDS):
            page = context.new_page()
            page.set_default_timeout(MOST_MS)
            started = time.perf_counter()
            page.goto(address)
            page.locator(shown).first.wait_for(state="attached")
            seconds.append(time.perf_counter() - started)
            page.close()
        chromium.close()
    return seconds


if __name__ == "__main__":
    main()
