"""What a person does in the explorer of a report, a page of its own or in a frame of MLflow's UI."""

import json
import math
import re

# Width, height and colours of the screens that the report is looked at on.
SCREENS = [(1366, 768, "light"), (1366, 768, "dark"), (1920, 1080, "dark"), (1920, 1080, "light")]
# Pixels between a map's edge and its outermost windows.
RIM = 12


class Explorer:
    """The explorer in `frame`, moved by the mouse and the keys of `page`."""

    def __init__(self, page, frame):
        self.page, self.frame = page, frame

    @property
    def data(self):
        """What the page draws from."""
        return json.loads(self.frame.locator("#explorer-data").text_content())

    def choose(self, side, name):
        """Type a layer's name, or a part of it, into the search box of a side."""
        self.frame.locator(f"#layer-{side}").fill(name)
        self.frame.locator(f"#layer-{side}").press("Enter")

    def chosen_layers(self):
        """Names of the left and the right layer."""
        return tuple(self.frame.locator(f"#layer-{side}").input_value() for side in "ab")

    def spot(self, side, window):
        """Where a window stands on a map, in pixels of the page."""
        canvas = self.frame.locator(f"#map-{side}")
        canvas.scroll_into_view_if_needed()
        x, y = self.frame.evaluate(
            """([side, window]) => {
              const data = JSON.parse(document.getElementById("explorer-data").textContent);
              const name = document.getElementById("layer-" + side).value;
              const layer = data.layers.find((one) => one.name === name);
              const bytes = Uint8Array.from(atob(layer.xy), (c) => c.charCodeAt(0));
              const xy = new Uint16Array(bytes.buffer);
              return [xy[2 * window] / 65535, xy[2 * window + 1] / 65535];
            }""",
            [side, window],
        )
        box = canvas.bounding_box()
        return (
            box["x"] + RIM + x * (box["width"] - 2 * RIM),
            box["y"] + box["height"] - RIM - y * (box["height"] - 2 * RIM),
        )

    def click_window(self, side, window):
        """Point at a window, then click it: its candles, those most like it, and what followed, in words."""
        data, spot = self.data, self.spot(side, window)
        self.page.mouse.move(*spot)
        self.frame.locator("#hovered .card").wait_for()
        # Its candles are beside it, not somewhere that has to be scrolled to.
        box = self.frame.locator("#hovered .card").bounding_box()
        assert abs(box["x"] + box["width"] / 2 - spot[0]) < box["width"]
        assert abs(box["y"] + box["height"] / 2 - spot[1]) < box["height"]
        self.page.mouse.click(*spot)
        self.frame.locator("#clicked .card").wait_for()
        cards = self.frame.locator("#neighbours .card").all_inner_texts()
        assert len(cards) == 2 * data["neighbours"] and all(re.search(r"then \w+", card) for card in cards)
        for near in "ab":
            said = self.frame.locator(f"#near-{near}").inner_text()
            assert re.match(r".+ UTC, then “\w+”\. Of the \d windows most like it here, “", said)
            followed = re.findall(r"“(\w+)” (?:candles )?followed (\d) \((?:of all windows )?(\d+) %\)", said)
            assert {name for name, _, _ in followed} == set(data["classes"])
            assert sum(int(hits) for _, hits, _ in followed) == data["neighbours"]
            shares = zip(data["classes"], data["base"], strict=True)
            base = {name: math.floor(share * 100 + 0.5) for name, share in shares}
            assert {name: int(share) for name, _, share in followed} == base

    def draw_around_all(self, side):
        """Draw along a map's edge: every window is chosen, and said to be."""
        canvas = self.frame.locator(f"#map-{side}")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        left, top, right, bottom = 4, 4, box["width"] - 4, box["height"] - 4
        self.page.mouse.move(box["x"] + left, box["y"] + top)
        self.page.mouse.down()
        for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
            self.page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
        self.page.mouse.up()
        said = self.frame.locator("#chosen").inner_text()
        assert said.startswith(f"{len(self.data['told'])} windows chosen")
