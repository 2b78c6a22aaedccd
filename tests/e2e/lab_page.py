"""The lab page as a person uses it: by what has a role and a name, and by the mouse."""

from __future__ import annotations

import time
from typing import Literal

from playwright.sync_api import FloatRect, Locator, Page, expect

Kind = Literal["Namespace", "Router", "Bridge", "Host", "LAN", "Note"]
Tab = Literal["Inspector", "Plan", "Script", "Checks", "YAML"]


class LabPage:
    def __init__(self, page: Page) -> None:
        self.page = page

    def opened(self) -> LabPage:
        """Waits until the lab is there and live."""
        self.page.wait_for_url("**/labs/*")
        expect(self.page.locator("[data-loaded=true]")).to_be_visible()
        return self

    @property
    def id(self) -> str:
        return self.page.url.rsplit("/", 1)[1]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def node(self, path: str) -> Locator:
        return self.page.locator(f'[data-node="{path}"]')

    def link(self, a: str, b: str) -> Locator:
        """By its ends, as links write them, in either order."""
        return self.page.locator(f'[data-link="{a}--{b}"], [data-link="{b}--{a}"]')

    @property
    def state(self) -> Locator:
        return self.page.get_by_role("status", name="State of the lab")

    def tab(self, name: Tab) -> Locator:
        """Opens a tab, and gives what it shows."""
        self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel", name=name)

    # With the mouse

    def drag(self, kind: Kind, x: float, y: float) -> None:
        """From the palette to a place on the canvas, in pixels from its top left corner."""
        canvas = self.page.get_by_role("main", name="Canvas").bounding_box()
        assert canvas
        source = self.button(kind).bounding_box()
        assert source
        mouse = self.page.mouse
        mouse.move(source["x"] + source["width"] / 2, source["y"] + source["height"] / 2)
        mouse.down()
        mouse.move(canvas["x"] + x, canvas["y"] + y, steps=12)
        mouse.up()

    def draw_link(self, a: str, b: str) -> None:
        """With the Link tool, from node to node."""
        self.button("Link").click()
        self._from_to(self.node(a), self.node(b))
        self.button("Select").click()

    def move(self, path: str, dx: float, dy: float) -> None:
        box = self._box(self.node(path))
        x, y = box["x"] + min(60, box["width"] / 3), box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + dx, y + dy, steps=12)
        mouse.up()

    def _from_to(self, a: Locator, b: Locator) -> None:
        start, end = self._box(a), self._box(b)
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
        mouse.up()

    @staticmethod
    def _box(locator: Locator) -> FloatRect:
        locator.wait_for()
        box = locator.bounding_box()
        assert box
        return box

    def rename(self, name: str) -> None:
        self.page.get_by_title("Rename the lab").click()
        self.page.get_by_role("textbox", name="Name of the lab").fill(name)
        self.page.keyboard.press("Enter")

    # What it comes to

    def expect_saved(self) -> None:
        expect(self.page.get_by_role("log", name="Saved")).to_have_text("Saved")

    def expect_at(self, path: str, x: float, y: float) -> None:
        """A node's corner stands there on the screen, give or take two pixels, before long."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            box = self.node(path).bounding_box()
            if box and abs(box["x"] - x) <= 2 and abs(box["y"] - y) <= 2:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{path} is at {box}, not at {x}, {y}")

    def run(self) -> None:
        self.button("Run").click()
        self.expect_running()

    def expect_running(self) -> None:
        expect(self.state).to_contain_text("Running", timeout=20_000)

    def stop(self) -> None:
        self.button("Stop").click()
        expect(self.state).to_contain_text("Stopped", timeout=20_000)
