"""Two people and one lab: who may look sees it live and changes nothing; who may edit does; and a copy by a link."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.lab_page import LabPage
from tests.e2e.test_live import CABLE, DOCUMENT, open_lab
from tests.serving import Server


def share(lab: LabPage, user: str, role: str) -> None:
    """By the dialog; what it then lists."""
    lab.page.get_by_role("button", name="Share", exact=True).click()
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="User name").fill(user)
    dialog.get_by_role("combobox", name="Role").select_option(role)
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_role("combobox", name=f"What {user} may do")).to_have_value(role)
    lab.page.keyboard.press("Escape")


def make(lab: LabPage, user: str, role: str) -> None:
    """Change a member's role by the dialog."""
    lab.page.get_by_role("button", name="Share", exact=True).click()
    lab.page.get_by_role("combobox", name=f"What {user} may do").select_option(role)
    lab.page.keyboard.press("Escape")


def test_a_viewer_sees_the_lab_live_and_an_editor_changes_it(server: Server, page: Page, other_context: BrowserContext) -> None:
    lab = open_lab(server, page, "teacher", DOCUMENT)
    student = LabPage(other_context.new_page())
    student.page.goto(server.new_sign_in("student"))
    share(lab, "student", "viewer")
    student.page.reload()
    expect(student.page.get_by_text("teacher, may view")).to_be_visible()
    student.page.get_by_role("link", name="Pair", exact=True).click()
    student.opened()
    expect(student.page.get_by_text("View only")).to_be_visible()
    expect(lab.page.get_by_role("button", name="2 people look at this lab")).to_be_visible()

    lab.run()
    student.expect_running()
    expect(student.link(*CABLE)).to_have_attribute("data-state", "up")
    for name in ("Namespace", "Link", "Ping", "Undo", "Apply", "Stop"):
        expect(student.button(name)).to_have_count(0)
    place = student.node("ns1").bounding_box()
    student.node("ns1").click()
    student.move("ns1", 80, 80)
    student.page.keyboard.press("Delete")
    student.page.keyboard.press("n")
    assert student.node("ns1").bounding_box() == place
    expect(student.page.locator("[data-node]")).to_have_count(2)
    expect(student.tab("Inspector").get_by_label("Name").first).not_to_be_editable()

    lab.rename("Renamed by the teacher")
    expect(student.page.get_by_role("heading", name="Renamed by the teacher").first).to_be_visible()
    make(lab, "student", "editor")
    expect(student.button("Undo")).to_be_visible()
    student.page.keyboard.press("Escape")
    student.rename("Renamed by the student")
    expect(lab.page.get_by_role("button", name="Rename the lab")).to_have_text("Renamed by the student")
    expect(lab.page.get_by_role("contentinfo")).to_contain_text("Edited by student")
    student.stop()
    make(lab, "student", "viewer")
    expect(student.page.get_by_text("View only")).to_be_visible()

    lab.page.get_by_role("button", name="Share", exact=True).click()
    lab.page.get_by_role("button", name="Share no more with student").click()
    expect(student.page.get_by_role("heading", name="There is no such lab")).to_be_visible()


def test_a_link_that_was_handed_out_gives_a_copy_of_ones_own(server: Server, page: Page, other_context: BrowserContext) -> None:
    lab = open_lab(server, page, "teacher", DOCUMENT)
    lab.page.get_by_role("button", name="Share", exact=True).click()
    lab.page.get_by_role("button", name="Make a link").click()
    link = lab.page.get_by_role("textbox", name="Link to copy it").input_value()
    student = other_context.new_page()
    server.manage("from django.contrib.auth.models import User\nUser.objects.create_user('wei', password='plum blossom 3')")
    student.goto(link)
    student.get_by_label("Username").fill("wei")
    student.get_by_label("Password").fill("plum blossom 3")
    student.get_by_role("button", name="Sign In").click()
    expect(student.get_by_role("heading", name="Pair")).to_be_visible(timeout=15_000)  # to check a password is slow by design
    student.get_by_role("button", name="Make my own copy").click()
    copy = LabPage(student).opened()
    assert copy.id != lab.id
    expect(copy.node("ns2")).to_be_visible()
    expect(copy.button("Run")).to_be_enabled()
    lab.page.get_by_role("button", name="Revoke").click()
    expect(lab.page.get_by_role("button", name="Make a link")).to_be_visible()
    student.goto(link)
    expect(student.get_by_role("heading", name="This link leads to no lab")).to_be_visible()
