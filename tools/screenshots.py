"""Takes the pictures in docs/images from a running `mlflow server`: `python tools/screenshots.py HOST STUDY`."""

import json
import sys
import tempfile
from pathlib import Path

import mlflow
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"]
WAIT = 6000
# What the explorer is shown with, in the report's address: one layer of every network beside the raw window.
LAYER = "model.1"
# A window in the middle of those on the page, clicked, so that its neighbours are there.
WINDOW = 400
# MLflow opens its assistant for whoever comes first.
CLOSE_ASSISTANT = """
localStorage.setItem("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", "true");
localStorage.setItem("mlflow.assistant.panelOpen_v1", "false");
"""


def main(host: str, study: str) -> None:
    """Leaderboard, charts, report and registered model of a finished study."""
    client = mlflow.MlflowClient(tracking_uri=host)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    run = client.search_runs(experiments, f"tags.study = '{study}' and tags.kind = 'study'")[0]
    pages = {name: f"{host}/{page}" for name, page in json.loads(run.data.tags["pages"]).items()}
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(CLOSE_ASSISTANT)
        for name in ("leaderboard", "charts", "depth profile", "model"):
            page.goto(pages[name])
            page.wait_for_timeout(WAIT)
            hide_hint(page)
            page.screenshot(path=IMAGES / f"{name.replace(' ', '-')}.png")
        page.set_viewport_size({"width": 1120, "height": 1560})
        with tempfile.TemporaryDirectory() as folder:
            report = client.download_artifacts(run.info.run_id, "report/report.html", folder)
            page.goto(Path(report).as_uri())
            page.screenshot(path=IMAGES / "report.png")
            page.set_viewport_size({"width": 1280, "height": 1330})
            page.goto(f"{Path(report).as_uri()}#layer={LAYER}&with=raw%20window&window={WINDOW}")
            page.reload()
            page.locator("#explore").scroll_into_view_if_needed()
            page.evaluate("document.querySelector('#explore').scrollIntoView()")
            page.wait_for_timeout(WAIT // 4)
            page.screenshot(path=IMAGES / "explorer.png")
        chromium.close()


def hide_hint(page: Page) -> None:
    """The hint that a view is shared takes room from the picture."""
    hint = page.get_by_role("button", name="Hide banner")
    if hint.count():
        hint.first.click()
        page.wait_for_timeout(WAIT // 4)


if __name__ == "__main__":
    main(*sys.argv[1:3])
