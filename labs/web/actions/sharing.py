"""Whose a lab is, and whom it is shared with. Pages that have it open are told: they adapt, or it is gone for them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User as UserModel
from django.db import transaction

from labs.models import Lab, Member
from labs.web import permissions
from labs.web.actions.users import lock_user
from labs.web.errors import Conflict, Invalid, OverLimit
from labs.web.live import hints
from labs.web.permissions import Action

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def share_lab(user: User, lab_id: UUID, username: str, role: Member.Role) -> Lab:
    """Make somebody a member, or change the role of one. Raises Invalid for who is no user, Conflict for the owner, OverLimit."""
    lab = permissions.lock_lab(user, lab_id, Action.SHARE)
    member = find_user(username)
    if member.pk == lab.owner_id:
        raise Conflict("is_owner", f"{username} owns this lab already.", {"user": username})
    _enroll(lab, member, role)
    hints.send(hints.lab_changed(lab.pk))
    return lab


@transaction.atomic
def remove_member(user: User, lab_id: UUID, username: str) -> Lab:
    """Share no more with somebody. Nothing happens where he is no member."""
    lab = permissions.lock_lab(user, lab_id, Action.SHARE)
    if "\0" not in username:  # which PostgreSQL does not take
        lab.members.filter(user__username=username).delete()
    hints.send(hints.lab_changed(lab.pk))
    return lab


@transaction.atomic
def leave_lab(user: User, lab_id: UUID) -> None:
    """Be a member no more. Raises Conflict for the owner, who may hand the lab over."""
    lab = permissions.lock_lab(user, lab_id, Action.LEAVE)
    if lab.owner_id == user.pk:
        raise Conflict("owner_stays", "The owner cannot leave a lab. Make somebody else its owner first, or delete it.")
    lab.members.filter(user=user).delete()
    hints.send(hints.lab_changed(lab.pk))


@transaction.atomic
def transfer_lab(user: User, lab_id: UUID, username: str) -> Lab:
    """Make somebody else the owner; who was it becomes an editor. Raises as `share_lab`, and OverLimit where the new one has too many."""
    lab = permissions.lock_lab(user, lab_id, Action.TRANSFER)
    heir = find_user(username)
    if heir.pk == lab.owner_id:
        raise Conflict("is_owner", f"{username} owns this lab already.", {"user": username})
    lock_user(heir)
    limit = settings.LIMITS.labs_per_user
    if heir.labs.count() >= limit:
        raise OverLimit("heir_has_too_many", f"{username} has {limit} labs, which is the limit.", limit, {"user": username})
    lab.members.filter(user=heir).delete()
    _enroll(lab, lab.owner, Member.Role.EDITOR)
    lab.owner = heir
    lab.save(update_fields=["owner"])
    hints.send(hints.lab_changed(lab.pk))
    return lab


@transaction.atomic
def make_link(user: User, lab_id: UUID) -> Lab:
    """Make the link by which others may copy the lab; one that was handed out before works no more."""
    lab = permissions.lock_lab(user, lab_id, Action.SHARE)
    lab.copy_token = secrets.token_urlsafe(32)
    lab.save(update_fields=["copy_token"])
    return lab


@transaction.atomic
def revoke_link(user: User, lab_id: UUID) -> Lab:
    lab = permissions.lock_lab(user, lab_id, Action.SHARE)
    lab.copy_token = None
    lab.save(update_fields=["copy_token"])
    return lab


def find_user(username: str) -> User:
    """An active user by name. Raises Invalid where there is none."""
    user = UserModel.objects.filter(username=username, is_active=True).first() if "\0" not in username else None
    if user is None:
        raise Invalid("no_such_user", f"There is no user {username}.", {"user": username})
    return user


def _enroll(lab: Lab, user: User, role: Member.Role) -> None:
    limit = settings.LIMITS.members_per_lab
    if lab.members.exclude(user=user).count() >= limit:
        raise OverLimit("too_many_members", f"A lab is shared with at most {limit} users.", limit)
    Member.objects.update_or_create(lab=lab, user=user, defaults={"role": role})
