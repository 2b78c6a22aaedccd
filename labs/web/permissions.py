"""Who may do what: asked by the REST API and by the WebSockets, and decided nowhere else.

A lab belongs to its owner, and nobody else reaches it: for a stranger it is not there (404, never 403, which would tell that it is).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404

from labs.models import Lab, Worker

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
    from django.db.models import QuerySet


def labs_of(user: User) -> QuerySet[Lab]:
    """The labs that a user may see, change, run and delete."""
    return Lab.objects.filter(owner=user)


def reach_lab(user: User, lab: UUID | str) -> Lab:
    """The lab, with head and run. Raises Http404 where there is none or it is another's."""
    return _get(labs_of(user), lab)


def lock_lab(user: User, lab: UUID | str) -> Lab:
    """As `reach_lab`, for whoever is about to change it: nobody else can until the transaction is through."""
    return _get(labs_of(user).select_for_update(of=("self",)), lab)


def _get(labs: QuerySet[Lab], lab: UUID | str) -> Lab:
    try:
        return labs.select_related("head", "run__worker", "run__revision").get(pk=UUID(str(lab)))
    except (Lab.DoesNotExist, ValueError):
        raise Http404("There is no such lab.") from None


def may_watch(user: User, lab: str) -> bool:
    """Whether the live status of a lab may be sent to a user."""
    try:
        return labs_of(user).filter(pk=UUID(lab)).exists()
    except ValueError:
        return False


def may_connect(user: AbstractBaseUser | AnonymousUser | None) -> bool:
    """Whether somebody may open a page's WebSocket."""
    return user is not None and user.is_authenticated and user.is_active


def worker_by_token(token: str) -> Worker | None:
    """The worker that a bearer token belongs to."""
    return Worker.objects.filter(token_hash=Worker.hash_token(token)).first() if token else None
