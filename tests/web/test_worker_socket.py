"""A worker's connection: who may have one, what it is told, and what is believed of what it says."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from labs.messages.status import Features
from labs.models import Lab, Run, Worker
from labs.web.actions import labs as lab_actions
from labs.web.actions import runs
from labs.web.actions.labs import create_lab
from labs.web.consumers import worker as consumer
from tests.web.conftest import ApiClient
from tests.web.documents import pair
from tests.web.sockets import ORIGIN, Socket, open_worker, session_cookie, worker_socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dG9rZW4=", "Bearer \xe9\xe9", "Bearer token of w1 "])
async def test_a_wrong_token_does_not_connect(header: str) -> None:
    await open_worker("w2")
    assert not await Socket("/ws/worker", {"authorization": header}).connected()


async def test_no_token_does_not_connect_and_neither_does_a_session(owner: User) -> None:
    assert not await Socket("/ws/worker", {}).connected()
    assert not await Socket("/ws/worker", {"cookie": await session_cookie(owner), "origin": ORIGIN}).connected()


async def test_the_right_token_is_told_what_should_be(owner: User, lab: Lab) -> None:
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    await open_worker()
    worker = worker_socket("token of w1")
    assert await worker.connected()
    await worker.say(type="hello", name="machine", features={"available": ["sandbox"], "missing": {"netem": "no module"}})
    (desired,) = (await worker.hear("desired"))["labs"]
    assert (desired["lab"], desired["generation"], desired["running"], desired["version"]) == (str(lab.pk), 1, True, 1)
    assert desired["document"]["name"] == "A cable"
    stored = await Worker.objects.aget()
    assert stored.features["missing"] == {"netem": "no module"}
    assert stored.connected
    await worker.disconnect()


async def test_each_wish_is_told_at_once(owner: User, lab: Lab) -> None:
    worker, _ = await open_worker()
    for action, running in ((runs.run_lab, True), (runs.stop_lab, False)):
        await sync_to_async(action)(owner, lab.pk)
        (desired,) = (await worker.hear("desired", patience=2))["labs"]
        assert desired["running"] is running
    await worker.disconnect()


async def test_what_is_wanted_as_before_is_only_named(owner: User, lab: Lab) -> None:
    worker, _ = await open_worker()
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    await worker.hear_until("desired", lambda message: message["labs"])
    other = await sync_to_async(lab_actions.duplicate_lab)(owner, lab)
    await sync_to_async(runs.run_lab)(owner, other.pk)
    told = await worker.hear("desired", patience=2)
    assert [desired["lab"] for desired in told["labs"]] == [str(other.pk)]
    assert told["same"] == [str(lab.pk)]
    await worker.disconnect()


async def test_a_deleted_lab_is_wanted_no_more(owner: User, lab: Lab) -> None:
    worker, _ = await open_worker()
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    await worker.hear_until("desired", lambda message: message["labs"])
    await sync_to_async(lab_actions.delete_lab)(owner, lab.pk)
    assert (await worker.hear("desired"))["labs"] == []
    await worker.disconnect()


async def test_a_lost_hint_is_made_up_for(owner: User, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "HEARTBEAT", 0.2)
    worker, stored = await open_worker()
    await Run.objects.filter(lab=lab).aupdate(wanted=True, generation=1, revision=lab.head, worker=stored)  # nobody tells anybody
    assert (await worker.hear("desired", patience=2))["labs"][0]["lab"] == str(lab.pk)
    await worker.disconnect()


async def test_reports_are_written_down_and_those_of_others_labs_are_not(owner: User, lab: Lab) -> None:
    worker, _ = await open_worker("w1")
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    intruder, _ = await open_worker("w2")
    await intruder.say(type="report", lab=str(lab.pk), run={"state": "failed", "generation": 1})
    await asyncio.sleep(0.3)
    assert (await Run.objects.aget()).state == "waiting"
    await worker.say(type="report", lab=str(lab.pk), run={"state": "starting", "generation": 1, "done": 1, "total": 2})
    await _until(lambda run: (run.state, run.done) == ("starting", 1))
    await worker.disconnect()
    await intruder.disconnect()


async def test_of_many_reports_the_last_is_what_is_kept(owner: User, lab: Lab) -> None:
    worker, _ = await open_worker()
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    entry = {"n": 1, "op": "AddNamespace", "change": "add", "summary": "Add", "params": {}, "command": "ip netns add ns1"}
    await worker.say(type="report", lab=str(lab.pk), run={"state": "starting", "generation": 1, "total": 500, "plan": [entry]})
    for n in range(1, 501):
        await worker.say(type="report", lab=str(lab.pk), run={"state": "starting", "generation": 1, "done": n, "total": 500})
    await worker.say(type="report", lab=str(lab.pk), run={"state": "running", "generation": 1, "done": 500, "total": 500})
    run = await _until(lambda run: run.state == "running")
    assert run.done == 500
    assert run.plan is not None
    assert run.plan[0]["command"] == "ip netns add ns1"
    await worker.disconnect()


async def _until(holds: Callable[[Run], bool], patience: float = 5) -> Run:
    """The run, once it is as wished."""
    deadline = time.monotonic() + patience
    while not holds(run := await Run.objects.aget()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"It is still {run}.")
        await asyncio.sleep(0.02)
    return run


async def test_nothing_is_relayed_of_a_lab_that_is_not_the_workers(owner: User, lab: Lab) -> None:
    from tests.web.sockets import link_status, open_page

    worker, _ = await open_worker("w1")
    intruder, _ = await open_worker("w2")
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    page = await open_page(owner)
    await page.say(type="watch", lab=str(lab.pk))
    await page.hear("full")
    for _ in range(2):
        await intruder.say(type="status", lab=str(lab.pk), full=True, status={"links": {"a--b": link_status("down")}})
    assert await page.receive_nothing(timeout=0.5)
    for socket in (page, worker, intruder):
        await socket.disconnect()


@pytest.mark.parametrize(
    "text", ["nonsense", " ", '{"type": "hello"}', '{"type": "report", "lab": "x"}', '{"type": "desired", "labs": []}']
)
async def test_who_does_not_speak_the_protocol_is_closed(text: str) -> None:
    worker, _ = await open_worker()
    await worker.send_to(text_data=text)
    assert await worker.code_of_close() == consumer.BAD_MESSAGE


async def test_a_message_that_comes_again_is_passed_over_and_one_that_is_missing_closes() -> None:
    worker, _ = await open_worker()
    await worker.send_raw('1 {"type": "nonsense"}')
    assert await worker.receive_nothing(timeout=0.2)
    await worker.send_raw('3 {"type": "alive"}')
    assert await worker.code_of_close() == consumer.MISSING


async def test_a_frame_holds_several_messages_a_line_each() -> None:
    worker, _ = await open_worker()
    await worker.send_raw('2 {"type": "alive"}\n{"type": "alive"}')
    assert await worker.receive_nothing(timeout=0.2)
    await worker.send_raw('3 {"type": "alive"}\n{"type": "nonsense"}')
    assert await worker.code_of_close() == consumer.BAD_MESSAGE


async def test_what_is_too_large_closes(settings: Settings) -> None:
    settings.LIMITS = replace(settings.LIMITS, worker_message_bytes=1000)
    worker, _ = await open_worker()
    await worker.send_to(text_data=json.dumps({"type": "reply", "id": "x" * 1000}))
    assert await worker.code_of_close() == consumer.TOO_BIG


async def test_a_second_connection_takes_the_place_of_the_first() -> None:
    first, stored = await open_worker()
    second = worker_socket("token of w1")
    assert await second.connected()
    await second.say(type="hello", name="machine", features={})
    await second.hear("desired")
    assert await first.code_of_close() == consumer.SUPERSEDED
    await first.disconnect(code=1006)
    await stored.arefresh_from_db()
    assert stored.connected
    await second.disconnect()
    await stored.arefresh_from_db()
    assert not stored.connected


async def test_a_ping_is_asked_of_the_worker_and_answered(owner: User) -> None:
    worker, lab, api = await _running_lab(owner)
    pinging = asyncio.create_task(_ask(api, lab, "ping", {"from": "ns1", "to": "ns2"}))
    request = await worker.hear("request")
    assert (request["action"], request["source"], request["target"]) == ("ping", "ns1", "ns2")
    result = {"source": "ns1", "target": "10.0.0.2", "got": "unreachable", "text": "Network is unreachable"}
    await worker.say(type="reply", id="of nobody", error="x")
    await worker.say(type="reply", id=request["id"], ping=result)
    status, answer = await pinging
    assert (status, answer["text"]) == (200, "Network is unreachable")
    await worker.disconnect()


async def test_who_would_run_a_lab_is_asked_what_it_would_do(owner: User) -> None:
    """Also where another failed with it, and has gone since."""
    features = Features(available=("sandbox", "machine"))
    gone, failed = await open_worker("w1", features)
    worker, _ = await open_worker("w2", features)
    await User.objects.aupdate(is_superuser=True)
    lab = await sync_to_async(create_lab)(owner, pair() | {"target": "machine"})
    await Run.objects.filter(lab=lab).aupdate(wanted=True, generation=1, revision=lab.head, worker=failed, state="failed")
    await gone.disconnect()
    api = await sync_to_async(lambda: ApiClient().sign_in(owner))()
    asking = asyncio.create_task(sync_to_async(api.get, thread_sensitive=False)(f"/api/labs/{lab.pk}/plan"))
    request = await worker.hear("request")
    assert (request["action"], request["lab"]) == ("preview", str(lab.pk))
    await worker.say(type="reply", id=request["id"], plan=[])
    assert (await asking).json()["plan"] == []
    await worker.disconnect()


async def test_a_ping_waits_until_a_worker_that_is_back_knows_its_labs(owner: User) -> None:
    worker, lab, api = await _running_lab(owner)
    await worker.disconnect()
    worker = worker_socket("token of w1")
    assert await worker.connected()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")  # so it cannot be written down yet that the worker is here
        await worker.say(type="hello", name="machine", features=Features().model_dump())
        pinging = asyncio.create_task(_ask(api, lab, "ping", {"from": "ns1", "to": "ns2"}))
        await asyncio.sleep(0.3)
    request = await worker.hear("request")
    await worker.say(type="reply", id=request["id"], ping={"source": "ns1", "target": "10.0.0.2", "got": "reply", "text": "64 bytes"})
    assert (await pinging)[0] == 200
    await worker.disconnect()


async def test_a_worker_that_refuses_or_goes_is_told_to_the_asker(owner: User) -> None:
    worker, lab, api = await _running_lab(owner)
    asking = asyncio.create_task(_ask(api, lab, "trace", {"from": "ns1", "to": "10.9.9.9"}))
    request = await worker.hear("request")
    await worker.say(type="reply", id=request["id"], error="ns1 is not there")
    assert (await asking)[0] == 409
    asking = asyncio.create_task(_ask(api, lab, "trace", {"from": "ns1", "to": "10.9.9.9"}))
    await worker.hear("request")
    await worker.disconnect()
    status, answer = await asking
    assert status == 409
    assert "connection" in answer["error"]["message"]


async def test_what_was_done_by_hand_is_adopted_into_the_head_and_repaired_by_the_worker(owner: User) -> None:
    worker, lab, api = await _running_lab(owner)
    entry = "Add address 10.9.9.9/24 to veth-ns1 in ns1"
    asking = asyncio.create_task(_ask(api, lab, "adopt", {"entries": [entry]}))
    request = await worker.hear("request")
    assert (request["action"], request["entries"], request["document"]["name"]) == ("adopt", [entry], "A cable")
    await worker.say(type="reply", id=request["id"], document={"topoweb": 1, "name": "adopted"})
    assert await asking == (200, {"document": {"topoweb": 1, "name": "adopted"}, "refused": []})

    asking = asyncio.create_task(_ask(api, lab, "repair", {}))
    request = await worker.hear("request")
    assert (request["action"], request["entries"]) == ("repair", None)
    failure = {"message": "Add veth pair: the name is taken", "code": "name-taken", "params": {"name": "veth-ns1"}, "hint": "Rename it"}
    await worker.say(type="reply", id=request["id"], error="refused", failure=failure)
    status, answer = await asking
    assert (status, answer["error"]["code"], answer["error"]["params"]) == (409, "name-taken", {"name": "veth-ns1"})
    assert answer["error"]["message"] == "Add veth pair: the name is taken. Rename it"
    await worker.disconnect()


async def _running_lab(owner: User) -> tuple[Socket, Lab, ApiClient]:
    worker, _ = await open_worker()
    lab = await sync_to_async(create_lab)(owner, pair())
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    await worker.say(type="report", lab=str(lab.pk), run={"state": "running", "generation": 1})
    await worker.hear_until("desired", lambda message: message["labs"])
    await _until(lambda run: run.state == "running")
    return worker, lab, await sync_to_async(ApiClient().sign_in)(owner)


@sync_to_async(thread_sensitive=False)
def _ask(api: ApiClient, lab: Lab, action: str, body: object) -> tuple[int, dict[str, object]]:
    """In a thread, as Daphne runs a view: the answer comes through this test's loop."""
    answer = api.send("POST", f"/api/labs/{lab.pk}/{action}", body)
    return answer.status_code, answer.json()
