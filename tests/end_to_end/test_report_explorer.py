"""The report as a person meets it, opened as a file: the answer, two layers side by side, an address to send."""

import json
import re
from pathlib import Path

import pytest

from .test_browser import SECONDS, browser  # noqa: F401

# axe-core 4.14.1, unchanged, under its own licence beside it.
AXE = Path(__file__).with_name("axe") / "axe.min.js"
SCREENS = [(1366, 768, "light"), (1366, 768, "dark"), (1920, 1080, "light"), (1920, 1080, "dark")]


@pytest.fixture(scope="module")
def report(finished):
    """The file:// address that the study printed."""
    return re.search(r"^read it:  (file://\S+)$", finished[1], re.MULTILINE)[1]


@pytest.fixture
def opened(browser, report, request):  # noqa: F811
    """The report in a tab of the size and colours asked for; nothing may go wrong or be fetched in it."""
    width, height, scheme = getattr(request, "param", SCREENS[0])
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or wrong.append(asked.url))
    page.goto(report)
    yield page
    context.close()
    assert wrong == []


def data_of(page):
    return json.loads(page.locator("#explorer-data").text_content())


def spot(page, side, window):
    """Where a window stands on a map, in pixels of the page."""
    page.locator(f"#map-{side}").scroll_into_view_if_needed()
    box = page.locator(f"#map-{side}").bounding_box()
    place = page.evaluate(
        """([side, window]) => {
          const data = JSON.parse(document.getElementById("explorer-data").textContent);
          const layer = data.layers.find((one) => one.name === document.getElementById("layer-" + side).value);
          const bytes = Uint8Array.from(atob(layer.xy), (c) => c.charCodeAt(0));
          const xy = new Uint16Array(bytes.buffer);
          return [xy[2 * window] / 65535, xy[2 * window + 1] / 65535];
        }""",
        [side, window],
    )
    return (
        box["x"] + 12 + place[0] * (box["width"] - 24),
        box["y"] + box["height"] - 12 - place[1] * (box["height"] - 24),
    )


@pytest.mark.parametrize("opened", SCREENS, indirect=True)
def test_the_answer_is_seen_first_and_axe_finds_nothing_serious(opened):
    height = opened.viewport_size["height"]
    for question in ("Which?", "How much?", "Now what?"):
        box = opened.get_by_text(question, exact=True).bounding_box()
        assert box["y"] + box["height"] < height
    opened.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    opened.add_script_tag(path=AXE)
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    bad = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert bad == []
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_choosing_a_layer_in_the_network_and_by_search_writes_an_address_that_shows_it_again(opened, report):
    data = data_of(opened)
    names = [layer["name"] for layer in data["layers"]]
    assert opened.locator("#layer-a").input_value() == data["winner"]
    box = opened.locator("#explorer a[data-layer='model.0']")
    box.click()
    assert opened.locator("#layer-a").input_value() == "model.0"
    opened.locator("#layer-b").fill(names[0])
    opened.locator("#layer-b").press("Enter")
    opened.locator("#about-b").get_by_text("numbers a window").wait_for()
    assert f"with={names[0]}" in opened.url and "layer=model.0" in opened.url
    opened.goto("about:blank")
    opened.goto(f"{report}#layer={names[1]}&with=model.0&window=3")
    assert opened.locator("#layer-a").input_value() == names[1]
    assert opened.locator("#layer-b").input_value() == "model.0"
    assert opened.locator("#neighbours .card").count() > 3
    opened.goto(f"{report}#layer=nobody&with=%E0%A4%A&window=-7")
    assert opened.locator("#layer-a").input_value() in names


def test_pointing_clicking_and_drawing_around_windows(opened):
    data = data_of(opened)
    x, y = spot(opened, "a", 5)
    opened.mouse.move(x, y)
    opened.locator("#hovered .card").wait_for()
    opened.mouse.click(x, y)
    opened.locator("#neighbours h4").nth(1).wait_for()
    cards = opened.locator("#neighbours .card").all_inner_texts()
    assert len(cards) == 1 + 2 * data["neighbours"] and all(re.search(r"then \w+", card) for card in cards)
    counts = opened.locator("#neighbours .counts").first.inner_text()
    assert all(name in counts for name in data["classes"]) and "of all windows" in counts
    assert re.search(r"&window=\d+$", opened.url)
    box = opened.locator("#map-b").bounding_box()
    corners = [(4, 4), (box["width"] - 4, 4), (box["width"] - 4, box["height"] - 4), (4, box["height"] - 4)]
    opened.mouse.move(box["x"] + 4, box["y"] + 4)
    opened.mouse.down()
    for dx, dy in [*corners[1:], corners[0]]:
        opened.mouse.move(box["x"] + dx, box["y"] + dy, steps=4)
    opened.mouse.up()
    assert opened.locator("#chosen").inner_text().startswith(f"{len(data['told'])} windows chosen")
    opened.get_by_role("button", name="clear what is chosen").click()
    assert opened.locator("#chosen").inner_text() == "" and "window=" not in opened.url


def test_the_explorer_works_by_keyboard_alone(opened):
    opened.locator("#map-a").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        opened.keyboard.press(key)
    assert opened.url.endswith("&window=1")
    assert opened.locator("#neighbours .card").count() > 3
    opened.keyboard.press("Escape")
    assert "window=" not in opened.url
    opened.locator("#explorer a[data-layer='model.0']").focus()
    opened.keyboard.press("Enter")
    assert opened.locator("#layer-a").input_value() == "model.0"
