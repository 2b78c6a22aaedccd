"""Terminals of a running lab: opened and closed here; what they show and what is typed goes over the page's WebSocket."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from labs.web.api import schemas
from labs.web.api.running import ASKING
from labs.web.api.users import lab_of
from labs.web.errors import Unavailable
from labs.web.live import requests

router = Router(tags=["running"])


@router.post("/{uuid:lab_id}/terminals", response={200: schemas.Terminal, **ASKING})
def open_terminal(request: HttpRequest, lab_id: UUID, body: schemas.NewTerminal) -> schemas.Terminal:
    """A shell as the lab's root in the place of a node. The lab's status says which terminals there are."""
    lab = lab_of(request)
    reply = requests.ask(lab, "open_terminal", source=body.node, rows=body.rows, columns=body.columns)
    if reply.terminal is None:
        raise Unavailable("worker_silent", "The worker gave no answer.")
    return schemas.Terminal(key=reply.terminal)


@router.delete("/{uuid:lab_id}/terminals/{str:key}", response={204: None, **ASKING})
def close_terminal(request: HttpRequest, lab_id: UUID, key: str) -> tuple[int, None]:
    """Hang up: its programs end. One that is not there is no error."""
    lab = lab_of(request)
    requests.ask(lab, "close_terminal", terminal=key)
    return 204, None
