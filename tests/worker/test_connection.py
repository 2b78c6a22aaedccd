"""The worker's connection: it comes back, and what it held goes on."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from labs.kernel import protocol
from labs.messages.worker import Hello, Report
from labs.network.state import Netns
from labs.worker.connection import FRAME, in_frames, worker_url
from tests.worker.documents import pair
from tests.worker.server import desired


async def test_hello_comes_first(server, worker):
    assert isinstance(server.received[0], Hello)
    assert server.received[0].name == "test"
    assert "sandbox" in server.received[0].features.available


async def test_after_the_server_was_away_all_labs_are_reported_anew(server, worker):
    await server.run("one", 1, pair())
    agent = worker.reconciler.runner("one").lab.keeper.pid
    await server.hang_up()
    since = len(server.received)
    await server.listen()
    report = await server.wait(lambda m: isinstance(m, Report), since=since)
    assert (report.lab, report.run.state, report.run.generation) == ("one", "running", 1)
    assert report.run.plan is not None, "the server may have missed it"
    await server.want(desired("one", 1, pair()))
    assert (await server.ask("one", "ping", source="ns1", target="192.168.1.2")).ping.got == "reply"
    assert worker.reconciler.runner("one").lab.keeper.pid == agent


async def test_a_worker_takes_over_the_labs_of_the_one_before(server, worker, start_worker):
    await server.run("one", 1, pair())
    await worker.reconciler.runner("one").lab.run(Netns("", "ns1"), ["ip", "address", "add", "10.9.9.9/24", "dev", "veth-ns1"])
    await worker.stop()
    since = len(server.received)
    await start_worker()
    report = await server.wait(lambda m: isinstance(m, Report), since=since)
    assert (report.run.state, report.run.generation, report.run.version) == ("running", 1, 1)
    await server.want(desired("one", 1, pair()))
    assert (await server.ask("one", "ping", source="ns1", target="192.168.1.2")).ping.got == "reply"
    assert (await server.ask("one", "ping", source="ns1", target="10.9.9.9")).ping.got == "reply", "it is another lab"


@pytest.mark.parametrize("left", [b"{", b'{"generation": 1, "version": 1, "phase": "applied", "document": {"topoweb": 0}}'])
async def test_a_lab_left_by_another_version_is_built_anew(server, worker, start_worker, left):
    await server.run("one", 1, pair())
    await worker.reconciler.runner("one").lab.keeper.set_record(left)
    await worker.stop()
    since = len(server.received)
    await start_worker()
    await server.connected(times=2)
    await server.want(desired("one", 1, pair()))
    assert (await server.settled("one", 1, since=since)).state == "running"
    assert (await server.ask("one", "ping", source="ns1", target="192.168.1.2")).ping.got == "reply"


async def test_a_lab_whose_agent_is_of_another_version_is_built_anew(server, worker, start_worker, monkeypatch):
    await server.run("one", 1, pair())
    agent = worker.reconciler.runner("one").lab.keeper.pid
    await worker.stop()
    since = len(server.received)
    with monkeypatch.context() as newer:
        newer.setattr(protocol, "VERSION", "another")
        worker = await start_worker()
    await server.connected(times=2)
    await server.want(desired("one", 1, pair()).model_copy(update={"ran": True}))
    run = await server.settled("one", 1, since=since)
    assert (run.state, run.error.code) == ("running", "lab-rebuilt")
    assert worker.reconciler.runner("one").lab.keeper.pid != agent
    assert (await server.ask("one", "ping", source="ns1", target="192.168.1.2")).ping.got == "reply"


async def test_what_is_not_a_message_is_overlooked(server, worker):
    for nonsense in ("{", json.dumps({"type": "desired"}), json.dumps({"type": "format-disk"})):
        await server.send_text(nonsense)
    assert (await server.run("one", 1, pair())).state == "running"


async def test_a_wrong_token_is_said_once_and_tried_again(server, start_worker, caplog):
    with caplog.at_level(logging.WARNING):
        await start_worker(token="wrong")
        await asyncio.sleep(0.7)
    said = [record.getMessage() for record in caplog.records if "does not know this token" in record.getMessage()]
    assert len(said) == 1
    assert server.received == []


@pytest.mark.parametrize(
    ("server_address", "url"),
    [
        ("ws://127.0.0.1:8000", "ws://127.0.0.1:8000/ws/worker"),
        ("https://labs.example.org/", "wss://labs.example.org/ws/worker"),
        ("http://labs.example.org/topoweb", "ws://labs.example.org/topoweb/ws/worker"),
        ("wss://labs.example.org/ws/worker", "wss://labs.example.org/ws/worker"),
    ],
)
def test_the_address_of_a_server(server_address, url):
    assert worker_url(server_address) == url


@pytest.mark.parametrize("address", ["labs.example.org", "ftp://labs.example.org", "ws://", ""])
def test_what_is_no_address_of_a_server(address):
    with pytest.raises(ValueError, match="is not the address of a server"):
        worker_url(address)


async def test_a_message_that_comes_again_is_passed_over(server, worker):
    await server.connected()
    await server.send_raw('1 {"type": "watched", "labs": []}')
    await server.send_raw('1 {"type": "nonsense"}')
    await server.send_raw('2 {"type": "alive"}')
    assert server.connections == 1


async def test_where_a_message_is_missing_the_connection_begins_anew(server, worker):
    await server.connected()
    await server.send_raw('2 {"type": "alive"}')
    await server.connected(times=2)


def test_as_many_messages_go_in_a_frame_as_find_room():
    half, more = "h" * (FRAME // 2), "m" * (FRAME // 2 + 1)
    assert list(in_frames([])) == []
    assert list(in_frames([half, half, "a", "b", more, more])) == [f"{half}\n{half}", f"a\nb\n{more}", more]
    assert list(in_frames(["a", 2 * more, "b"])) == ["a", 2 * more, "b"]
