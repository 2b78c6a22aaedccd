"""Between a page and a worker's terminals: who is let through, and to whom a worker may speak."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from labs.models import Lab, Member, Run
from labs.web.actions import runs, sharing
from tests.web.conftest import ApiClient
from tests.web.sockets import Socket, open_page, open_worker

pytestmark = pytest.mark.django_db(transaction=True)


async def running(owner: User, lab: Lab) -> Socket:
    """The worker that runs the lab."""
    worker, _ = await open_worker()
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    (desired,) = (await worker.hear_until("desired", lambda message: message["labs"]))["labs"]
    await worker.say(type="report", lab=str(lab.pk), run={"state": "running", "generation": desired["generation"], "version": 1})
    async with asyncio.timeout(5):
        while (await Run.objects.aget(lab=lab)).state != "running":  # noqa: ASYNC110 - it is written down beside what else arrives
            await asyncio.sleep(0.01)
    return worker


async def watching(user: User, lab: Lab) -> Socket:
    page = await open_page(user)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    return page


def seen(lab: Lab, position: int = 0) -> dict[str, Any]:
    return {"type": "terminal_seen", "lab": str(lab.pk), "terminal": "t1", "position": position, "typed": 0}


def output(lab: Lab, position: int = 0) -> dict[str, Any]:
    return {"type": "terminal_output", "lab": str(lab.pk), "terminal": "t1", "position": position, "data": "aGk=", "taken": 0}


async def member(lab: Lab, role: str) -> User:
    user = await User.objects.acreate_user(role)
    await Member.objects.acreate(lab=lab, user=user, role=role)
    return user


@pytest.mark.parametrize("role", ["owner", "editor"])
async def test_who_may_edit_types_and_is_shown(owner: User, lab: Lab, role: str) -> None:
    worker = await running(owner, lab)
    page = await watching(owner if role == "owner" else await member(lab, role), lab)
    await page.say(**seen(lab))
    asked = await worker.hear("to_terminal")
    assert asked["message"] == seen(lab)
    await worker.say(type="from_terminal", viewer=asked["viewer"], output=output(lab))
    assert await page.hear("terminal_output") == output(lab) | {"reset": False}
    typed = {"type": "terminal_input", "lab": str(lab.pk), "terminal": "t1", "position": 0, "data": "bHMK"}
    await page.say(**typed)
    assert (await worker.hear("to_terminal"))["message"] == typed
    await page.disconnect()
    await worker.disconnect()


@pytest.mark.parametrize("role", ["stranger", "viewer"])
async def test_who_may_only_look_or_not_even_that_neither_sees_nor_types(owner: User, stranger: User, lab: Lab, role: str) -> None:
    worker = await running(owner, lab)
    page = await open_page(stranger) if role == "stranger" else await watching(await member(lab, role), lab)
    await page.say(**seen(lab))
    await page.hear("gone" if role == "stranger" else "refused")
    await page.say(type="terminal_input", lab=str(lab.pk), terminal="t1", position=0, data="bHMK")
    await page.hear("gone" if role == "stranger" else "refused")
    with pytest.raises(TimeoutError):
        await worker.hear("to_terminal", patience=0.3)
    await page.disconnect()


@pytest.mark.parametrize("left", ["viewer", "nothing"])
async def test_whose_role_ends_is_cut_off(owner: User, lab: Lab, left: str) -> None:
    worker = await running(owner, lab)
    editor = await member(lab, "editor")
    page = await watching(editor, lab)
    await page.say(**seen(lab))
    asked = await worker.hear("to_terminal")
    if left == "viewer":
        await sync_to_async(sharing.share_lab)(owner, lab.pk, editor.username, Member.Role.VIEWER)
        await page.hear_until("delta", lambda delta: delta["role"] == "viewer")
    else:
        await sync_to_async(sharing.leave_lab)(editor, lab.pk)
        await page.hear("gone")
    await worker.say(type="from_terminal", viewer=asked["viewer"], output=output(lab))
    await page.say(**seen(lab))
    await page.hear("refused" if left == "viewer" else "gone")
    assert await page.receive_nothing(timeout=0.3)
    await page.disconnect()
    await worker.disconnect()


async def test_a_worker_speaks_to_those_who_look_at_its_own_labs_alone(owner: User, lab: Lab) -> None:
    worker = await running(owner, lab)
    page = await watching(owner, lab)
    await page.say(**seen(lab))
    viewer = (await worker.hear("to_terminal"))["viewer"]
    other, _ = await open_worker("w2")
    await other.say(type="from_terminal", viewer=viewer, output=output(lab))
    await worker.say(type="from_terminal", viewer="hubs", output=output(lab))
    await worker.say(type="from_terminal", viewer="nonsense !", output=output(lab))
    assert await page.receive_nothing(timeout=0.3)
    await worker.say(type="from_terminal", viewer=viewer, output=output(lab))
    await page.hear("terminal_output")
    for socket in (page, worker, other):
        await socket.disconnect()


async def test_what_a_page_does_not_take_is_dropped_and_not_kept(owner: User, lab: Lab) -> None:
    """The worker goes on, and the page asks again for what it misses."""
    worker = await running(owner, lab)
    page = await watching(owner, lab)
    await page.say(**seen(lab))
    viewer = (await worker.hear("to_terminal"))["viewer"]
    for position in range(3000):
        await worker.say(type="from_terminal", viewer=viewer, output=output(lab, 2 * position))
    await page.say(**seen(lab, 2))
    assert (await worker.hear("to_terminal"))["message"] == seen(lab, 2)
    await page.disconnect()
    await worker.disconnect()


async def test_opening_asks_the_worker_and_gives_the_key(owner: User, lab: Lab) -> None:
    worker = await running(owner, lab)
    api = await sync_to_async(lambda: ApiClient().sign_in(owner))()
    path = f"/api/labs/{lab.pk}/terminals"
    opening = asyncio.create_task(sync_to_async(api.send, thread_sensitive=False)("POST", path, {"node": "ns1", "rows": 30, "columns": 99}))
    request = await worker.hear("request")
    assert (request["action"], request["source"], request["rows"], request["columns"]) == ("open_terminal", "ns1", 30, 99)
    await worker.say(type="reply", id=request["id"], terminal="t1")
    assert (await opening).json() == {"key": "t1"}
    await worker.disconnect()


def test_who_may_not_type_opens_and_closes_none(strangers_api: ApiClient, lab: Lab) -> None:
    viewer = User.objects.create_user("vera")
    Member.objects.create(lab=lab, user=viewer, role="viewer")
    for api, status in ((strangers_api, 404), (ApiClient().sign_in(viewer), 403)):
        assert api.send("POST", f"/api/labs/{lab.pk}/terminals", {"node": "ns1"}).status_code == status
        assert api.send("DELETE", f"/api/labs/{lab.pk}/terminals/t1").status_code == status


def test_a_lab_that_does_not_run_has_no_terminals(api: ApiClient, lab: Lab) -> None:
    refused = api.send("POST", f"/api/labs/{lab.pk}/terminals", {"node": "ns1"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_running")
