"""The gallery's lessons: five experiments in steps, each step a lab document that can be run.

A lesson is a directory with `lesson.yaml`, its words in English and Simplified Chinese, and a document for each step. Texts are paragraphs,
separated by empty lines, with `code` in backticks and lists whose entries begin with a number and a full stop.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import BaseModel, ConfigDict, field_validator

from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.formats.document_text import load


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Words):
    """A text in both languages, neither of them empty."""

    en: str
    zh: str

    @field_validator("en", "zh")
    @classmethod
    def _said(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("a text is missing")
        return text.strip()


class _StepWords(_Words):
    document: str
    """The file, beside `lesson.yaml`."""
    title: Bilingual
    text: Bilingual


class _LessonWords(_Words):
    title: Bilingual
    summary: Bilingual
    minutes: int
    picture: str
    """The step's file whose network stands for the lesson."""
    steps: tuple[_StepWords, ...]


class Step(_Words):
    """A step of a lesson: what to look at, and the network to look at it in."""

    file: str
    """`1-two-namespaces.yaml`."""
    title: Bilingual
    text: Bilingual
    document: LabDocument


class Lesson(_Words):
    slug: str
    """Its directory: `1-veth-pair`."""
    title: Bilingual
    summary: Bilingual
    minutes: int
    picture: LabDocument
    """The network that stands for it on its card."""
    steps: tuple[Step, ...]


@cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons, in their order. They are read once."""
    directories = [each for each in files("labs.gallery").iterdir() if each.joinpath("lesson.yaml").is_file()]
    return tuple(_read(directory) for directory in sorted(directories, key=lambda each: each.name))


def find_lesson(slug: str) -> Lesson | None:
    """The lesson of that name."""
    return next((lesson for lesson in lessons() if lesson.slug == slug), None)


def _read(directory: Traversable) -> Lesson:
    words = _LessonWords.model_validate(load(directory.joinpath("lesson.yaml").read_bytes()))
    steps = tuple(
        Step(file=step.document, title=step.title, text=step.text, document=parse(load(directory.joinpath(step.document).read_bytes())))
        for step in words.steps
    )
    documents = {step.file: step.document for step in steps}
    return Lesson(
        slug=directory.name,
        title=words.title,
        summary=words.summary,
        minutes=words.minutes,
        picture=documents[words.picture],
        steps=steps,
    )
