"""A lab that runs, or shall."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from labs.web.actions import runs
from labs.web.api import schemas
from labs.web.api.labs import lab_json
from labs.web.api.users import user_of

router = Router(tags=["running"])
ERRORS = {404: schemas.Error, 409: schemas.Error}


@router.post("/{uuid:lab_id}/run", response={200: schemas.Lab, **ERRORS})
def run(request: HttpRequest, lab_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """Pin the head, and run it."""
    return lab_json(runs.run_lab(user_of(request), lab_id), response)


@router.post("/{uuid:lab_id}/apply", response={200: schemas.Lab, **ERRORS})
def apply(request: HttpRequest, lab_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """Pin the head, and change the running lab to it."""
    return lab_json(runs.apply_lab(user_of(request), lab_id), response)


@router.post("/{uuid:lab_id}/stop", response={200: schemas.Lab, 404: schemas.Error})
def stop(request: HttpRequest, lab_id: UUID, response: HttpResponse) -> dict[str, Any]:
    return lab_json(runs.stop_lab(user_of(request), lab_id), response)
