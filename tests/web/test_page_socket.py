"""What a page is sent over its WebSocket, and what it is not."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User

from labs.models import Lab, Run
from labs.web.actions import labs as lab_actions
from labs.web.actions import runs
from labs.web.consumers import page as consumer
from labs.web.live import hub
from labs.web.live.outbox import WINDOW
from tests.web.documents import pair
from tests.web.sockets import link_status, open_page, open_worker_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_watching_shows_all_then_what_changes(owner: User, lab: Lab) -> None:
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    full = await page.hear("full")
    assert (full["lab"], full["version"], full["run"]["state"]) == (str(lab.pk), 1, "stopped")
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    delta = await page.hear("delta")
    assert delta["seq"] == full["seq"] + 1
    assert delta["run"]["state"] == "waiting"
    assert delta["status"] is None
    await page.disconnect()


async def test_a_save_elsewhere_shows_the_new_version(owner: User, lab: Lab) -> None:
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    await sync_to_async(lab_actions.save_document)(owner, lab.pk, pair("New"), 1)
    assert (await page.hear("delta"))["version"] == 2
    await page.disconnect()


async def test_a_deleted_lab_is_gone(owner: User, lab: Lab) -> None:
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    key = str(lab.pk)
    await sync_to_async(lab_actions.delete_lab)(owner, lab.pk)
    assert (await page.hear("gone"))["lab"] == key
    await page.disconnect()


@pytest.mark.parametrize("name", ["", "nonsense", "\0", "00000000-0000-0000-0000-000000000000"])
async def test_a_lab_that_is_not_there_is_gone(owner: User, name: str) -> None:
    page = await open_page(owner)
    await page.say(type="watch", lab=name)
    assert (await page.hear("gone"))["lab"] == name
    await page.disconnect()


async def test_the_lab_of_another_is_gone_too(stranger: User, owner: User, lab: Lab) -> None:
    page = await open_page(stranger)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("gone")
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    assert await page.receive_nothing(timeout=0.4)
    await page.disconnect()


async def test_who_no_longer_watches_hears_nothing(owner: User, lab: Lab) -> None:
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    await page.say(type="unwatch", lab=str(lab.pk))
    await asyncio.sleep(0.1)
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    assert await page.receive_nothing(timeout=0.4)
    await page.disconnect()


async def test_who_is_not_signed_in_is_closed(lab: Lab) -> None:
    page = await page_of(None)
    assert await page.connected()
    assert await page.code_of_close() == consumer.NOT_SIGNED_IN


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8001", "https://127.0.0.1:8000", "http://127.0.0.1.evil.example:8000", ""]
)
async def test_a_page_of_another_origin_does_not_connect(owner: User, origin: str) -> None:
    assert not await (await page_of(owner, origin)).connected()


async def test_a_program_without_origin_shows_its_session(owner: User) -> None:
    page = await page_of(owner, None)
    assert await page.connected()
    await page.disconnect()


async def test_a_websocket_to_nowhere_is_refused() -> None:
    from tests.web.sockets import Socket

    assert not await Socket("/ws/nothing", {}).connected()


@pytest.mark.parametrize(
    "text",
    [" ", "{", "nonsense", "[]", "1", "null", '{"type": "reboot"}', '{"type": "watch"}', '{"type": "watch", "lab": 7}', "[" * 10_000,
     '{"type": "ack", "lab": "x", "seq": -1}', '{"type": "watch", "lab": "x", "more": 1}'],
)  # fmt: skip
async def test_what_is_not_a_message_is_refused(owner: User, lab: Lab, text: str) -> None:
    page = await open_page(owner)
    await page.send_to(text_data=text)
    assert (await page.hear("refused"))["message"].startswith("Not a message that a page sends")
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    await page.disconnect()


async def test_bytes_are_refused(owner: User) -> None:
    page = await open_page(owner)
    await page.send_to(bytes_data=b"\xff\0")
    await page.hear("refused")
    await page.disconnect()


async def test_a_message_that_is_too_large_closes(owner: User) -> None:
    page = await open_page(owner)
    await page.send_to(text_data=json.dumps({"type": "watch", "lab": "x" * settings.LIMITS.message_bytes}))
    assert await page.code_of_close() == consumer.TOO_BIG


async def test_who_goes_on_with_nonsense_is_closed(owner: User) -> None:
    page = await open_page(owner)
    for _ in range(consumer.MISTAKES + 1):
        await page.send_to(text_data="nonsense")
    assert await page.code_of_close() == consumer.TOO_MANY_MISTAKES


async def test_a_link_set_down_reaches_the_page_and_only_who_watches(owner: User, lab: Lab) -> None:
    worker = await open_worker_of(owner, lab)
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    assert (await worker.hear("watched"))["labs"] == [str(lab.pk)]
    await worker.say(type="status", lab=str(lab.pk), full=True, status={"links": {"a--b": link_status()}})
    assert (await page.hear("full"))["status"]["links"]["a--b"]["state"] == "up"
    await worker.say(type="status", lab=str(lab.pk), status={"links": {"a--b": link_status("down")}})
    assert (await page.hear("delta"))["status"]["links"]["a--b"]["state"] == "down"
    await page.say(type="unwatch", lab=str(lab.pk))
    assert (await worker.hear("watched"))["labs"] == []
    await page.disconnect()
    await worker.disconnect()


async def test_what_was_seen_in_a_lab_that_stopped_is_void(owner: User, lab: Lab) -> None:
    worker = await open_worker_of(owner, lab)
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await worker.hear_until("watched", lambda message: message["labs"])
    await worker.say(type="status", lab=str(lab.pk), full=True, status={"links": {"a--b": link_status()}})
    await page.hear_until("full", lambda message: message["status"]["links"])
    await sync_to_async(runs.stop_lab)(owner, lab.pk)
    await worker.say(type="report", lab=str(lab.pk), run={"state": "stopped", "generation": 2})
    full = await page.hear("full")
    assert (full["run"]["state"], full["status"]["links"]) == ("stopped", {})
    await page.disconnect()
    await worker.disconnect()


async def test_a_plan_is_shown_once_and_so_is_that_of_a_repair(owner: User, lab: Lab) -> None:
    worker = await open_worker_of(owner, lab)
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")

    async def shown(state: str, done: int, *plan: str) -> list[str] | None:
        """The plan in what the page is told, when the worker has reported this."""
        run = {"state": state, "generation": 1, "done": done, "total": 2}
        await worker.say(type="report", lab=str(lab.pk), run=run | ({"plan": [entry(summary) for summary in plan]} if plan else {}))
        told = await page.hear_until(
            "delta", lambda message: message["run"] and (message["run"]["state"], message["run"]["done"]) == (state, done)
        )
        await page.say(type="ack", lab=str(lab.pk), seq=told["seq"])
        return told["run"]["plan"] and [each["summary"] for each in told["run"]["plan"]]

    assert await shown("starting", 0, "Add ns1", "Add ns2") == ["Add ns1", "Add ns2"]
    assert await shown("starting", 1) is None
    assert await shown("running", 2) is None
    assert await shown("applying", 0, "Remove byhand") == ["Remove byhand"]
    assert await shown("applying", 1) is None
    assert await shown("running", 2, "Add ns1", "Add ns2") == ["Add ns1", "Add ns2"]
    assert await shown("failed", 1, "Add ns3") == ["Add ns3"]
    await page.disconnect()
    await worker.disconnect()


async def test_a_long_plan_is_shown_also_where_progress_is_told_before_it_is_read(
    owner: User, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hints leave it out; until it is read, that of the generation before is not shown in its place."""
    worker = await open_worker_of(owner, lab)
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    monkeypatch.setattr(hub, "TICK", 0.5)  # until it is read
    run = {"state": "running", "generation": 1, "done": 1, "total": 1, "plan": [entry("Add ns1")]}
    await worker.say(type="report", lab=str(lab.pk), run=run)
    await page.hear_until("delta", lambda message: message["run"] and message["run"]["plan"])
    await sync_to_async(runs.apply_lab)(owner, lab.pk)
    run = {"state": "applying", "generation": 2, "total": 200}
    await worker.say(type="report", lab=str(lab.pk), run=run | {"plan": [entry(f"Add {n}") for n in range(200)]})
    async with asyncio.timeout(5):
        while not await Run.objects.filter(lab=lab, state="applying").aexists():  # noqa: ASYNC110 - another connection writes it
            await asyncio.sleep(0.01)
    await worker.say(type="report", lab=str(lab.pk), run=run | {"done": 100})
    told = await page.hear_until("delta", lambda message: message["run"] and message["run"]["generation"] == 2 and message["run"]["plan"])
    assert len(told["run"]["plan"]) == 200
    await page.disconnect()
    await worker.disconnect()


def entry(summary: str) -> dict[str, object]:
    return {"n": 1, "op": "AddNamespace", "change": "add", "summary": summary, "params": {}, "command": ""}


async def test_a_second_page_has_what_the_first_has_seen(owner: User, lab: Lab) -> None:
    worker = await open_worker_of(owner, lab)
    first, second = await open_page(owner), await open_page(owner)
    await first.say(type="watch", lab=str(lab.pk))
    await worker.hear_until("watched", lambda message: message["labs"])
    await worker.say(type="status", lab=str(lab.pk), full=True, status={"links": {"a--b": link_status("down")}})
    await first.hear_until("full", lambda message: message["status"]["links"])
    await second.say(type="watch", lab=str(lab.pk))
    assert (await second.hear("full"))["status"]["links"]["a--b"]["state"] == "down"
    for socket in (first, second, worker):
        await socket.disconnect()


async def test_a_page_that_does_not_acknowledge_gets_the_newest_state_only(owner: User, lab: Lab) -> None:
    """A thousand changes: a window of messages, then nothing; after the acknowledgement one, with the newest value."""
    worker = await open_worker_of(owner, lab)
    page, prompt = await open_page(owner), await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    full = await page.hear("full")
    await prompt.say(type="watch", lab=str(lab.pk))
    await worker.hear_until("watched", lambda message: message["labs"])
    for n in range(1000):
        state = "down" if n % 2 == 0 else "up"
        await worker.say(type="status", lab=str(lab.pk), status={"links": {"a--b": link_status(state, n)}})
        if n % 50 == 0:
            await asyncio.sleep(0.01)
    while (message := json.loads(await prompt.receive_from(timeout=10)))["status"]["links"].get("a--b", {}).get("bps") != [999, 999]:
        await prompt.say(type="ack", lab=str(lab.pk), seq=message["seq"])
    seen = []
    while not await page.receive_nothing(timeout=0.1):
        seen.append(json.loads(await page.receive_from()))
    assert 0 < len(seen) <= WINDOW
    last = seen[-1]["seq"]
    assert [message["seq"] for message in seen] == list(range(full["seq"] + 1, last + 1))
    await page.say(type="ack", lab=str(lab.pk), seq=last)
    newest = json.loads(await page.receive_from(timeout=2))
    assert newest["seq"] == last + 1
    assert newest["status"]["links"]["a--b"]["bps"] == [999, 999]
    assert await page.receive_nothing(timeout=0.3)
    for socket in (page, prompt, worker):
        await socket.disconnect()
