"""The gallery: five lessons in both languages, whose networks are what the lesson says."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from labs.document.layout import arrange
from labs.document.naming import complete
from labs.document.problems import find_problems
from labs.document.schema import PingCheck, TraceCheck
from labs.gallery.lessons import Bilingual, Lesson, Step, find_lesson, lessons

STEPS = [(lesson, step) for lesson in lessons() for step in lesson.steps]
IDS = [f"{lesson.slug}/{step.file}" for lesson, step in STEPS]
each_step = pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)


def test_five_lessons_in_order() -> None:
    assert [lesson.slug for lesson in lessons()] == ["1-veth-pair", "2-bridge", "3-router", "4-gateway", "5-two-hosts"]
    assert [step.file[:2] for step in lessons()[2].steps] == ["1-", "2-", "3-", "4-"]
    assert find_lesson("3-router") is lessons()[2]
    assert find_lesson("6-nothing") is None


@each_step
def test_a_step_can_be_run_as_it_is(lesson: Lesson, step: Step) -> None:
    assert find_problems(step.document) == []
    assert complete(step.document) == step.document
    assert arrange(step.document) == step.document
    assert step.document.checks
    assert step.document.name == lesson.title.en


@each_step
def test_both_languages_are_there(lesson: Lesson, step: Step) -> None:
    for words in (lesson.title, lesson.summary, step.title, step.text):
        assert any("\u4e00" <= character <= "\u9fff" for character in words.zh)
        assert not any("\u4e00" <= character <= "\u9fff" for character in words.en)
    assert step.text.en.count("\n\n") == step.text.zh.count("\n\n")


def test_an_empty_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="a text is missing"):
        Bilingual(en="A text", zh=" ")


def expectations(slug: str, number: int) -> dict[str, object]:
    """What the checks of a step expect, by what they do."""
    lesson = find_lesson(slug)
    assert lesson
    expected: dict[str, object] = {}
    for check in lesson.steps[number - 1].document.checks:
        match check:
            case PingCheck():
                expected[f"{check.from_} {check.ping}"] = check.expect
            case TraceCheck():
                expected[f"{check.from_} {check.trace} trace"] = [str(hop) for hop in check.expect]
    return expected


def test_the_results_are_the_articles() -> None:
    assert expectations("1-veth-pair", 3)["ns1 192.168.1.2"] == "reply"
    assert expectations("2-bridge", 2) == {"ns1 192.168.1.2": "reply", "ns1 192.168.1.3": "reply", "ns2 192.168.1.3": "reply"}
    assert expectations("3-router", 1)["ns1 192.168.2.2"] == "unreachable"
    assert expectations("3-router", 3)["ns2 192.168.1.2"] == "reply"
    assert expectations("4-gateway", 1)["host1/ns1 10.0.2.15"] == "unreachable"
    assert expectations("4-gateway", 2) == {"host1/ns1 10.0.2.15": "reply", "host1/ns2 10.0.2.15": "reply"}
    assert expectations("5-two-hosts", 2)["host1/ns1 192.168.2.2 trace"] == ["192.168.1.1", "10.0.2.16", "192.168.2.2"]


@pytest.mark.slow
@each_step
def test_run(lesson: Lesson, step: Step) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "topoweb.cli", "run", f"labs/gallery/{lesson.slug}/{step.file}", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert result["applied"]
    assert [check["ok"] for check in result["checks"]] == [True] * len(step.document.checks)
