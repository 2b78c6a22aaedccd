"""Members, owners, and copies by a link: over the REST API, and what open pages are told of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from labs.messages.page import People, Person
from labs.messages.status import LabStatus
from labs.models import Lab, Member
from labs.web.actions import sharing
from labs.web.live import presence
from labs.web.live.hub import Hub
from labs.web.live.outbox import Encoded
from labs.web.live.state import Known
from labs.web.permissions import Role
from tests.web.conftest import ApiClient
from tests.web.documents import pair
from tests.web.sockets import Socket, open_page


@pytest.fixture
def friend(db: None) -> User:
    return User.objects.create_user("fay", first_name="Fay", last_name="Friend")


@pytest.fixture
def friends_api(friend: User) -> ApiClient:
    return ApiClient().sign_in(friend)


def members(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.content
    return [(member["user"], member["role"]) for member in answer.json()["members"]]


def share(api: ApiClient, lab: Lab, user: str, role: str = "viewer") -> Any:
    return api.send("PUT", f"/api/labs/{lab.pk}/members/{user}", {"role": role})


def test_a_lab_is_shared_by_name_and_shows_in_the_list_of_who_got_it(api: ApiClient, friends_api: ApiClient, lab: Lab) -> None:
    assert members(share(api, lab, "fay")) == [("olga", "owner"), ("fay", "viewer")]
    assert friends_api.get(f"/api/labs/{lab.pk}/sharing").json()["members"][1]["name"] == "Fay Friend"
    (listed,) = friends_api.get("/api/labs").json()
    assert (listed["id"], listed["owner"], listed["role"]) == (str(lab.pk), "olga", "viewer")
    assert api.get("/api/labs").json()[0]["role"] == "owner"


def test_a_viewer_who_changes_something_is_told_what_to_do(api: ApiClient, friends_api: ApiClient, lab: Lab) -> None:
    share(api, lab, "fay")
    refused = friends_api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("Mine")}, **{"If-Match": "*"})
    assert (refused.status_code, refused.json()["error"]["params"]) == (403, {"owner": "olga"})
    assert refused.json()["error"]["message"].endswith("Make your own copy, or ask olga to make you an editor.")


def test_of_two_editors_the_second_is_told_who_saved(api: ApiClient, friends_api: ApiClient, lab: Lab) -> None:
    assert members(share(api, lab, "fay", "editor"))[1] == ("fay", "editor")
    saved = friends_api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("Hers")}, **{"If-Match": '"1"'})
    assert (saved.status_code, saved.json()["saved_by"], saved.json()["role"]) == (200, "fay", "editor")
    refused = api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("His")}, **{"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["error"]["params"]) == (412, {"version": "2", "by": "fay"})
    assert refused.json()["error"]["message"].startswith("fay saved this lab")


@pytest.mark.parametrize(
    ("user", "status", "code"), [("nobody", 422, "no_such_user"), ("olga", 409, "is_owner"), ("ida", 422, "no_such_user")]
)
def test_whom_a_lab_cannot_be_shared_with(api: ApiClient, lab: Lab, user: str, status: int, code: str) -> None:
    User.objects.create_user("ida", is_active=False)
    answer = share(api, lab, user)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Member.objects.exists()


def test_a_lab_has_a_limit_of_members(api: ApiClient, friend: User, stranger: User, lab: Lab, settings: Any) -> None:
    settings.LIMITS = replace(settings.LIMITS, members_per_lab=1)
    assert share(api, lab, "fay").status_code == 200
    assert share(api, lab, "fay", "editor").status_code == 200
    assert share(api, lab, "mallory").json()["error"]["code"] == "too_many_members"
    assert api.send("POST", f"/api/labs/{lab.pk}/transfer", {"user": "mallory"}).json()["error"]["code"] == "too_many_members"
    assert Lab.objects.get().owner.username == "olga"
    assert members(api.send("POST", f"/api/labs/{lab.pk}/transfer", {"user": "fay"})) == [("fay", "owner"), ("olga", "editor")]


def test_a_shared_lab_does_not_count_as_one_of_ones_own(api: ApiClient, friends_api: ApiClient, lab: Lab, settings: Any) -> None:
    settings.LIMITS = replace(settings.LIMITS, labs_per_user=1)
    share(api, lab, "fay")
    assert friends_api.send("POST", f"/api/labs/{lab.pk}/duplicate").status_code == 201
    assert friends_api.send("POST", "/api/labs", {}).json()["error"]["code"] == "too_many_labs"
    assert api.send("POST", f"/api/labs/{lab.pk}/transfer", {"user": "fay"}).json()["error"]["code"] == "heir_has_too_many"


def test_members_leave_and_are_sent_away(api: ApiClient, friends_api: ApiClient, lab: Lab) -> None:
    share(api, lab, "fay")
    assert friends_api.send("POST", f"/api/labs/{lab.pk}/leave").status_code == 204
    assert friends_api.get(f"/api/labs/{lab.pk}").status_code == 404
    share(api, lab, "fay")
    assert members(api.send("DELETE", f"/api/labs/{lab.pk}/members/fay")) == [("olga", "owner")]
    assert friends_api.get("/api/labs").json() == []
    assert api.send("POST", f"/api/labs/{lab.pk}/leave").json()["error"]["code"] == "owner_stays"


def test_who_hands_a_lab_over_stays_its_editor(api: ApiClient, friends_api: ApiClient, lab: Lab) -> None:
    share(api, lab, "fay")
    assert members(api.send("POST", f"/api/labs/{lab.pk}/transfer", {"user": "fay"})) == [("fay", "owner"), ("olga", "editor")]
    assert api.send("DELETE", f"/api/labs/{lab.pk}").json()["error"]["code"] == "owners_only"
    assert friends_api.send("DELETE", f"/api/labs/{lab.pk}").status_code == 204


# Copies by a link


def test_a_link_gives_a_copy_and_ends_when_it_is_revoked(api: ApiClient, strangers_api: ApiClient, friend: User, lab: Lab) -> None:
    share(api, lab, "fay")
    token = api.send("POST", f"/api/labs/{lab.pk}/link").json()["link"]
    assert len(token) == 43
    shown = strangers_api.get(f"/api/copies/{token}").json()
    assert (shown["name"], shown["owner"], shown["nodes"], len(shown["picture"]["links"])) == ("A cable", "olga", 2, 1)
    copy = strangers_api.send("POST", f"/api/copies/{token}")
    assert (copy.status_code, copy.json()["role"], copy.json()["name"]) == (201, "owner", "A cable")
    assert copy.json()["document"] == api.get(f"/api/labs/{lab.pk}").json()["document"]
    assert members(strangers_api.get(f"/api/labs/{copy.json()['id']}/sharing")) == [("mallory", "owner")]
    assert strangers_api.get(f"/api/labs/{lab.pk}").status_code == 404
    newer = api.send("POST", f"/api/labs/{lab.pk}/link").json()["link"]
    assert strangers_api.get(f"/api/copies/{token}").status_code == 404
    assert strangers_api.get(f"/api/copies/{newer}").status_code == 200
    assert api.send("DELETE", f"/api/labs/{lab.pk}/link").json()["link"] is None
    assert strangers_api.send("POST", f"/api/copies/{newer}").status_code == 404


def test_the_link_is_the_owners_alone(api: ApiClient, friends_api: ApiClient, lab: Lab) -> None:
    share(api, lab, "fay", "editor")
    assert api.send("POST", f"/api/labs/{lab.pk}/link").json()["link"]
    assert friends_api.get(f"/api/labs/{lab.pk}/sharing").json()["link"] is None


def test_who_opens_a_link_signs_in_first(db: None) -> None:
    assert Client().get("/copy/abc")["Location"] == "/accounts/login/?next=/copy/abc"


# Open pages


async def watching(user: User, lab: Lab) -> Socket:
    page = await open_page(user)
    await page.say(type="watch", lab=str(lab.pk))
    return page


def named(*users: str) -> Any:
    return lambda message: message["people"] and [person["user"] for person in message["people"]["named"]] == list(users)


@pytest.mark.django_db(transaction=True)
async def test_an_open_page_is_told_when_its_user_is_sent_away(owner: User, friend: User, lab: Lab) -> None:
    await sync_to_async(sharing.share_lab)(owner, lab.pk, "fay", Member.Role.VIEWER)
    page, owners = await watching(friend, lab), await watching(owner, lab)
    assert (await page.hear("full"))["role"] == "viewer"
    await owners.hear("full")
    await sync_to_async(sharing.remove_member)(owner, lab.pk, "fay")
    assert (await page.hear("gone"))["lab"] == str(lab.pk)
    await owners.hear_until("delta", named("olga"))
    await sync_to_async(sharing.make_link)(owner, lab.pk)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("gone")
    for socket in (page, owners):
        await socket.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_an_open_page_is_told_its_new_role(owner: User, friend: User, lab: Lab) -> None:
    await sync_to_async(sharing.share_lab)(owner, lab.pk, "fay", Member.Role.VIEWER)
    page, owners = await watching(friend, lab), await watching(owner, lab)
    await asyncio.gather(page.hear("full"), owners.hear("full"))
    await sync_to_async(sharing.transfer_lab)(owner, lab.pk, "fay")
    await page.hear_until("delta", lambda message: message["role"] == "owner")
    await owners.hear_until("delta", lambda message: message["role"] == "editor")
    for socket in (page, owners):
        await socket.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_those_who_look_are_shown_each_once(owner: User, friend: User, lab: Lab) -> None:
    await sync_to_async(sharing.share_lab)(owner, lab.pk, "fay", Member.Role.VIEWER)
    page = await watching(owner, lab)
    assert named("olga")(await page.hear("full"))
    friends = await watching(friend, lab)
    seen = await page.hear_until("delta", named("fay", "olga"))
    assert seen["people"]["named"][0]["name"] == "Fay Friend"
    second = await watching(owner, lab)  # her second tab
    assert (await second.hear("full"))["people"]["count"] == 2
    await friends.disconnect()
    await page.hear_until("delta", named("olga"))
    await second.disconnect()
    await page.disconnect()


class Looker:
    """A page, as a hub sees it."""

    def __init__(self, user: User) -> None:
        self.session = ""
        self.user = user
        self.person = Person(user=user.username)
        self.told: asyncio.Queue[People] = asyncio.Queue()

    def recognise(self, user: User | None) -> None:
        """Nobody becomes another here."""

    def become(self, lab: str, role: Role) -> None:
        """Roles are not looked at here."""

    def show(self, lab: str, known: Known, status: LabStatus, people: People) -> None:
        self.told.put_nowait(people)

    def know(self, lab: str, known: Known) -> None:
        """Runs are not looked at here."""

    def change(self, lab: str, change: Encoded) -> None:
        if change.message.people is not None:
            self.told.put_nowait(change.message.people)

    def gone(self, lab: str) -> None:
        """Nobody is sent away here."""

    async def hear(self, *users: str) -> None:
        async with asyncio.timeout(5):
            while [person.user for person in (await self.told.get()).named] != list(users):
                continue


@pytest.mark.django_db(transaction=True)
async def test_those_who_look_by_way_of_another_process_are_shown_too(owner: User, friend: User, lab: Lab) -> None:
    """Each process has a hub; they know of each other by the layer alone."""
    await sync_to_async(sharing.share_lab)(owner, lab.pk, "fay", Member.Role.VIEWER)
    hubs, pages = (Hub(), Hub()), (Looker(owner), Looker(friend))
    for hub, page in zip(hubs, pages, strict=True):
        await hub.watch(str(lab.pk), page)
    await asyncio.gather(*(page.hear("fay", "olga") for page in pages))
    await hubs[0].unwatch(str(lab.pk), pages[0])
    await pages[1].hear("fay")


def person(n: int) -> Person:
    return Person(user=f"user{n:03}")


def test_of_a_hundred_who_look_some_are_named() -> None:
    here = presence.Presence()
    here.look(map(person, range(60)))
    here.hear("another process", {person(n).user: "" for n in range(40, 100)})
    people = here.all()
    assert (people.count, len(people.named)) == (100, presence.NAMED)
    here.hear("another process", {})
    assert here.all().count == 60


def test_a_process_that_says_nothing_any_more_is_forgotten() -> None:
    now = 0.0
    here = presence.Presence(clock=lambda: now)
    here.hear("another process", {"fay": ""})
    assert here.all() == People(named=(Person(user="fay"),), count=1)
    now = presence.FORGOTTEN
    assert here.all() == People()
