"""A process' hub, where labs are left and come to at the same moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db import connection, transaction

from labs.messages.page import People, Person
from labs.messages.status import LabStatus
from labs.models import Lab
from labs.web.actions import labs as lab_actions
from labs.web.live import hints, hub
from labs.web.live.hub import Hub
from labs.web.live.outbox import Encoded
from labs.web.live.state import Known
from labs.web.permissions import Role
from tests.web.documents import pair

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 2.0
"""Seconds: less than those after which a hub looks again without having been told."""


class Looker:
    """A page that keeps what it is told."""

    def __init__(self, user: User, on_gone: Callable[[str], None] = lambda lab: None) -> None:
        self.session = ""
        self.user = user
        self.person = Person(user=user.get_username())
        self.version = 0
        self.gone = on_gone
        self._told = asyncio.Event()

    def recognise(self, user: User | None) -> None:
        pass

    def become(self, lab: str, role: Role) -> None:
        pass

    def show(self, lab: str, known: Known, status: LabStatus, people: People) -> None:
        self.know(lab, known)

    def know(self, lab: str, known: Known) -> None:
        self.version = known.version
        self._told.set()

    def change(self, lab: str, change: Encoded) -> None:
        pass

    async def see(self, version: int) -> None:
        async with asyncio.timeout(SOON):
            while self.version != version:
                self._told.clear()
                await self._told.wait()


def while_the_database_takes_its_time() -> Awaitable[None]:
    return sync_to_async(time.sleep)(0.2)


async def test_a_lab_that_is_left_and_come_to_at_once_is_heard_of(owner: User, lab: Lab) -> None:
    hub, key = Hub(), str(lab.pk)
    who_goes, who_comes = Looker(owner), Looker(owner)
    await hub.watch(key, who_goes)
    await asyncio.gather(while_the_database_takes_its_time(), hub.unwatch(key, who_goes), hub.watch(key, who_comes))
    await sync_to_async(lab_actions.save_document)(owner, lab.pk, pair("New"), 1)
    await who_comes.see(2)


async def test_a_lab_that_is_left_while_others_are_looked_at_again(owner: User, lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    """The page goes elsewhere, since a lab that it watches is gone."""
    other = await sync_to_async(lab_actions.copy_lab)(owner, lab)
    keys = {str(lab.pk), str(other.pk)}
    hub, left = Hub(), asyncio.Event()

    def leave_the_other(gone: str) -> None:
        (remaining,) = keys - {gone}
        asyncio.get_running_loop().create_task(hub.unwatch(remaining, page)).add_done_callback(lambda _: left.set())

    page = Looker(owner, leave_the_other)
    for key in keys:
        await hub.watch(key, page)
    await sync_to_async(delete_both)(owner, lab, other)
    async with asyncio.timeout(SOON):
        await left.wait()
    await asyncio.sleep(0.1)
    assert not caplog.records


async def test_workers_are_told_what_is_watched_also_while_the_database_is_away(
    owner: User, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a hub that says nothing for long, they take it that it is dead."""
    monkeypatch.setattr(hub, "AGAIN", 0.1)
    await Hub().watch(str(lab.pk), Looker(owner))
    layer = get_channel_layer()
    worker = await layer.new_channel()
    await sync_to_async(rename)("auth_user", "away")
    try:
        await layer.group_add(hints.ALL_WORKERS, worker)
        async with asyncio.timeout(2 * SOON):
            for _ in range(2):  # the first may have been on its way
                assert (await layer.receive(worker))["labs"] == [str(lab.pk)]
    finally:
        await sync_to_async(rename)("away", "auth_user")


def rename(table: str, name: str) -> None:
    """What asks for it fails."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


@transaction.atomic
def delete_both(owner: User, *both: Lab) -> None:
    for lab in both:
        lab_actions.delete_lab(owner, lab.pk)
