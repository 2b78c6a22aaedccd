"""Two who change the same thing at the same moment: who comes second sees what the first did."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import Http404

from labs.document.schema import LabDocument
from labs.models import Lab, Member, Revision, Run
from labs.web import documents
from labs.web.actions import labs, runs, sharing
from labs.web.errors import Forbidden, OverLimit, VersionConflict
from labs.web.live.state import known_labs
from tests.web.conftest import ApiClient
from tests.web.documents import pair

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
MEANWHILE = 0.3
"""Seconds in which the second gets as far as he can."""


def second_of(first: Callable[[], object], second: Callable[[], T]) -> T:
    """What `second` comes to, who begins before what `first` did is through."""

    def on_another_connection() -> T:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            first()
            waiting = other.submit(on_another_connection)
            time.sleep(MEANWHILE)
            assert not waiting.done()
        return waiting.result(10)


def test_who_saves_what_another_deletes_is_told_that_it_is_gone(api: ApiClient, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the gate has let him through, while his document is parsed."""
    parse = documents.drawn_document

    def parse_late(data: object) -> LabDocument:
        labs.delete_any_lab(lab)
        return parse(data)

    monkeypatch.setattr(documents, "drawn_document", parse_late)
    answer = api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("Mine")}, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.fixture
def editor(stranger: User, lab: Lab) -> User:
    Member.objects.create(lab=lab, user=stranger, role=Member.Role.EDITOR)
    return stranger


def test_an_edit_by_the_same_user_is_not_overwritten(owner: User, lab: Lab) -> None:
    """From two of his pages: the revision is amended in place."""
    with pytest.raises(VersionConflict):
        second_of(
            lambda: labs.save_document(owner, lab.pk, pair("First"), 1),
            lambda: labs.save_document(owner, lab.pk, pair("Second"), 1),
        )
    assert Revision.objects.get(lab=lab).document["name"] == "First"


def test_an_edit_by_another_is_not_overwritten(owner: User, editor: User, lab: Lab) -> None:
    """A revision of the editor's own becomes the head."""
    with pytest.raises(VersionConflict) as refused:
        second_of(
            lambda: labs.save_document(editor, lab.pk, pair("First"), 1),
            lambda: labs.save_document(owner, lab.pk, pair("Second"), 1),
        )
    assert refused.value.params == {"version": "2", "by": editor.username}
    assert known_labs([str(lab.pk)], {})[str(lab.pk)].version == 2


def test_what_is_applied_is_what_was_saved(owner: User, lab: Lab) -> None:
    second_of(lambda: labs.save_document(owner, lab.pk, pair("New"), 1), lambda: runs.run_lab(owner, lab.pk))
    run = Run.objects.select_related("revision").get(lab=lab)
    assert run.revision is not None
    assert run.revision.document["name"] == "New"


def test_each_wish_has_a_generation_of_its_own(owner: User, editor: User, lab: Lab) -> None:
    """A worker acts once on each: two with the same number would be one."""
    runs.run_lab(owner, lab.pk)
    second_of(lambda: runs.apply_lab(owner, lab.pk), lambda: runs.stop_lab(editor, lab.pk))
    run = Run.objects.get(lab=lab)
    assert (run.generation, run.wanted) == (3, False)


def test_what_is_deleted_is_not_saved(owner: User, lab: Lab) -> None:
    with pytest.raises(Http404):
        second_of(lambda: labs.delete_lab(owner, lab.pk), lambda: labs.save_document(owner, lab.pk, pair("Second"), 1))


def test_what_is_saved_is_deleted(owner: User, editor: User, lab: Lab) -> None:
    """With the revision that has just come."""
    second_of(lambda: labs.save_document(editor, lab.pk, pair("First"), 1), lambda: labs.delete_lab(owner, lab.pk))
    assert not Lab.objects.exists()
    assert not Revision.objects.exists()


def test_who_was_the_owner_until_now_does_not_delete(owner: User, editor: User, lab: Lab) -> None:
    with pytest.raises(Forbidden):
        second_of(lambda: sharing.transfer_lab(owner, lab.pk, editor.username), lambda: labs.delete_lab(owner, lab.pk))
    assert Lab.objects.get().owner == editor


def test_a_limit_holds(owner: User, editor: User, settings: LazySettings) -> None:
    """By the lab that is made, and by the one that is given."""
    given = labs.create_lab(editor, pair())
    settings.LIMITS = replace(settings.LIMITS, labs_per_user=2)
    with pytest.raises(OverLimit):
        second_of(lambda: labs.create_lab(owner, pair()), lambda: labs.create_lab(owner, pair()))
    owner.labs.latest("created").delete()
    with pytest.raises(OverLimit):
        second_of(lambda: labs.create_lab(owner, pair()), lambda: sharing.transfer_lab(editor, given.pk, owner.username))
    assert owner.labs.count() == 2
