"""Labs: list, make, read, save, delete, duplicate."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Router, Status
from pydantic_core import to_json

from labs.document.dump import dump
from labs.formats.document_text import dump_yaml
from labs.formats.names import stem
from labs.models import Lab
from labs.web import documents, permissions, titles
from labs.web.actions import labs as actions
from labs.web.actions.labs import head_of
from labs.web.api import schemas
from labs.web.api.users import lab_of, user_of
from labs.web.errors import VersionConflict, VersionMissing
from labs.web.live.state import run_status
from labs.web.pictures import picture

router = Router(tags=["labs"])
EMPTY = {"topoweb": 1}


def lab_answer(user: User, lab: Lab, *, status: int = 200) -> HttpResponse:
    """A lab, `schemas.Lab`, as the API gives it to a user; its version is the ETag. A document may be long, and was validated before it was
    stored: it is written as it stands."""
    head = head_of(lab)
    told = {
        "id": lab.pk,
        "name": lab.name,
        "version": head.number,
        "document": head.document,
        "applied": lab.run.standing.document if lab.run.standing else None,
        "problems": documents.problems_of(head.document),
        "saved_by": head.by.get_username() if head.by else None,
        "owner": lab.owner.get_username(),
        "role": permissions.role_in(user, lab),
        "state": lab.run.state,
        "run": run_status(lab.run),
        "lesson": lab.lesson,
        "step": lab.step,
        "created": lab.created,
        "updated": lab.updated,
    }
    headers = {"ETag": f'"{head.number}"'}
    return HttpResponse(to_json(told), status=status, content_type="application/json; charset=utf-8", headers=headers)


def _document(data: dict[str, Any], name: str | None) -> dict[str, Any]:
    """The document to store: parsed, with a place for everything, and under the lab's name, if that is given."""
    return dump(documents.drawn_document(data if name is None else data | {"name": name}))


def _made(user: User, body: schemas.NewLab) -> dict[str, Any]:
    """The document of a new lab: what was sent, or an empty one, under a name of its own."""
    if body.document is None:
        return _document(EMPTY, body.name or titles.untitled(user))
    return _document(body.document, body.name)


@router.get("", response=list[schemas.LabSummary])
def list_labs(request: HttpRequest) -> list[dict[str, Any]]:
    """The user's own, and those that are shared with him."""
    user = user_of(request)
    labs = permissions.labs_of(user).select_related("owner", "head", "run")
    roles = permissions.roles_in(labs)
    return [
        {
            "id": lab.pk,
            "name": lab.name,
            "version": lab.head.number,
            "owner": lab.owner.get_username(),
            "role": permissions.role_of(user, roles[lab.pk].get(user.pk)),
            "state": lab.run.state,
            "created": lab.created,
            "updated": lab.updated,
            "lesson": lab.lesson,
            "step": lab.step,
            "nodes": len(lab.head.document.get("nodes", ())),
            "picture": picture(lab.head.document),
        }
        for lab in labs
        if lab.head is not None
    ]


@router.post("", response={201: schemas.Lab, 403: schemas.Error, 422: schemas.Error})
def create_lab(request: HttpRequest, body: schemas.NewLab) -> HttpResponse:
    user = user_of(request)
    lab = actions.create_lab(user, _made(user_of(request), body))
    return lab_answer(user, lab, status=201)


@router.get("/{uuid:lab_id}", response={200: schemas.Lab, 404: schemas.Error})
def get_lab(request: HttpRequest, lab_id: UUID) -> HttpResponse:
    user = user_of(request)
    return lab_answer(user, lab_of(request))


@router.put(
    "/{uuid:lab_id}",
    response={200: schemas.Lab, 404: schemas.Error, 412: schemas.Error, 422: schemas.Error, 428: schemas.Error},
    openapi_extra={"parameters": [{"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}]},
)
def save_lab(request: HttpRequest, lab_id: UUID, body: schemas.SavedLab) -> HttpResponse:
    """Save the document. `If-Match` has the ETag of the version that was changed.

    What is there already, to the letter, is no conflict: it is sent again by who got no answer.
    """
    user = user_of(request)
    lab, document = lab_of(request), _document(body.document, body.name)
    try:
        version = matched_version(request, lab)
    except VersionConflict:
        if document != head_of(lab).document:
            raise
        return lab_answer(user, lab)
    return lab_answer(user, actions.save_document(user, lab_id, document, version))


@router.delete("/{uuid:lab_id}", response={204: None, 404: schemas.Error})
def delete_lab(request: HttpRequest, lab_id: UUID) -> Status[None]:
    actions.delete_lab(user_of(request), lab_id)
    return Status(204, None)


@router.post("/{uuid:lab_id}/duplicate", response={201: schemas.Lab, 403: schemas.Error, 404: schemas.Error})
def duplicate_lab(request: HttpRequest, lab_id: UUID) -> HttpResponse:
    user = user_of(request)
    return lab_answer(user, actions.duplicate_lab(user, lab_of(request)), status=201)


@router.get(
    "/{uuid:lab_id}/document.yaml",
    response={200: str, 404: schemas.Error},
    openapi_extra={"responses": {200: {"description": "YAML", "content": {"application/yaml": {"schema": {"type": "string"}}}}}},
)
def download(request: HttpRequest, lab_id: UUID) -> HttpResponse:
    """The head as YAML, to keep or to give away."""
    lab = lab_of(request)
    text = dump_yaml(documents.stored_document(head_of(lab).document))
    return as_file(f"{stem(lab.name)}.yaml", text, "application/yaml")


def as_file(name: str, text: str, content_type: str) -> HttpResponse:
    """A text that is saved under a name, in any language."""
    response = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def matched_version(request: HttpRequest, lab: Lab) -> int:
    """The version that `If-Match` names. Raises VersionMissing without it, VersionConflict where it names none of the lab's."""
    header = request.headers.get("If-Match", "").strip()
    head = head_of(lab)
    if not header:
        raise VersionMissing
    if header == "*":
        return head.number
    if not any(re.fullmatch(rf'{head.number}|"{head.number}"', tag.strip()) for tag in header.split(",")):
        raise VersionConflict(head.number, head.by.get_username() if head.by else "")
    return head.number
