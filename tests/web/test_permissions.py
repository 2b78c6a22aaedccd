"""The table of permissions, for every URL, every message of a page, and every kind of person; whatever has no row in it fails here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from labs.messages.page import PageToServer
from labs.models import Lab, Member, Revision, Run
from labs.web import permissions
from labs.web.accounts import session_of
from labs.web.actions import sharing
from labs.web.api import api, operation_of
from labs.web.consumers import page as consumer
from labs.web.live import hub
from labs.web.permissions import LEAST, MESSAGES, ON_MACHINE, OPERATIONS, PAGES, Action, Role, allows, who_may
from tests.web.conftest import ApiClient
from tests.web.documents import pair
from tests.web.sockets import open_page, signed_in

ROLES = list(Role)
SIGNED_IN = [role for role in ROLES if role is not Role.ANONYMOUS]

BODIES: dict[str, object] = {
    "POST /api/labs": {},
    "PUT /api/labs/{lab_id}": {"document": pair("Changed")},
    "POST /api/labs/{lab_id}/ping": {"from": "ns1", "to": "ns2"},
    "POST /api/labs/{lab_id}/trace": {"from": "ns1", "to": "ns2"},
    "POST /api/labs/{lab_id}/step": {"step": 0},
    "POST /api/labs/{lab_id}/terminals": {"node": "ns1"},
    "POST /api/labs/{lab_id}/adopt": {},
    "POST /api/labs/{lab_id}/repair": {},
    "PUT /api/labs/{lab_id}/members/{username}": {"role": "viewer"},
    "POST /api/labs/{lab_id}/transfer": {"user": "stranger"},
    "POST /api/document/connect": {"document": pair(), "a": "ns1", "b": "ns2"},
    "POST /api/document/parse": {"text": "topoweb: 1\nname: x"},
}
"""What a request carries that is to be carried out; others carry a document, which those that want none ignore or refuse (422)."""


@dataclass
class People:
    """Somebody of each role, and the lab that they have it in."""

    lab: Lab
    users: dict[Role, User | None]


@pytest.fixture
def people(db: None, lab: Lab, owner: User) -> People:
    users: dict[Role, User | None] = {role: User.objects.create_user(role.value) for role in (Role.STRANGER, Role.VIEWER, Role.EDITOR)}
    users |= {Role.ANONYMOUS: None, Role.OWNER: owner, Role.ADMINISTRATOR: User.objects.create_superuser("administrator")}
    for role in (Role.VIEWER, Role.EDITOR):
        sharing.share_lab(owner, lab.pk, role.value, Member.Role(role.value))
    sharing.make_link(owner, lab.pk)
    lab.refresh_from_db()
    Lab.objects.filter(pk=lab.pk).update(lesson="1-veth-pair")
    return People(lab, users)


# URLs


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str]]:
    """Every URL of the project: its name with its namespace, and its route."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from ((name, str(entry.pattern) + route) for name, route in patterns(entry, inner))
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", str(entry.pattern)


def operations() -> Iterator[str]:
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            route = f"api{prefix}{path}".replace("//", "/").rstrip("/")
            route = re.sub(r"{(?:\w+:)?(\w+)}", r"<\1>", route)
            yield from (operation_of(method, route) for operation in view.operations for method in operation.methods)


def row_of(page: str) -> Action | None:
    """The row of a page: the longest beginning of its name."""
    fitting = [prefix for prefix in PAGES if page.startswith(prefix)]
    return PAGES[max(fitting, key=len)] if fitting else None


def test_every_operation_of_the_api_has_a_row_and_every_row_an_operation() -> None:
    assert set(operations()) == OPERATIONS.keys()


def test_every_page_has_a_row_and_every_row_a_page() -> None:
    found = list(patterns(get_resolver()))
    routes = {route for name, route in found if name.startswith("api:") and row_of(name) is None}
    paths = {re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", "/" + route) for route in routes}
    assert paths == {operation.split()[1] for operation in OPERATIONS}, "what is below /api/ is an operation or has a row of its own"
    pages = {name for name, _ in found if not name.startswith("api:") or row_of(name) is not None}
    assert {name for name in pages if row_of(name) is None} == set()
    assert [prefix for prefix in PAGES if not any(name.startswith(prefix) for name in pages)] == []


def test_every_action_says_who_may_at_least() -> None:
    assert LEAST.keys() == set(Action)
    assert all(any(action in table.values() for table in (OPERATIONS, MESSAGES, PAGES)) for action in Action)


def expected(operation: str, role: Role) -> str:
    action = OPERATIONS[operation]
    if role is Role.ANONYMOUS:
        return "signed_out"
    if allows(role, action):
        return "done"
    if role is Role.STRANGER:
        return "not_found"
    return "owners_only" if LEAST[action] is Role.OWNER else "view_only"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_done_for_whom_the_table_says_and_changes_nothing_for_others(people: People, operation: str, role: Role) -> None:
    method, path = operation.split()
    values = {"lab_id": people.lab.pk, "username": "viewer", "token": people.lab.copy_token, "slug": "1-veth-pair", "key": "1"}
    user = people.users[role]
    client = ApiClient() if user is None else ApiClient().sign_in(user)
    before = list(Lab.objects.order_by("pk").values()), list(Member.objects.values())
    body = BODIES.get(operation, {"document": pair()} if method in ("POST", "PUT") else None)
    answer = client.send(method, path.format(**values), body, **{"If-Match": "*"})
    error = answer.json()["error"]["code"] if answer.status_code >= 400 else "done"
    if expected(operation, role) == "done":
        assert answer.status_code in (200, 201, 204) or error in CANNOT.get(operation, ()), (answer.status_code, error)
        return
    statuses = {"signed_out": 401, "not_found": 404, "owners_only": 403, "view_only": 403}
    assert (error, answer.status_code) == (expected(operation, role), statuses[expected(operation, role)])
    assert (list(Lab.objects.order_by("pk").values()), list(Member.objects.values())) == before


CANNOT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (f"{method} /api/labs/{{lab_id}}/{what}" for method in ("POST", "DELETE") for what in ("checks", "ping", "trace", "adopt", "repair",
         "terminals", "terminals/{key}", "apply")),
        ("not_running",),
    ),
    "POST /api/labs/{lab_id}/leave": ("owner_stays",),
}  # fmt: skip
"""What may be done, and cannot as things are: the lab does not run, or has nobody else."""


@pytest.mark.parametrize("operation", [operation for operation, action in OPERATIONS.items() if action in ON_MACHINE])
def test_on_the_machine_itself_only_a_superuser_may_do_it(people: People, operation: str) -> None:
    """Even of those who may in a sandbox; the owner may again once he is a superuser."""
    assert people.lab.head is not None
    Revision.objects.filter(pk=people.lab.head.pk).update(document=pair() | {"target": "machine"})
    Run.objects.filter(lab=people.lab).update(revision=people.lab.head)
    owner = people.users[Role.OWNER]
    assert owner is not None
    for role in (Role.EDITOR, Role.OWNER):
        user = people.users[role]
        assert user is not None
        if allows(role, OPERATIONS[operation]):
            assert ask(people, operation, user) == (403, "superusers_only")
    assert not Run.objects.get(lab=people.lab).wanted
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    assert ask(people, operation, User.objects.get(pk=owner.pk))[1] in ("", "not_running", "machine_no_worker")


def test_root_of_a_labs_host_acts_in_the_name_of_who_may(people: People) -> None:
    assert who_may(people.lab, Action.RUN) == people.users[Role.OWNER]
    assert people.lab.head is not None
    people.lab.head.document = pair() | {"target": "machine"}
    people.lab.run.revision = people.lab.head
    assert who_may(people.lab, Action.RUN) is None
    assert who_may(people.lab, Action.STOP) == people.users[Role.ADMINISTRATOR]
    User.objects.filter(username=Role.EDITOR.value).update(is_superuser=True)
    assert who_may(people.lab, Action.RUN) == people.users[Role.EDITOR]


def ask(people: People, operation: str, user: User) -> tuple[int, str]:
    """The status, and the error's code."""
    method, path = operation.split()
    answer = ApiClient().sign_in(user).send(method, path.format(lab_id=people.lab.pk, key="1"), BODIES.get(operation))
    return answer.status_code, answer.json()["error"]["code"] if answer.status_code >= 400 else ""


def test_for_a_stranger_a_lab_is_not_there(people: People) -> None:
    """The same answer as for a lab that is none, whatever is asked."""
    user = people.users[Role.STRANGER]
    assert user is not None
    client = ApiClient().sign_in(user)
    for operation in OPERATIONS:
        method, path = operation.split()
        if "{lab_id}" not in path:
            continue
        values = {"username": "viewer", "key": "1"}
        answers = [
            client.send(method, path.format(lab_id=lab, **values), {}).content
            for lab in (people.lab.pk, "00000000-0000-4000-8000-000000000000")
        ]
        assert answers[0] == answers[1], operation


def test_an_administrator_is_written_down(people: People, caplog: pytest.LogCaptureFixture) -> None:
    user = people.users[Role.ADMINISTRATOR]
    assert user is not None
    ApiClient().sign_in(user).get(f"/api/labs/{people.lab.pk}")
    assert f"Administrator administrator: see of lab {people.lab.pk} of olga" in caplog.text


PLACES = {
    "sign_in": "/sign-in/MQ/x-y/",
    "page": "/labs/x",
    "set_language": "/language/",
    "api:openapi-json": "/api/openapi.json",
    "api:openapi-view": "/api/docs",
    "api:api-root": "/api/",
}


def place_of(name: str, route: str) -> str:
    """A path that a page's pattern fits."""
    filled = re.sub(r"<(?:[^:>]+:)?([^>]+)>", "1", route)
    return PLACES.get(name, "/" + re.sub(r"\^?\(\?P<\w+>.*", "", filled).replace("$", ""))


@pytest.mark.parametrize("role", ROLES)
def test_a_page_is_shown_to_whom_the_table_says(people: People, role: Role) -> None:
    user = people.users[role]
    for name, route in patterns(get_resolver()):
        action = row_of(name)
        if action is None or (action is Action.ENTER and name not in PLACES):
            continue
        client = Client()
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(place_of(name, route))
        sent_away = answer.status_code == 302 and re.search(r"/(?:accounts|admin)/login/\?", answer["Location"])
        let_in = not sent_away and answer.status_code != 401
        assert let_in == allows(role, action), (name, answer.status_code)


# Messages


def message_types() -> set[str]:
    """The `type` of every message in the union of what a page says."""

    def members(union: Any) -> Iterator[Any]:
        for member in get_args(union):
            if isinstance(member, UnionType) or hasattr(member, "__metadata__"):
                yield from members(member)
            elif hasattr(member, "model_fields"):
                yield member

    return {member.model_fields["type"].default for member in members(PageToServer)}


def test_every_message_of_a_page_has_a_row_and_every_row_a_message() -> None:
    assert message_types() == MESSAGES.keys()


SAID: dict[str, dict[str, Any]] = {
    "watch": {},
    "unwatch": {},
    "ack": {"seq": 0},
    "terminal_seen": {"terminal": "1", "position": 0, "typed": 0},
    "terminal_input": {"terminal": "1", "position": 0, "data": ""},
    "terminal_size": {"terminal": "1", "rows": 24, "columns": 80},
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", SIGNED_IN)
@pytest.mark.parametrize("kind", MESSAGES)
async def test_a_message_is_taken_from_whom_the_table_says(people: People, kind: str, role: Role) -> None:
    """Who is not signed in has no connection to say it over: see test_page_socket.py."""
    user = people.users[role]
    assert user is not None
    page = await open_page(user)
    lab = str(people.lab.pk)
    await page.say(type=kind, lab=lab, **SAID[kind])
    await page.say(type="watch", lab="nowhere")  # answered after it
    answers = []
    while not answers or answers[-1] != {"type": "gone", "lab": "nowhere"}:
        answers.append(json.loads(await page.receive_from(timeout=5)))
    refused = [answer["type"] for answer in answers[:-1] if answer["type"] in ("gone", "refused")]
    if allows(role, MESSAGES[kind]):
        assert refused == []
    else:
        assert refused == ["gone" if role is Role.STRANGER else "refused"]
    await page.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_who_was_an_editor_may_say_no_more_than_a_viewer(people: People, owner: User) -> None:
    """The role that a watching page has is the one of now."""
    user = people.users[Role.EDITOR]
    assert user is not None
    page = await open_page(user)
    lab = str(people.lab.pk)
    await page.say(type="watch", lab=lab)
    assert (await page.hear("full"))["role"] == "editor"
    typed = {"type": "terminal_input", "lab": lab, **SAID["terminal_input"]}
    await page.say(**typed)
    await sync_to_async(sharing.share_lab)(owner, people.lab.pk, "editor", Member.Role.VIEWER)
    assert (await page.hear_until("delta", lambda message: message["role"] == "viewer"))["role"] == "viewer"
    await page.say(**typed)
    assert "viewer" in (await page.hear("refused"))["message"]
    assert await role_of_now(user, lab) is Role.VIEWER
    await page.disconnect()


@sync_to_async
def role_of_now(user: User, lab: str) -> Role:
    with session_of(user) as session:
        return permissions.role_at(session, lab)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("role", "change", "told"),
    [
        (Role.OWNER, {"is_active": False}, consumer.NOT_SIGNED_IN),
        (Role.ADMINISTRATOR, {"is_active": False}, consumer.NOT_SIGNED_IN),
        (Role.ADMINISTRATOR, {"is_superuser": False}, "gone"),
    ],
    ids=["an owner who is deactivated", "an administrator who is deactivated", "who is no administrator any more"],
)
async def test_an_open_page_learns_what_becomes_of_its_user(
    people: People, monkeypatch: pytest.MonkeyPatch, role: Role, change: dict[str, bool], told: object
) -> None:
    """Nobody tells: the hub looks again."""
    monkeypatch.setattr(hub, "AGAIN", 0.2)
    user = people.users[role]
    assert user is not None
    page = await open_page(user)
    await page.say(type="watch", lab=str(people.lab.pk))
    assert (await page.hear("full"))["role"] == role
    await sync_to_async(User.objects.filter(pk=user.pk).update)(**change)
    assert (await page.hear("gone"))["type"] == told if told == "gone" else await page.code_of_close() == told
    await page.disconnect()


def deactivate(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def sign_out(client: Client, user: User) -> None:
    client.post("/accounts/logout/")


def choose_another_password(client: Client, user: User) -> None:
    user.set_password("plum blossom 3")
    user.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [sign_out, choose_another_password])
async def test_an_open_page_ends_with_its_session(
    lab: Lab, owner: User, monkeypatch: pytest.MonkeyPatch, end: Callable[[Client, User], None]
) -> None:
    monkeypatch.setattr(hub, "AGAIN", 0.2)
    client = await signed_in(owner)
    page = await open_page(client)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    await sync_to_async(end)(client, owner)
    assert await page.code_of_close() == consumer.NOT_SIGNED_IN
    await page.disconnect()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [deactivate, sign_out, choose_another_password])
async def test_who_is_signed_in_no_more_may_say_nothing_of_labs_that_he_does_not_watch_either(
    people: People, end: Callable[[Client, User], None]
) -> None:
    user = people.users[Role.OWNER]
    assert user is not None
    client = await signed_in(user)
    page = await open_page(client)
    await sync_to_async(end)(client, user)
    await page.say(type="terminal_input", lab=str(people.lab.pk), **SAID["terminal_input"])
    await page.say(type="watch", lab=str(people.lab.pk))
    for _ in range(2):
        await page.hear("gone")
    await page.disconnect()
