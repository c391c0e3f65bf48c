"""The report as a page of its own, opened as a file: the answer first, an address to send, by mouse and by keys."""

import re
from pathlib import Path

import pytest

from .explorer_page import SCREENS, Explorer
from .test_browser import SECONDS, browser  # noqa: F401

# axe-core 4.14.1, unchanged, under its own licence beside it.
AXE = Path(__file__).with_name("axe") / "axe.min.js"


@pytest.fixture(scope="module")
def report(finished):
    """The file:// address that the study printed."""
    return next(line for line in finished[1].splitlines() if line.startswith("read it:  ")).split()[-1]


@pytest.fixture(scope="module")
def context(browser):  # noqa: F811
    opened = browser.new_context(viewport={"width": 1366, "height": 768})
    yield opened
    opened.close()


@pytest.fixture
def opened(context, report):
    """The report in a tab of its own; nothing may go wrong or be fetched in it."""
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or wrong.append(asked.url))
    page.goto(report)
    yield page
    page.close()
    assert wrong == []


def test_on_every_screen_the_answer_is_seen_first_and_axe_finds_nothing_serious(opened):
    opened.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    opened.add_script_tag(path=AXE)
    for width, height, scheme in SCREENS:
        opened.set_viewport_size({"width": width, "height": height})
        opened.emulate_media(color_scheme=scheme)
        for question in ("Which?", "How much?", "Now what?"):
            box = opened.get_by_text(question, exact=True).bounding_box()
            assert box["y"] + box["height"] < height
        assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        bad = [
            (one["id"], one["nodes"][0]["html"][:200])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert bad == [], (width, scheme)


def test_what_is_chosen_in_the_network_by_search_and_by_the_mouse_is_an_address_that_shows_it_again(
    opened, report
):
    explorer = Explorer(opened, opened.main_frame)
    data = explorer.data
    names = [layer["name"] for layer in data["layers"]]
    assert explorer.chosen_layers()[0] == data["winner"]
    opened.locator("#explorer a[data-layer='model.0']").click()
    explorer.choose("b", names[0])
    assert explorer.chosen_layers() == ("model.0", names[0])
    explorer.choose("b", "output of block 2")
    assert explorer.chosen_layers() == ("model.0", "model.1")
    explorer.choose("b", "no such layer")
    assert explorer.chosen_layers() == ("model.0", "model.1")
    explorer.click_window("a", 5)
    explorer.draw_around_all("b")
    chosen = opened.locator("#chosen").inner_text()
    sent = opened.url
    assert "#layer=model.0&with=model.1&window=" in sent and "&chosen=" in sent
    opened.goto("about:blank")
    opened.goto(sent)
    assert explorer.chosen_layers() == ("model.0", "model.1")
    assert opened.locator("#chosen").inner_text() == chosen
    assert opened.locator("#neighbours .card").count() == 2 * data["neighbours"]
    opened.get_by_role("button", name="clear what is chosen").click()
    assert opened.locator("#chosen").inner_text() == "" and "window=" not in opened.url
    opened.goto(f"{report}#layer=nobody&with=%E0%A4%A&window=-7&chosen=!")
    assert explorer.chosen_layers()[0] in names and opened.locator("#chosen").inner_text() == ""


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


def test_what_a_mark_says_under_the_pointer_it_says_to_the_arrow_keys(opened):
    figure = opened.locator("figure > svg").first
    figure.focus()
    for key, place in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", -1)):
        opened.keyboard.press(key)
        title = figure.locator(".pointed > title").text_content()
        assert title and figure.locator("title").all_text_contents()[place] == title
        assert opened.locator("figure > svg + .said").first.inner_text() == title


def test_on_paper_all_is_readable_in_light_ink_and_nothing_asks_for_a_click(opened):
    ink = "getComputedStyle(document.documentElement).getPropertyValue('--ink').trim()"
    price = "document.getElementById('price-marks').toDataURL()"
    on_paper = "window.dispatchEvent(new Event('beforeprint'))"
    opened.set_viewport_size({"width": 680, "height": 960})  # A4 less its margins
    opened.emulate_media(color_scheme="light")
    light, line = opened.evaluate(ink), opened.evaluate(price)
    opened.emulate_media(color_scheme="dark")
    assert opened.evaluate(ink) != light and opened.evaluate(price) != line
    # What is drawn is drawn before the page is paper: by then it has to be in light ink.
    opened.evaluate(on_paper)
    assert opened.evaluate(ink) == light and opened.evaluate(price) == line
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.evaluate(ink) == light
    assert opened.locator("#words dt").first.is_visible()
    hints = opened.locator("main").get_by_text(
        re.compile(r"\b(click|choose a|point at|type to)\b", re.IGNORECASE)
    )
    assert hints.count() >= 5
    assert not [hint.inner_text() for hint in hints.all() if hint.is_visible()]
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    outside = (
        "[...document.querySelectorAll('td, th, pre')].filter("
        "(one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)"
    )
    assert opened.evaluate(f"{outside}.map((one) => one.textContent)") == []
    opened.emulate_media(media="screen", color_scheme="dark")
    opened.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert opened.evaluate(ink) != light and not opened.locator("#words dt").first.is_visible()
