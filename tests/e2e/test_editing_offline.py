"""A page whose connection is cut keeps what is drawn, and saves it once it can; where somebody else saved meanwhile, one chooses."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.lab_page import LabPage
from tests.e2e.test_live import DOCUMENT, open_lab
from tests.e2e.test_sharing import share
from tests.serving import Server


def expect_said(lab: LabPage, words: str) -> None:
    expect(lab.page.get_by_role("log", name="Saved")).to_have_text(words)


def test_who_was_offline_chooses_between_theirs_and_his(server: Server, page: Page, other_context: BrowserContext) -> None:
    teacher = open_lab(server, page, "teacher", DOCUMENT)
    student = LabPage(other_context.new_page())
    student.page.goto(server.new_sign_in("student"))
    share(teacher, "student", "editor")
    student.page.goto(teacher.page.url)
    student.opened()

    other_context.set_offline(True)
    student.rename("The student's")
    expect_said(student, "Offline: not saved")
    teacher.rename("The teacher's")
    teacher.expect_saved()
    other_context.set_offline(False)
    dialog = student.page.get_by_role("alertdialog", name="teacher saved this lab meanwhile")
    expect(dialog).to_be_visible(timeout=20_000)
    expect(teacher.page.get_by_role("heading", name="The teacher's").first).to_be_visible()  # nothing is written over unasked
    dialog.get_by_role("button", name="Take the saved one").click()
    expect(student.page.get_by_role("heading", name="The teacher's").first).to_be_visible()
    student.button("Undo").click()
    expect(student.page.get_by_role("heading", name="The student's").first).to_be_visible()
    student.expect_saved()
    expect(teacher.page.get_by_role("heading", name="The student's").first).to_be_visible()


def test_an_answer_that_was_lost_is_no_conflict(server: Server, page: Page) -> None:
    lab = open_lab(server, page, "ann", DOCUMENT)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method != "PUT" or lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/labs/*", lose)
    lab.rename("First")
    expect_said(lab, "Offline: not saved")
    lab.rename("Second")
    lab.expect_saved()
    assert lost == [200]
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Second").first).to_be_visible()
