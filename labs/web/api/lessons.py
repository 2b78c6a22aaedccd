"""The gallery: lessons, labs made from them, and their steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from labs.document.dump import dump
from labs.gallery.lessons import Lesson, find_lesson, lessons
from labs.web import titles
from labs.web.actions import labs as actions
from labs.web.actions.labs import head_of
from labs.web.api import schemas
from labs.web.api.labs import lab_answer, matched_version
from labs.web.api.users import lab_of, user_of
from labs.web.errors import Invalid
from labs.web.pictures import picture

router = Router(tags=["lessons"])
steps_router = Router(tags=["lessons"])


@router.get("", response=list[schemas.Lesson])
def list_lessons(request: HttpRequest) -> list[dict[str, Any]]:
    return [_lesson_json(lesson) for lesson in lessons()]


@router.post("/{slug:slug}/labs", response={201: schemas.Lab, 403: schemas.Error, 404: schemas.Error})
def start_lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a lab of one's own at the lesson's first step."""
    user = user_of(request)
    lab = actions.create_lab(user, _first_step(user_of(request), _find(slug)), lesson=slug)
    return lab_answer(user, lab, status=201)


@steps_router.post("/{uuid:lab_id}/step", response={200: schemas.Lab, 404: schemas.Error, 412: schemas.Error, 422: schemas.Error})
def go_to_step(request: HttpRequest, lab_id: UUID, body: schemas.LessonStep) -> HttpResponse:
    """Set a lab to a step of its lesson: that step's drawing becomes the lab's. With `If-Match`, only where nobody saved meanwhile."""
    user = user_of(request)
    lab = lab_of(request)
    document = _step_document(_find(lab.lesson), body.step) | {"name": lab.name}
    version = matched_version(request, lab) if "If-Match" in request.headers else head_of(lab).number
    return lab_answer(user, actions.save_document(user, lab_id, document, version, step=body.step))


def _find(slug: str) -> Lesson:
    lesson = find_lesson(slug)
    if lesson is None:
        raise Http404("There is no such lesson.")
    return lesson


def _first_step(user: User, lesson: Lesson) -> dict[str, Any]:
    """Under the lesson's title."""
    return _step_document(lesson, 0) | {"name": titles.of_lesson(user, lesson)}


def _step_document(lesson: Lesson, step: int) -> dict[str, Any]:
    """What it shows is said in the user's language."""
    count = len(lesson.steps)
    if step >= count:
        raise Invalid("no_such_step", f"The lesson has {count} steps.", {"count": count})
    return dump(lesson.steps[step].document) | {"description": titles.in_language(lesson.summary)}


def _lesson_json(lesson: Lesson) -> dict[str, Any]:
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "summary": lesson.summary,
        "minutes": lesson.minutes,
        "picture": picture(dump(lesson.picture)),
        "steps": [{"title": step.title, "text": step.text} for step in lesson.steps],
    }
