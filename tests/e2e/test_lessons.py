"""The gallery: a card, a lab of one's own, running, and its steps forward and back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.lab_page import LabPage


def test_a_lesson_becomes_a_running_lab(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Lessons").click()
    expect(signed_in.get_by_role("button", name=re.compile("Start the lesson"))).to_have_count(5)
    signed_in.get_by_role("button", name=re.compile("A router between two subnets")).click()
    lab = LabPage(signed_in).opened()
    words = signed_in.get_by_role("complementary", name="Lesson")
    expect(words).to_contain_text("1 of 4")

    lab.run()
    checks = lab.tab("Checks")
    expect(checks.get_by_role("heading")).to_have_text(re.compile(r"^(\d) of \1 checks pass$"), timeout=15_000)
    expect(checks.get_by_text("Network is unreachable").first).to_be_visible()

    words.get_by_role("button", name="Next").click()
    expect(words).to_contain_text("2 of 4")
    lab.button("Apply").click()
    lab.expect_running()
    words.get_by_role("button", name="Next").click()
    expect(words).to_contain_text("3 of 4")
    lab.button("Apply").click()
    lab.expect_running()
    expect(checks.get_by_role("heading")).to_have_text(re.compile(r"^(\d) of \1 checks pass$"), timeout=15_000)
    expect(checks.get_by_text("reply, as expected").first).to_be_visible()

    words.get_by_role("button", name="Back").click()
    expect(words).to_contain_text("2 of 4")
    lab.stop()


def test_lessons_and_page_speak_chinese(signed_in: Page) -> None:
    signed_in.get_by_role("button", name="中文").click()
    expect(signed_in.get_by_role("heading", name="实验", exact=True)).to_be_visible()
    signed_in.get_by_role("link", name="课程").click()
    expect(signed_in.get_by_role("heading", name="课程")).to_be_visible()
    expect(signed_in.locator("html")).to_have_attribute("lang", re.compile("^zh"))
