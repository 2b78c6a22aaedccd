"""The panels beside the canvas: what may not go into the drawing stays out of it and says why, and grey buttons lead to the reason."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.lab_page import LabPage


def test_a_name_is_taken_when_it_is_whole_and_refused_when_another_has_it(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    lab.node("ns1").click()
    name = lab.tab("Inspector").get_by_label("Name").first
    name.fill("web")
    expect(lab.node("ns1")).to_be_visible()
    name.press("Enter")
    expect(lab.node("web")).to_be_visible()
    name.fill("ns2")
    expect(lab.page.get_by_text("There is already a node of this name here.")).to_be_visible()
    lab.node("ns2").click()  # which leaves the field
    expect(lab.node("web")).to_be_visible()
    expect(lab.page.locator("[data-node]")).to_have_count(2)
    lab.node("web").click()
    expect(name).to_have_value("web")


def test_what_two_places_share_stands_at_both_and_grey_run_leads_there(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    lab.node("ns1").click()
    inspector = lab.tab("Inspector")
    addresses = inspector.get_by_label("Addresses")
    free = addresses.input_value()
    lab.node("ns2").click()
    addresses.fill(free)
    words = inspector.get_by_text("is on ns1:veth-ns1 and on ns2:veth-ns2")
    expect(words).to_be_visible()
    lab.node("ns1").click()
    expect(words).to_be_visible()
    lab.page.keyboard.press("Escape")  # with nothing selected, and another tab open, the reason is still one press away
    lab.tab("Script")
    expect(lab.button("Run")).to_be_disabled()
    expect(lab.button("Run")).to_have_accessible_description(re.compile("First mend 1 problem of the drawing"))
    lab.button("First mend 1 problem of the drawing").press("Enter")
    expect(addresses).to_be_focused()
    addresses.fill("192.168.1.77/24")
    expect(lab.button("Run")).to_be_enabled()
    expect(lab.page.get_by_role("button", name="First mend")).to_have_count(0)


def test_checks_and_routes_are_drafts_until_they_are_whole(new_lab: LabPage) -> None:
    lab = new_lab
    draw_two(lab)
    lab.node("ns1").click()
    inspector = lab.tab("Inspector")
    inspector.get_by_role("button", name="Add a route").click()
    via = inspector.get_by_label("Via")
    expect(inspector.locator("[aria-invalid=true]")).to_have_count(0)
    via.fill("192.168.1.2")
    expect(lab.node("ns1")).to_contain_text("via 192.168.1.2")

    checks = lab.tab("Checks")
    checks.get_by_role("button", name="Add a check").click()
    checks.get_by_role("button", name="trace", exact=True).click()
    target = checks.get_by_label("Address")
    target.fill("ns3")
    checks.get_by_role("button", name="Add", exact=True).click()
    expect(checks.get_by_text("'ns3' is not an IPv4 or IPv6 address")).to_be_visible()
    expect(target).to_have_attribute("aria-invalid", "true")
    checks.get_by_label("To", exact=True).select_option("192.168.1.2")
    expect(target).to_have_value("192.168.1.2")
    checks.get_by_role("button", name="Add", exact=True).click()
    expect(checks.get_by_role("listitem")).to_contain_text("trace ns1 to 192.168.1.2")
    lab.expect_saved()


def test_a_script_is_saved_under_the_name_that_it_has_in_its_head(new_lab: LabPage) -> None:
    lab = new_lab
    lab.rename("实验 1")
    lab.drag("Namespace", 300, 300)
    script = lab.tab("Script")
    expect(script.get_by_text("sudo bash 实验-1-setup.sh")).to_be_visible()
    with lab.page.expect_download() as download:
        script.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "实验-1-setup.sh"


def draw_two(lab: LabPage) -> None:
    """Two namespaces and a link, addressed by the page."""
    lab.drag("Namespace", 250, 250)
    lab.drag("Namespace", 600, 250)
    lab.draw_link("ns1", "ns2")
    expect(lab.link("ns1:veth-ns1", "ns2:veth-ns2")).to_be_attached()
