"""What labs are called that nobody named: in the person's language, and each otherwise than the person's others."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext

from labs.models import Lab

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from labs.gallery.lessons import Bilingual, Lesson

LONGEST = 180
"""Of what a word or a number is added to: a title takes 200 characters."""


def untitled(user: User) -> str:
    return _free(user, gettext("Untitled"))


def copy_of(user: User, title: str) -> str:
    return _free(user, gettext("%(name)s (copy)") % {"name": title[:LONGEST]})


def of_lesson(user: User, lesson: Lesson) -> str:
    return _free(user, in_language(lesson.title))


def in_language(text: Bilingual) -> str:
    return text.zh if (get_language() or "").startswith("zh") else text.en


def _free(user: User, title: str) -> str:
    """The title or, where a lab of the user's has it, with a number: `Untitled 2`."""
    taken = set(Lab.objects.filter(owner=user, name__startswith=title).values_list("name", flat=True))
    numbered = (f"{title} {number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([title], numbered) if each not in taken)
