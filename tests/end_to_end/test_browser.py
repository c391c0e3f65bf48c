"""A finished study as a person meets it: MLflow's own UI in a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from .explorer_page import SCREENS, Explorer

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), "/usr/bin/chromium")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Long, because a busy machine is slow; waiting ends as soon as the page is there.
SECONDS = 90_000


def without_browser() -> str | None:
    """Why there is no browser; in CI that is a failure, never a skip."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "the package playwright is not installed"
    return None if Path(CHROMIUM).exists() else f"{CHROMIUM} is not installed (apt-get install chromium)"


@pytest.fixture(scope="module")
def browser():
    reason = without_browser()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"no browser in CI: {reason}")
    if reason:
        pytest.skip(f"no browser: {reason}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shown(finished):
    """What a real `make ui` in the project of the finished study prints, its server running until the tests end."""
    project, _ = finished
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The environment of the tests stands for the one that make would build; one process answers as four do.
    make = ["make", "ui", f"PORT={port}", f"VENV={sys.prefix}", f"--assume-old={sys.prefix}/ready"]
    environment = {**project.environment, "MLFLOW_WORKERS": "1"}
    del environment["MLFLOW_TRACKING_URI"]
    output = project.folder / "make-ui.txt"
    with output.open("w") as file:
        process = subprocess.Popen(
            make,
            cwd=project.folder,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).read()
                break
            except OSError:
                assert process.poll() is None, f"make ui ended at once: {output.read_text()}"
                time.sleep(0.5)
        else:
            pytest.fail("the server of make ui did not answer within two minutes")
        yield output.read_text()
    finally:
        # As Ctrl-C does it.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def links(shown):
    """The pages that `make ui` names: address by name, the report first."""
    return dict(re.findall(r"^  (\S.*?) +((?:http|file)://\S+)$", shown, re.MULTILINE))


@pytest.fixture(scope="module")
def server(links):
    """The server's address."""
    return links["report"].partition("/#")[0]


@pytest.fixture(scope="module")
def context(browser):
    """One profile for all tests: MLflow's megabytes of JavaScript are fetched once. Tall: its tables draw all rows."""
    opened = browser.new_context(viewport={"width": 1700, "height": 2600})
    yield opened
    opened.close()


@pytest.fixture
def page(context):
    """A tab that no test shares."""
    opened = context.new_page()
    opened.set_default_timeout(SECONDS)
    yield opened
    opened.close()


def ranked_layers(project) -> list[tuple[str, float]]:
    runs = project.runs(kind="layer", study="small") + project.runs(kind="baseline", study="small")
    # Layers that give the same answer share a row.
    found = [
        (run.info.run_name, run.data.metrics["select_auc"])
        for run in runs
        if run.data.tags["answer"] == "own"
    ]
    return sorted(found, key=lambda pair: -pair[1])


def from_the_top(elements) -> list[str]:
    """Texts in the order that is seen: MLflow places a table's rows by CSS, whatever their order in the document."""
    found = [(element.bounding_box()["y"], element.inner_text().strip()) for element in elements.all()]
    return [text for _, text in sorted(found)]


def test_make_ui_names_the_newest_study_and_every_page_that_a_reader_needs_the_report_first(shown, links):
    assert "newest study: small" in shown and next(iter(links)) == "report"
    wanted = {
        "report alone",
        "leaderboard",
        "charts",
        "depth profile",
        "trials",
        "layers by kind",
        "report",
        "search",
        "study run",
    }
    assert wanted | {"model"} == set(links)


def test_the_leaderboard_lists_every_layer_the_best_first(finished, links, page):
    project, _ = finished
    wanted = ranked_layers(project)
    page.goto(links["leaderboard"])
    page.get_by_text("small: 1 layers, leaderboard").wait_for()
    names = page.locator(".ag-pinned-left-cols-container .ag-row a[href*='/runs/']")
    names.nth(len(wanted) - 1).wait_for()
    shown = from_the_top(names)
    assert set(shown) == {name for name, _ in wanted}
    cells = page.locator(".ag-center-cols-container .ag-cell[col-id='metrics.`select_auc`']")
    values = [float(text) for text in from_the_top(cells)]
    assert values == [value for _, value in wanted]


@pytest.mark.parametrize(
    ("link", "title"), [("trials", "small: 4 trials, table"), ("layers by kind", "small: 5 layers by kind")]
)
def test_the_other_tables_open(links, page, link, title):
    page.goto(links[link])
    page.get_by_text(title).wait_for()
    page.locator(".ag-pinned-left-cols-container .ag-row").nth(2).wait_for()
    assert page.get_by_text("Error loading shared view state").count() == 0


@pytest.mark.parametrize(
    ("link", "title", "drawn"),
    [
        (
            "charts",
            "Winner orange, rivals blue, baselines grey",
            (".js-plotly-plot .bars", ".js-plotly-plot .scatterlayer", ".parcoords"),
        ),
        (
            "depth profile",
            "Depth: winner orange, median blue, baselines grey",
            (".js-plotly-plot .scatterlayer",),
        ),
    ],
)
def test_the_charts_draw(links, page, link, title, drawn):
    page.goto(links[link])
    page.get_by_text(title).wait_for()
    for kind in drawn:
        page.locator(kind).first.wait_for(state="attached")
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length >= 4")
    if link == "charts":
        # The winner and the baselines, and the maps of the ten best layers side by side.
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .bars .point').length >= 10")
        page.get_by_text("Maps of the winner's network").scroll_into_view_if_needed()
        page.wait_for_function(
            "[...document.images].filter((one) => one.complete && one.naturalWidth > 200).length >= 10"
        )
    assert page.get_by_text("No data").count() == 0


def test_the_banner_of_the_experiment_names_the_winner_and_its_links_work(finished, server, page):
    project, _ = finished
    experiment = project.client.get_experiment_by_name("Default")
    first = experiment.tags["mlflow.note.content"].splitlines()[0]
    winner = project.runs(kind="study", study="small")[0].data.tags["winner_layer"]
    assert winner in first and "test auc" in first and "[report](#/" in first and "[leaderboard](#/" in first
    assert not first.startswith("*")
    page.goto(f"{server}/#/experiments/{experiment.experiment_id}/runs?workflowType=machine_learning")
    banner = page.get_by_role("link", name="leaderboard", exact=True).first
    banner.wait_for()
    said = page.get_by_text("test auc").first
    assert said.is_visible()
    # Beside MLflow's open assistant, on a small screen, the verdict and the report are on the one line that is shown.
    page.set_viewport_size({"width": 1366, "height": 768})
    report = page.get_by_role("link", name="report", exact=True).first
    assert abs(report.bounding_box()["y"] - said.bounding_box()["y"]) < 8
    with page.expect_popup() as opened:
        banner.click()
    opened.value.get_by_text("1 layers, leaderboard").first.wait_for()


def test_the_study_run_says_the_verdict_first(finished, links, page):
    _, printed = finished
    which = next(line for line in printed.splitlines() if line.startswith("Which? "))
    page.goto(links["study run"])
    page.get_by_text(which.removeprefix("Which? ").strip()).first.wait_for()


def test_a_person_who_arrives_by_make_ui_reads_the_answer_and_explores_two_layers(finished, links, page):
    _, printed = finished
    page.goto(links["report"])
    # Not before the report is in it: MLflow may put another frame in the place of the first.
    page.frame_locator("iframe").first.locator("#explorer").wait_for()
    frame = page.locator("iframe").first.element_handle().content_frame()
    explorer = Explorer(page, frame)
    which = next(line for line in printed.splitlines() if line.startswith("Which? "))
    first, second, *_ = [layer["name"] for layer in explorer.data["layers"]]
    for width, height, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        answer = frame.get_by_text(which.removeprefix("Which? "))
        answer.scroll_into_view_if_needed()
        box = answer.bounding_box()
        assert 0 <= box["y"] <= height - box["height"]
        explorer.choose("a", first)
        explorer.choose("b", second)
        assert explorer.chosen_layers() == (first, second)
        explorer.click_window("a", 5)
        explorer.draw_around_all("b")
        frame.get_by_role("button", name="clear what is chosen").click()
    # What was chosen is an address that can be sent.
    page.goto(f"{links['report alone']}#layer={second}&with={first}&window=5")
    alone = Explorer(page, page.main_frame)
    assert alone.chosen_layers() == (second, first)
    assert page.locator("#near-a").inner_text().startswith(alone.data["told"][5])


def test_the_report_opens_in_the_artifact_viewer_and_sorts(finished, links, page):
    project, _ = finished
    page.goto(links["report"])
    frame = page.frame_locator("iframe").first
    frame.locator("#table-layers").wait_for()

    def column(number: int) -> list[str]:
        return frame.locator(f"#table-layers tbody tr td:nth-child({number})").all_inner_texts()

    def firsts(number: int) -> list[str]:
        return [text.partition("\n")[0] for text in column(number)]

    assert {name for row in column(1) for name in re.findall(r"[\w.#]+", row)} >= {
        name.partition(" ")[2] for name, _ in ranked_layers(project) if name[:1].isdigit()
    }
    # Of many columns the first five are seen, until all are asked for.
    assert frame.locator("#table-layers thead th:visible").count() == 5
    frame.get_by_label("all columns").check()
    assert frame.locator("#table-layers thead th:visible").count() > 10
    scores = [float(text.partition(" ")[0]) for text in column(3)]
    assert scores == sorted(scores, reverse=True)
    frame.locator("#table-layers thead button").first.click()
    assert firsts(1) == sorted(firsts(1), key=lambda text: text.casefold())
    frame.get_by_label("time", exact=True).check()
    assert "by-time" in frame.locator("#maps").get_attribute("class")
    frame.locator("#table-layers thead sup a").first.click()
    assert frame.locator("#m-vs_baseline").is_visible()
    assert frame.locator("svg").count() >= 6


def test_optunas_plots_open_in_the_artifact_viewer(links, page):
    page.goto(links["search"])
    frame = page.frame_locator("iframe").first
    frame.locator(".js-plotly-plot .scatterlayer").first.wait_for(state="attached")
    # Three trials are too few for importances; the page says so.
    frame.get_by_text("Left out").first.wait_for()


def test_the_registered_model_shows_description_and_alias(finished, server, links, page):
    project, _ = finished
    page.goto(links["model"])
    page.get_by_text("timesnet-embedder").first.wait_for()
    page.get_by_text("champion").first.wait_for()
    version = project.client.get_model_version_by_alias("timesnet-embedder", "champion").version
    page.goto(f"{server}/#/models/timesnet-embedder/versions/{version}")
    page.get_by_text("Which?").first.wait_for()
