"""Drawings as the database gives them."""

from __future__ import annotations

import pytest

from labs.models import Lab, Revision

pytestmark = pytest.mark.django_db


def test_a_drawing_that_is_read_again_is_decoded_once(lab: Lab) -> None:
    first, again = (Revision.objects.get(lab=lab).document for _ in range(2))
    assert first is again
    assert first["name"] == lab.name


def test_a_part_of_a_drawing(lab: Lab) -> None:
    (part,) = Revision.objects.filter(lab=lab).values_list("document__name", "document__nodes__0__kind", "document__description")
    assert part == (lab.name, "namespace", None)
