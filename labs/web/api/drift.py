"""What was done by hand in a running lab: taken into the drawing, or undone. The lab's status says what there is of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from labs.web import documents
from labs.web.actions.labs import head_of
from labs.web.api import schemas
from labs.web.api.running import ASKING
from labs.web.api.users import lab_of
from labs.web.errors import Unavailable
from labs.web.live import requests

router = Router(tags=["running"])


@router.post("/{uuid:lab_id}/adopt", response={200: schemas.Adopted, **ASKING})
def adopt(request: HttpRequest, lab_id: UUID, body: schemas.Chosen) -> dict[str, Any]:
    """The head with what was done by hand in it, and what that leans on; and what does not go into it. Nothing is saved."""
    lab = lab_of(request)
    head = head_of(lab).document
    documents.refuse_problems(head)
    reply = requests.ask(lab, "adopt", document=head, entries=body.entries)
    if reply.document is None and not reply.refused:
        raise Unavailable("worker_silent", "The worker gave no answer.")
    return {"document": reply.document, "refused": reply.refused}


@router.post("/{uuid:lab_id}/repair", response={204: None, **ASKING})
def repair(request: HttpRequest, lab_id: UUID, body: schemas.Chosen) -> tuple[int, None]:
    """The network as it was applied last, without what was done by hand and what leans on that. The lab's status shows the progress."""
    requests.ask(lab_of(request), "repair", entries=body.entries)
    return 204, None
