"""Whom a lab is shared with, and copies by a link that was handed out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Status

from labs.models import Lab, Member
from labs.web import permissions
from labs.web.actions import labs as actions
from labs.web.actions import sharing
from labs.web.actions.labs import head_of
from labs.web.api import schemas
from labs.web.api.labs import lab_answer
from labs.web.api.users import lab_of, user_of
from labs.web.permissions import Action
from labs.web.pictures import picture

router = Router(tags=["sharing"])
copies_router = Router(tags=["sharing"])
ERRORS = {403: schemas.Error, 404: schemas.Error}
CHANGING = ERRORS | {409: schemas.Error, 422: schemas.Error}


def sharing_json(request: HttpRequest, lab: Lab) -> dict[str, Any]:
    people = [(lab.owner, "owner"), *((member.user, member.role) for member in lab.members.select_related("user"))]
    may_share = permissions.allows(permissions.role_in(user_of(request), lab), Action.SHARE)
    return {
        "members": [{"user": user.get_username(), "name": user.get_full_name(), "role": role} for user, role in people],
        "link": lab.copy_token if may_share else None,
        "limit": settings.LIMITS.members_per_lab,
    }


@router.get("/{uuid:lab_id}/sharing", response={200: schemas.Sharing, **ERRORS})
def get_sharing(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    """Who may what."""
    return sharing_json(request, lab_of(request))


@router.put("/{uuid:lab_id}/members/{str:username}", response={200: schemas.Sharing, **CHANGING})
def share(request: HttpRequest, lab_id: UUID, username: str, body: schemas.MemberIn) -> dict[str, Any]:
    """Share with a user, or change the role of one with whom it is shared."""
    return sharing_json(request, sharing.share_lab(user_of(request), lab_id, username, Member.Role(body.role)))


@router.delete("/{uuid:lab_id}/members/{str:username}", response={200: schemas.Sharing, **ERRORS})
def remove(request: HttpRequest, lab_id: UUID, username: str) -> dict[str, Any]:
    return sharing_json(request, sharing.remove_member(user_of(request), lab_id, username))


@router.post("/{uuid:lab_id}/leave", response={204: None, **CHANGING})
def leave(request: HttpRequest, lab_id: UUID) -> Status[None]:
    sharing.leave_lab(user_of(request), lab_id)
    return Status(204, None)


@router.post("/{uuid:lab_id}/transfer", response={200: schemas.Sharing, **CHANGING})
def transfer(request: HttpRequest, lab_id: UUID, body: schemas.Heir) -> dict[str, Any]:
    """Make another user the owner, and be an editor from now on."""
    return sharing_json(request, sharing.transfer_lab(user_of(request), lab_id, body.user))


@router.post("/{uuid:lab_id}/link", response={200: schemas.Sharing, **ERRORS})
def make_link(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    """Make a link by which others may copy the lab; the one before works no more."""
    return sharing_json(request, sharing.make_link(user_of(request), lab_id))


@router.delete("/{uuid:lab_id}/link", response={200: schemas.Sharing, **ERRORS})
def revoke_link(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    return sharing_json(request, sharing.revoke_link(user_of(request), lab_id))


@copies_router.get("/{str:token}", response={200: schemas.HandedOut, 404: schemas.Error})
def look_at(request: HttpRequest, token: str) -> dict[str, Any]:
    """The lab that a link leads to."""
    lab = _handed_out(token)
    document = head_of(lab).document
    return {
        "name": lab.name,
        "owner": lab.owner.get_full_name() or lab.owner.get_username(),
        "nodes": len(document.get("nodes", ())),
        "picture": picture(document),
    }


@copies_router.post("/{str:token}", response={201: schemas.Lab, 403: schemas.Error, 404: schemas.Error})
def copy(request: HttpRequest, token: str) -> HttpResponse:
    """Make a copy of one's own of the lab that a link leads to."""
    user = user_of(request)
    return lab_answer(user, actions.copy_lab(user, _handed_out(token)), status=201)


def _handed_out(token: str) -> Lab:
    lab = Lab.objects.select_related("owner", "head").filter(copy_token=token).first() if "\0" not in token else None
    if lab is None:
        raise Http404("This link leads to no lab, or not any more.")
    return lab
