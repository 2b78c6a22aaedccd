"""Who may do what: asked by the REST API and by the WebSockets, and decided nowhere else.

`LEAST` is the table. `OPERATIONS`, `MESSAGES` and `PAGES` say which action each URL and each message is; one that is in none of them is
refused. For a stranger a lab is not there (404, never 403, which would tell that it is).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from labs.models import Lab, Member, Worker
from labs.web.errors import Forbidden

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)


class Role(StrEnum):
    """What somebody is to a lab, from the least on; an administrator stands beside the others: see `ADMINISTRATORS`."""

    ANONYMOUS = "anonymous"
    STRANGER = "stranger"
    """Signed in, and nothing to this lab."""
    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    """A superuser, in a lab that he does not own or edit."""


class Action(StrEnum):
    ENTER = "enter"
    """Sign in, choose a language."""
    USE = "use"
    """What is one's own, or nobody's: list and make labs, take lessons, check a document, copy by a link."""
    SEE = "see"
    """Drawing, status, plan, scripts, members."""
    COPY = "copy"
    LEAVE = "leave"
    EDIT = "edit"
    RUN = "run"
    """Run and apply."""
    STOP = "stop"
    PROBE = "probe"
    """Have the lab send packets: ping, trace, checks."""
    TYPE = "type"
    """Open terminals and type in them, as the root of the lab."""
    SHARE = "share"
    """Members, and the link by which others copy."""
    TRANSFER = "transfer"
    DELETE = "delete"
    ADMINISTER = "administer"


LEAST: dict[Action, Role] = {
    Action.ENTER: Role.ANONYMOUS,
    Action.USE: Role.STRANGER,
    Action.SEE: Role.VIEWER,
    Action.COPY: Role.VIEWER,
    Action.LEAVE: Role.VIEWER,
    Action.EDIT: Role.EDITOR,
    Action.RUN: Role.EDITOR,
    Action.STOP: Role.EDITOR,
    Action.PROBE: Role.EDITOR,
    Action.TYPE: Role.EDITOR,
    Action.SHARE: Role.OWNER,
    Action.TRANSFER: Role.OWNER,
    Action.DELETE: Role.OWNER,
    Action.ADMINISTER: Role.ADMINISTRATOR,
}
ADMINISTRATORS = frozenset({Action.ENTER, Action.USE, Action.SEE, Action.COPY, Action.LEAVE, Action.STOP, Action.ADMINISTER})
"""What an administrator may do with any lab. Looking at it shows among those who look, and is written to the log."""

ON_MACHINE = frozenset({Action.RUN, Action.STOP, Action.PROBE, Action.TYPE, Action.DELETE})
"""What only superusers may do, of those who may by the table, to a lab that is on the machine itself, or shall be."""

OPERATIONS: dict[str, Action] = {
    "GET /api/me": Action.USE,
    "GET /api/labs": Action.USE,
    "POST /api/labs": Action.USE,
    "GET /api/labs/{lab_id}": Action.SEE,
    "PUT /api/labs/{lab_id}": Action.EDIT,
    "DELETE /api/labs/{lab_id}": Action.DELETE,
    "POST /api/labs/{lab_id}/duplicate": Action.COPY,
    "GET /api/labs/{lab_id}/document.yaml": Action.SEE,
    "POST /api/labs/{lab_id}/run": Action.RUN,
    "POST /api/labs/{lab_id}/apply": Action.RUN,
    "POST /api/labs/{lab_id}/stop": Action.STOP,
    "POST /api/labs/{lab_id}/adopt": Action.EDIT,
    "POST /api/labs/{lab_id}/repair": Action.RUN,
    "POST /api/labs/{lab_id}/checks": Action.PROBE,
    "POST /api/labs/{lab_id}/ping": Action.PROBE,
    "POST /api/labs/{lab_id}/trace": Action.PROBE,
    "POST /api/labs/{lab_id}/terminals": Action.TYPE,
    "DELETE /api/labs/{lab_id}/terminals/{key}": Action.TYPE,
    "GET /api/labs/{lab_id}/plan": Action.SEE,
    "GET /api/labs/{lab_id}/script": Action.SEE,
    "POST /api/labs/{lab_id}/step": Action.EDIT,
    "GET /api/labs/{lab_id}/sharing": Action.SEE,
    "PUT /api/labs/{lab_id}/members/{username}": Action.SHARE,
    "DELETE /api/labs/{lab_id}/members/{username}": Action.SHARE,
    "POST /api/labs/{lab_id}/leave": Action.LEAVE,
    "POST /api/labs/{lab_id}/transfer": Action.TRANSFER,
    "POST /api/labs/{lab_id}/link": Action.SHARE,
    "DELETE /api/labs/{lab_id}/link": Action.SHARE,
    "GET /api/copies/{token}": Action.USE,
    "POST /api/copies/{token}": Action.USE,
    "GET /api/lessons": Action.USE,
    "POST /api/lessons/{slug}/labs": Action.USE,
    "POST /api/document/check": Action.USE,
    "POST /api/document/connect": Action.USE,
    "POST /api/document/parse": Action.USE,
}
"""The REST API, by method and path."""

MESSAGES: dict[str, Action] = {
    "watch": Action.SEE,
    "unwatch": Action.USE,
    "ack": Action.USE,
    "terminal_seen": Action.TYPE,
    "terminal_input": Action.TYPE,
    "terminal_size": Action.TYPE,
}
"""What a page says over its WebSocket, by type. A message with an action above USE names its lab."""

PAGES: dict[str, Action] = {
    "admin:": Action.ADMINISTER,
    "admin:login": Action.ENTER,
    "admin:logout": Action.ENTER,
    "account_login": Action.ENTER,
    "account_logout": Action.ENTER,
    "account_signup": Action.ENTER,
    "account_inactive": Action.ENTER,
    "account_reauthenticate": Action.USE,
    "account_change_password": Action.USE,
    "account_set_password": Action.USE,
    "sign_in": Action.ENTER,
    "set_language": Action.ENTER,
    "page": Action.USE,
    "api:openapi": Action.USE,
    "api:api-root": Action.ENTER,
}
"""What Django serves itself, by the name of its URL or the beginning of it; the views hold to it by their own means."""

_LADDER = (Role.ANONYMOUS, Role.STRANGER, Role.VIEWER, Role.EDITOR, Role.OWNER)


def allows(role: Role, action: Action) -> bool:
    if role is Role.ADMINISTRATOR:
        return action in ADMINISTRATORS
    least = LEAST[action]
    return least in _LADDER and _LADDER.index(role) >= _LADDER.index(least)


# What somebody is to a lab


def labs_of(user: User) -> QuerySet[Lab]:
    """The labs that a user owns or that are shared with him."""
    return Lab.objects.filter(Q(owner=user) | Q(pk__in=Member.objects.filter(user=user).values("lab")))


def role_in(user: User, lab: Lab) -> Role:
    if lab.owner_id == user.pk:
        return role_of(user, Role.OWNER)
    member = Member.objects.filter(lab=lab, user=user).first()
    return role_of(user, Role(member.role) if member else None)


def role_of(user: User, held: Role | None) -> Role:
    """What a user is who holds a role in a lab, or none."""
    if user.is_superuser and held in (None, Role.VIEWER):
        return Role.ADMINISTRATOR
    return held or Role.STRANGER


def roles_in(labs: Iterable[Lab]) -> dict[UUID, dict[int, Role]]:
    """Who holds which role, by lab and user. Who was deactivated holds none."""
    roles = {lab.pk: {lab.owner_id: Role.OWNER} for lab in labs}
    for lab, user, role in Member.objects.filter(lab__in=roles, user__is_active=True).values_list("lab_id", "user_id", "role"):
        roles[lab][user] = Role(role)
    return roles


def who_are(sessions: Iterable[str]) -> dict[str, User]:
    """Whose sessions they are, by key: without those that have ended, as by a new password, and those of who was deactivated."""
    lasting = Session.objects.filter(expire_date__gt=timezone.now()).in_bulk(list(sessions))
    held = {key: data for key, session in lasting.items() if SESSION_KEY in (data := session.get_decoded())}
    users = get_user_model().objects.filter(is_active=True).in_bulk({int(data[SESSION_KEY]) for data in held.values()})
    return {key: user for key, data in held.items() if (user := users.get(int(data[SESSION_KEY]))) and _is_of(data, user)}


def _is_of(session: Mapping[str, str], user: User) -> bool:
    """As Django asks it at each request."""
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def who_may(lab: Lab, action: Action) -> User | None:
    """The first who may do that to a lab: its owner, who it is shared with, any superuser. For root's command line on the lab's host."""
    others = get_user_model().objects.filter(Q(memberships__lab=lab) | Q(is_superuser=True)).order_by("pk").distinct()
    return next((user for user in (lab.owner, *others) if user.is_active and _may(user, lab, action)), None)


def _may(user: User, lab: Lab, action: Action) -> bool:
    try:
        _require(user, lab, action)
    except (Http404, Forbidden):
        return False
    return True


# The gates


def admit(user: User, operation: str, lab: UUID | None) -> Lab | None:
    """Let a request through to the API, and to the lab of its route. Raises Http404 or Forbidden, and KeyError for an operation that nobody
    wrote down here."""
    action = OPERATIONS[operation]
    return None if lab is None else reach_lab(user, lab, action, lazy=action is not Action.SEE)


def reach_lab(user: User, lab: UUID | str, action: Action = Action.SEE, *, lazy: bool = False) -> Lab:
    """The lab, with head and run; `lazy`: these only when somebody asks for them, since who changes a lab reads it again once it is locked.
    Raises Http404 for who is a stranger to it, Forbidden for whose role is too little for the action."""
    labs = Lab.objects.all() if lazy else Lab.objects.select_related("owner", "head__by", "run__worker", "run__revision")
    return _require(user, _get(labs, lab), action)


def lock_lab(user: User, lab: UUID | str, action: Action = Action.EDIT) -> Lab:
    """As `reach_lab`, for whoever is about to change it: nobody else can until the transaction is through.

    It is read after it was locked: of what is joined in the query that waits, PostgreSQL shows what was there before the wait.
    """
    _get(Lab.objects.select_for_update().only("pk"), lab)
    return reach_lab(user, lab, action)


def role_at(session: str, lab: str) -> Role:
    """What a session's user is by now to a lab that a message names; a stranger where there is none."""
    try:
        return role_in(who_are([session])[session], Lab.objects.get(pk=UUID(lab)))
    except (KeyError, Lab.DoesNotExist, ValueError):
        return Role.STRANGER


def may_connect(user: AbstractBaseUser | AnonymousUser | None) -> bool:
    """Whether somebody may open a page's WebSocket."""
    return user is not None and user.is_authenticated and user.is_active


def worker_by_token(token: str) -> Worker | None:
    """The worker that a bearer token belongs to."""
    return Worker.objects.filter(token_hash=Worker.hash_token(token)).first() if token else None


def _get(labs: QuerySet[Lab], lab: UUID | str) -> Lab:
    try:
        return labs.get(pk=UUID(str(lab)))
    except (Lab.DoesNotExist, ValueError):
        raise Http404("There is no such lab.") from None


def _require(user: User, lab: Lab, action: Action) -> Lab:
    role = role_in(user, lab)
    if role is Role.STRANGER:
        raise Http404("There is no such lab.")
    if not allows(role, action):
        raise _forbidden(lab, action)
    if action in ON_MACHINE and not user.is_superuser and is_on_machine(lab, to_run=action is Action.RUN):
        raise Forbidden("superusers_only", "On the machine itself only a superuser may do that. Ask one, or draw the lab for a sandbox.")
    if role is Role.ADMINISTRATOR:
        logger.info("Administrator %s: %s of lab %s of %s", user, action, lab.pk, lab.owner)
    return lab


def is_on_machine(lab: Lab, *, to_run: bool = False) -> bool:
    """By what runs; to run it, by what would as well."""
    revisions = (lab.run.revision, lab.head if to_run else None)
    return any(revision is not None and revision.document.get("target") == "machine" for revision in revisions)


def _forbidden(lab: Lab, action: Action) -> Forbidden:
    owner = lab.owner.get_username()
    if LEAST[action] is Role.OWNER:
        return Forbidden("owners_only", f"Only the owner of this lab, {owner}, may do that.", {"owner": owner})
    message = f"You may look at this lab of {owner}, not change it. Make your own copy, or ask {owner} to make you an editor."
    return Forbidden("view_only", message, {"owner": owner})
