"""Labs and their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone

from labs.models import Lab, Revision, Run
from labs.web import permissions, titles
from labs.web.actions.users import lock_user
from labs.web.errors import OverLimit, VersionConflict
from labs.web.live import hints

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User

JsonObject = dict[str, Any]


@transaction.atomic
def create_lab(user: User, document: JsonObject, *, lesson: str = "", step: int = 0) -> Lab:
    """Make a lab of a user's own. Raises OverLimit where the user has as many as are allowed."""
    lock_user(user)
    limit = settings.LIMITS.labs_per_user
    if user.labs.count() >= limit:
        raise OverLimit("too_many_labs", f"You have {limit} labs, which is the limit. Delete one first.", limit)
    lab = Lab.objects.create(owner=user, name=document["name"], lesson=lesson, step=step)
    lab.head = Revision.objects.create(lab=lab, number=1, document=document, by=user)
    lab.save(update_fields=["head"])
    lab.run = Run.objects.create(lab=lab)
    return lab


@transaction.atomic
def save_document(user: User, lab_id: UUID, document: JsonObject, version: int, *, step: int | None = None) -> Lab:
    """Make `document` the head of a lab whose head is `version`.

    The newest revision is amended where the same user made it and no run has pinned it; else a new one begins. Either way the version
    goes up, so that whoever has the old one is told. Raises VersionConflict where the head is another by now, Http404 as `reach_lab`.
    """
    lab = permissions.lock_lab(user, lab_id)
    head = head_of(lab)
    if head.number != version:
        raise VersionConflict(head.number, head.by.get_username() if head.by else "")
    if document == head.document and step in (None, lab.step):
        return lab
    if head.by_id == user.pk and not head.runs.exists():
        head.number += 1
        head.document = document
        head.at = timezone.now()
        head.save(update_fields=["number", "document", "at"])
    else:
        lab.head = Revision.objects.create(lab=lab, number=head.number + 1, document=document, by=user)
    lab.name = document["name"]
    lab.step = lab.step if step is None else step
    lab.save(update_fields=["head", "name", "step", "updated"])
    hints.send(hints.lab_changed(lab.pk))
    return lab


def duplicate_lab(user: User, lab: Lab) -> Lab:
    """A copy of the head, of the user's own, which tells by its name that it is one. Raises OverLimit."""
    document = head_of(lab).document
    return create_lab(user, document | {"name": titles.copy_of(user, document["name"])}, lesson=lab.lesson, step=lab.step)


def copy_lab(user: User, lab: Lab) -> Lab:
    """A copy of the head under the same name: of what was handed out. Raises OverLimit."""
    return create_lab(user, head_of(lab).document, lesson=lab.lesson, step=lab.step)


@transaction.atomic
def delete_lab(user: User, lab_id: UUID) -> None:
    """Delete a lab with all its revisions. Its worker takes it down, since it is no longer among what should be."""
    _delete(permissions.lock_lab(user, lab_id, permissions.Action.DELETE))


@transaction.atomic
def delete_any_lab(lab: Lab) -> None:
    """As `delete_lab`, for Django's admin, which has permissions of its own."""
    _delete(get_object_or_404(Lab.objects.select_for_update(), pk=lab.pk))


def _delete(lab: Lab) -> None:
    key, worker = lab.pk, lab.run.worker_id
    lab.delete()
    hints.send(hints.lab_changed(key), *([hints.desired_changed(worker)] if worker is not None else []))


def head_of(lab: Lab) -> Revision:
    """The newest revision. Raises LookupError while the lab is being made."""
    if lab.head is None:
        raise LookupError(f"Lab {lab.pk} has no revision.")
    return lab.head
