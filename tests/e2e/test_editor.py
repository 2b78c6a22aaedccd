"""Drawing: errors at their field, undo and redo of everything, what is saved."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.lab_page import LabPage


def test_an_error_is_shown_at_its_field_while_one_types(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    lab.node("ns2").click()
    inspector = lab.tab("Inspector")
    addresses = inspector.get_by_label("Addresses")
    addresses.fill("192.168.1.300/24")
    expect(inspector.get_by_text("'192.168.1.300/24' is not an IPv4 or IPv6 interface address")).to_be_visible()
    addresses.fill("192.168.1.1/24")
    expect(inspector.get_by_text("192.168.1.1 is on ns1:veth-ns1 and on ns2:veth-ns2")).to_be_visible()
    expect(lab.button("Run")).to_be_disabled()
    addresses.fill("192.168.1.2/24")
    expect(lab.button("Run")).to_be_enabled()


def test_everything_can_be_undone_and_done_again(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    box = lab.node("ns1").bounding_box()
    lab.move("ns1", 0, 120)
    lab.button("Undo").click()  # the move
    assert box
    lab.expect_at("ns1", box["x"], box["y"])
    lab.button("Undo").click()  # the link
    expect(lab.page.locator("[data-link]")).to_have_count(0)
    lab.button("Undo").click()
    lab.button("Undo").click()
    expect(lab.page.locator("[data-node]")).to_have_count(0)
    expect(lab.button("Undo")).to_be_disabled()
    for _ in range(4):
        lab.button("Redo").click()
    expect(lab.page.locator("[data-link]")).to_have_count(1)
    expect(lab.button("Redo")).to_be_disabled()


def test_a_selection_is_copied_pasted_and_deleted(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    keyboard = lab.page.keyboard
    lab.node("ns1").click()
    keyboard.press("Control+c")
    keyboard.press("Control+v")
    expect(lab.node("ns3")).to_be_visible()
    keyboard.press("Control+z")
    lab.node("ns1").click()
    expect(lab.page.get_by_text("Selected: ns1", exact=True)).to_be_visible()  # and nothing that is no more
    keyboard.press("Control+v")
    expect(lab.node("ns3")).to_be_visible()
    keyboard.press("Delete")
    expect(lab.node("ns3")).to_have_count(0)
    lab.node("ns1").click()
    keyboard.press("Delete")
    expect(lab.node("ns1")).to_have_count(0)
    expect(lab.page.locator("[data-link]")).to_have_count(0)  # a link goes with its node


def test_what_is_drawn_is_there_after_a_reload(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    lab.expect_saved()
    lab.page.reload()
    lab.opened()
    expect(lab.link("ns1:veth-ns1", "ns2:veth-ns2")).to_be_attached()


def test_html_in_names_and_notes_is_text(new_lab: LabPage) -> None:
    lab = new_lab
    lab.page.evaluate("window.hacked = false")
    lab.drag("Namespace", 300, 300)
    lab.node("ns1").click()
    label = lab.tab("Inspector").get_by_label("Label")
    label.fill("<img src=x onerror='window.hacked = true'>")
    expect(lab.node("ns1")).to_contain_text("<img src=x")
    assert lab.page.evaluate("window.hacked") is False


def test_a_save_in_another_window_leaves_a_clear_choice(new_lab: LabPage, signed_in: Page) -> None:
    """Where one saved there oneself, nobody else is spoken of."""
    lab = new_lab
    lab.drag("Namespace", 300, 300)
    lab.expect_saved()
    other = LabPage(signed_in.context.new_page())
    other.page.goto(lab.page.url)
    other.opened()
    held: list[Route] = []
    lab.page.route("**/api/labs/*", lambda route: held.append(route) if route.request.method == "PUT" else route.continue_())
    with lab.page.expect_request(lambda request: request.method == "PUT"):  # on its way
        lab.drag("Bridge", 600, 500)
    other.drag("Router", 300, 500)
    other.expect_saved()
    held.pop().continue_()
    lab.page.unroute_all()
    dialog = lab.page.get_by_role("alertdialog", name="You saved this lab in another window meanwhile")
    expect(dialog).to_be_visible()
    expect(lab.page.get_by_text(re.compile("somebody|theirs?", re.IGNORECASE))).to_have_count(0)
    dialog.get_by_role("button", name="Take the saved one", exact=True).click()
    expect(lab.page.locator("[data-node]")).to_have_count(2)
    expect(lab.button("Undo")).to_be_enabled()


def test_one_draws_with_the_keyboard(new_lab: LabPage) -> None:
    lab = new_lab
    keyboard = lab.page.keyboard
    keyboard.press("n")
    expect(lab.node("ns1")).to_be_visible()
    keyboard.press("n")
    expect(lab.node("ns2")).to_be_visible()  # beside the first, and selected
    before = lab.node("ns2").bounding_box()
    assert before
    for _ in range(3):
        keyboard.press("ArrowDown")
    lab.expect_at("ns2", before["x"], before["y"] + 24)
    keyboard.press("Enter")
    keyboard.press("Control+a")
    keyboard.type("web")
    keyboard.press("Enter")
    expect(lab.node("web")).to_be_visible()
    keyboard.press("Delete")
    expect(lab.node("web")).to_have_count(0)
    keyboard.press("Control+z")
    expect(lab.node("web")).to_be_visible()


def test_yaml_that_is_none_is_refused_with_its_line(new_lab: LabPage) -> None:
    lab = new_lab
    lab.drag("Namespace", 300, 300)
    panel = lab.tab("YAML")
    broken = b"topoweb: 1\nname: Broken\nnodes:\n  - {name: ns1, kind: namespace\n"
    panel.get_by_label("Upload").set_input_files({"name": "broken.yaml", "mimeType": "application/yaml", "buffer": broken})
    expect(panel.get_by_role("alert")).to_contain_text("line 5")
    unknown = b"topoweb: 1\nname: Unknown\nnodes:\n  - {name: ns1, kind: switch}\n"
    panel.get_by_label("Upload").set_input_files({"name": "unknown.yaml", "mimeType": "application/yaml", "buffer": unknown})
    expect(panel.get_by_role("alert")).to_contain_text("nodes[0].kind")
    expect(panel.locator(".cm-lintRange-error")).to_have_text("switch")
    expect(lab.node("ns1")).to_be_visible()  # nothing is taken of it
    panel.get_by_role("button", name="Discard").click()
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_a_lab_is_duplicated_and_deleted(new_lab: LabPage) -> None:
    lab = new_lab
    page = lab.page
    lab.rename("Twice")
    lab.drag("Namespace", 300, 300)
    lab.expect_saved()
    page.goto(page.url.rsplit("/labs/", 1)[0])
    rows = page.get_by_role("row").filter(has_text="Twice")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(rows).to_have_count(2)
    for left in (1, 0):
        rows.first.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Delete").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        expect(rows).to_have_count(left)


def draw_two(lab: LabPage) -> None:
    """ns1 and ns2, and a link."""
    lab.drag("Namespace", 240, 300)
    lab.drag("Namespace", 700, 300)
    lab.draw_link("ns1", "ns2")
    expect(lab.link("ns1:veth-ns1", "ns2:veth-ns2")).to_be_attached()
