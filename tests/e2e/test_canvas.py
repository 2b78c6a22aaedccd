"""The canvas: what stands where, and what the keyboard does there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.lab_page import LabPage
from tests.e2e.test_live import open_lab
from tests.serving import Server

UNPLACED = b"""
topoweb: 1
name: From text
nodes:
  - {name: ns1, kind: namespace}
  - {name: ns2, kind: namespace}
  - {name: br0, kind: bridge}
links:
  - {ends: [ns1, br0]}
  - {ends: [ns2, br0]}
"""


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found
    return found


def apart(a: FloatRect, b: FloatRect) -> bool:
    return (
        a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"] or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
    )


def test_what_comes_without_places_is_arranged_and_can_be_arranged_again(new_lab: LabPage) -> None:
    lab = new_lab
    panel = lab.tab("YAML")
    panel.get_by_label("Upload").set_input_files({"name": "lab.yaml", "mimeType": "application/yaml", "buffer": UNPLACED})
    expect(lab.node("br0")).to_be_visible()
    assert box(lab.node("br0"))["y"] > box(lab.node("ns1"))["y"] + 100
    lab.page.evaluate("""async () => { for (let n = 0; n < 4; n++) await new Promise(requestAnimationFrame) }""")  # it is fitted by now
    lab.move("ns1", 0, 300)
    expect_above(lab, "br0", "ns1")
    expect(lab.button("Undo")).to_be_enabled()
    lab.button("Arrange (Shift A)").click()
    expect_above(lab, "ns1", "br0")
    lab.button("Undo").click()
    expect_above(lab, "br0", "ns1")


def expect_above(lab: LabPage, upper: str, lower: str) -> None:
    lab.page.wait_for_function(
        "([a, b]) => { const y = n => document.querySelector(`[data-node='${n}']`).getBoundingClientRect().y; return y(a) + 40 < y(b) }",
        arg=[upper, lower],
    )


def test_what_is_pasted_stands_beside_the_original_and_a_bridge_fits_into_a_new_host(new_lab: LabPage) -> None:
    lab = new_lab
    lab.drag("Namespace", 300, 200)
    lab.page.keyboard.press("Control+c")
    lab.page.keyboard.press("Control+v")
    expect(lab.node("ns2")).to_be_visible()
    assert apart(box(lab.node("ns1")), box(lab.node("ns2")))
    lab.drag("Host", 400, 500)
    host = box(lab.node("host1"))
    lab.drag("Bridge", 400, 490)
    bridge = box(lab.node("host1/br0"))
    assert host["width"] > bridge["width"]
    outline = box(lab.node("host1"))
    assert outline["x"] + 8 < bridge["x"]
    assert bridge["x"] + bridge["width"] < outline["x"] + outline["width"] - 8


def test_one_walks_links_and_finds_with_the_keyboard(new_lab: LabPage) -> None:
    lab = new_lab
    page = lab.page
    lab.drag("Namespace", 200, 200)
    lab.drag("Namespace", 700, 200)
    lab.drag("Namespace", 700, 500)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Trace", exact=True).focus()
    page.keyboard.press("Tab")  # the canvas is one stop
    first = page.locator(".react-flow__node:focus")
    expect(first).to_have_attribute("data-id", "ns1")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".react-flow__node:focus")).to_have_attribute("data-id", "ns2")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".react-flow__node:focus")).to_have_attribute("data-id", "ns3")
    before = box(lab.node("ns3"))
    page.keyboard.press("Alt+ArrowDown")
    lab.expect_at("ns3", before["x"], before["y"] + 8)
    page.keyboard.press("l")
    page.keyboard.type("ns1")  # the nearest is ns2
    expect(page.get_by_text("Link from ns3 to ns1 “ns1”")).to_be_visible()
    page.keyboard.press("Enter")
    expect(lab.link("ns3:veth-ns3", "ns1:veth-ns1")).to_be_attached()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Ctrl K")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a node or an action").fill("ns2")
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__node:focus")).to_have_attribute("data-id", "ns2")
    expect(lab.node("ns2")).to_have_class("node shape-card idle selected")


def test_the_whole_drawing_stays_in_view_when_the_window_shrinks_and_in_a_lecture_room(new_lab: LabPage) -> None:
    lab = new_lab
    page = lab.page
    lab.drag("Namespace", 100, 100)
    lab.drag("Namespace", 850, 700)
    page.set_viewport_size({"width": 800, "height": 600})
    canvas = page.get_by_role("main", name="Canvas")
    within = """() => { const c = document.querySelector('main.canvas').getBoundingClientRect();
        return [...document.querySelectorAll('[data-node]')].every(n => { const r = n.getBoundingClientRect();
            return r.left >= c.left && r.right <= c.right && r.top >= c.top && r.bottom <= c.bottom }) }"""
    page.wait_for_function(within)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(within)
    small = box(page.get_by_role("button", name="Select", exact=True))["height"]
    page.keyboard.press("Shift+P")
    expect(lab.button("Size for a lecture room (Shift P)")).to_have_attribute("aria-pressed", "true")
    assert box(page.get_by_role("button", name="Select", exact=True))["height"] > small * 1.15
    page.reload()
    lab.opened()
    expect(lab.button("Size for a lecture room (Shift P)")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+P")
    expect(canvas).to_be_visible()


def test_the_answer_to_a_ping_is_whole_at_the_edge_of_the_canvas(new_lab: LabPage) -> None:
    lab = new_lab
    page = lab.page
    lab.drag("Namespace", 100, 80)
    lab.drag("Namespace", 700, 80)
    lab.draw_link("ns1", "ns2")
    lab.run()
    page.keyboard.press("Escape")
    lab.button("Ping").click()
    lab.node("ns1").click()
    lab.node("ns2").click()
    bubble = page.locator(".bubble.up")
    expect(bubble).to_be_visible()
    canvas = box(page.get_by_role("main", name="Canvas"))
    answer = box(bubble)
    assert answer["x"] >= canvas["x"]
    assert answer["y"] >= canvas["y"]
    lab.stop()


def test_names_stand_at_their_nodes_where_addresses_are_hidden(server: Server, page: Page) -> None:
    """From far away: else the values of the link would stand on them."""
    ends = {"name": "veth-ns1", "addresses": ["192.168.1.1/24", "fd00::1/64"]}
    below: dict[str, Any] = {"name": "ns1", "kind": "namespace", "interfaces": [ends], "x": 0, "y": 240}
    above = {"name": "br0", "kind": "bridge", "x": 0, "y": 0}
    lab = open_lab(
        server, page, "ann", {"topoweb": 1, "name": "Far", "nodes": [above, below], "links": [{"ends": ["ns1:veth-ns1", "br0:port"]}]}
    )
    name, address = (page.get_by_text(text, exact=True) for text in ("veth-ns1", "192.168.1.1/24"))
    expect(address).to_be_visible()
    for _ in range(4):
        lab.button("Zoom out").click()
    expect(address).to_be_hidden()
    assert 0 <= box(lab.node("ns1"))["y"] - box(name)["y"] - box(name)["height"] < box(name)["height"]
