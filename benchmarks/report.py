"""How large the report is and how long it takes, to write and to open in a browser.

    python -m benchmarks.report                                networks of 47 and of 150 layers
    python -m benchmarks.report --layers 47 --candles 3000     a small one, to see that it runs

A study of one trial on made-up candles, whose report is then drawn anew: seconds to capture the sampled windows at
every layer and to write the page; in Chromium (left out where /usr/bin/chromium is not there) milliseconds until the
page is drawn and until another layer is. The page holds at most SAMPLED_WINDOWS windows of select, fewer where
MOST_BYTES leaves no room.
"""

from __future__ import annotations

import argparse
import importlib
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from study.configuration import StudyConfiguration
from study.lifecycle.run_study import run_study
from study.report.explorer import explorer_data
from study.report.page import report_page
from study.report.sample import take_sample

BROWSER = Path("/usr/bin/chromium")
# By the number of layers, less the prediction.
NETWORKS = {
    47: {"task_name": "imputation", "inputs": "candle+calendar", "e_layers": 2, "num_kernels": 7},
    150: {"task_name": "classification", "inputs": "candle", "e_layers": 8, "num_kernels": 6},
}
SPACE = """
d_model: 8
d_ff: 8
top_k: 2
dropout: 0.0
use_norm: true
pred_len: 1
learning_rate: 0.001
weight_decay: 0.01
batch_size: 256
train_epochs: 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", type=int, nargs="+", choices=NETWORKS, default=list(NETWORKS))
    # So many that select holds 5,000 windows.
    parser.add_argument("--candles", type=int, default=33_544)
    given = parser.parse_args()
    for layers in given.layers:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
            print(
                measured(finished_study(Path(folder), layers, given.candles), Path(folder)),
                flush=True,
            )
            os.chdir("/")


def finished_study(folder: Path, layers: int, candles: int) -> Any:
    """What a study of one network of so many layers has in hand at its end."""
    draw = np.random.default_rng(0)
    spread = np.exp(0.5 * np.convolve(draw.standard_normal(candles + 49), np.ones(50) / 7, mode="valid"))
    close = 100 * np.exp(np.cumsum(0.001 * spread * draw.standard_normal(candles)))
    high, low = (close * np.exp(sign * 0.001 * spread) for sign in (1, -1))
    dates = pd.date_range("2020-01-01", periods=candles, freq="15min", tz="UTC")
    frame = pd.DataFrame(
        {"date": dates, "open": close, "high": high, "low": low, "close": close, "volume": 1.0}
    )
    frame.to_csv(folder / "candles.csv", index=False)
    (folder / "space.yaml").write_text(
        SPACE + "".join(f"{key}: {value}\n" for key, value in NETWORKS[layers].items())
    )
    caught: list[Any] = []

    def catch(found: Any) -> dict[str, str]:
        # The files of the trials are gone when the study has ended.
        kept = {n: replace(one, predictions=np.asarray(one.predictions)) for n, one in found.records.items()}
        caught.append(replace(found, records=kept))
        return {}

    module = importlib.import_module("study.lifecycle.run_study")
    module.register_winner, module.present = (lambda found: found), catch
    run_study(
        StudyConfiguration(
            data="candles.csv", trials=1, space="space.yaml", name="report", workers=1, max_probe_windows=7000
        )
    )
    return caught[0]


def measured(conclusion: Any, folder: Path) -> str:
    """One line: sizes and times."""
    started = time.perf_counter()
    sample = take_sample(conclusion)
    sampled = time.perf_counter()
    page = report_page(conclusion, sample)
    written = time.perf_counter()
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    shown = len(explorer_data(conclusion, sample)["told"])
    select = len(conclusion.data.splits.select)
    line = (
        f"{len(sample.layers)} distinct of {len(conclusion.layers)} layers, {select:,} windows: {shown} on the "
        f"page, {path.stat().st_size / 1e6:.2f} MB; sample {sampled - started:.1f} s, page {written - sampled:.1f} s"
    )
    if not BROWSER.exists():
        return line
    drawn, changed = in_browser(path, next(iter(sample.layers)))
    return f"{line}; in the browser drawn after {drawn:.0f} ms, another layer after {changed:.0f} ms"


def in_browser(path: Path, layer: str) -> tuple[float, float]:
    """Milliseconds from the address to the drawn page, and from another layer's address to its map."""
    from playwright.sync_api import sync_playwright

    # Two frames later all that scripts have drawn is on the screen.
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        chromium = playwright.chromium.launch(executable_path=str(BROWSER), args=arguments)
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.goto(path.as_uri(), wait_until="load")
        drawn = page.evaluate(f"async () => {{ await {frames}; return performance.now(); }}")
        changed = page.evaluate(
            f"""async (layer) => {{
              const start = performance.now();
              location.hash = "layer=" + encodeURIComponent(layer);
              await new Promise((done) => addEventListener("hashchange", done, {{ once: true }}));
              await {frames};
              return performance.now() - start;
            }}""",
            layer,
        )
        chromium.close()
    return drawn, changed


if __name__ == "__main__":
    main()
