"""A worker's process may die at any instant, and the lab still ends up as it should be."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from labs.document.parse import parse
from labs.kernel.lab import Lab, find_labs
from labs.kernel.observe import observe
from labs.messages.worker import Report
from labs.network.compile import compile
from labs.network.normal import normalize
from labs.network.state import Netns
from labs.worker.observed import observed_state
from labs.worker.record import Record
from tests.worker.documents import pair, star
from tests.worker.server import TOKEN, desired

NS1 = Netns("", "ns1")


@asynccontextmanager
async def worker_process(server, directory: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    token_file = directory.parent / "token"
    token_file.write_text(TOKEN)
    arguments = ["worker", "--server", server.url, "--token-file", str(token_file), "--state-dir", str(directory.parent)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "topoweb.cli", *arguments)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def network_of(directory: Path):
    """What is in the one lab that is there, and its record. No worker may have it."""
    (path,) = find_labs(directory)
    lab = await Lab.attach(path)
    try:
        return await observe(lab.keeper), Record.decode(await lab.keeper.get_record())
    finally:
        lab.leave()


LARGE = 450
"""Namespaces: it takes long enough to be killed on the way, on a busy machine too."""


async def kill_while(server, worker, state: str) -> None:
    """Kill the worker when it reports that it is half through, as it does soon of a lab that somebody watches."""
    await server.wait(lambda m: isinstance(m, Report) and m.run.state == state and 0 < m.run.done < m.run.total)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()


@pytest.mark.parametrize(("before", "state"), [(None, "starting"), (pair(), "applying")])
async def test_killed_in_the_middle_of_an_apply_the_next_worker_goes_on(server, directory, before, state):
    wanted = star(LARGE)
    async with worker_process(server, directory) as worker:
        await server.connected()
        await server.watch("one")
        if before:
            await server.run("one", 1, before)
        await server.want(desired("one", 2, wanted))
        await kill_while(server, worker, state)
    observed, record = await network_of(directory)
    assert record.phase == "applying"
    assert normalize(observed, compile(parse(wanted))) != compile(parse(wanted)), "it was killed too late for this test"

    async with worker_process(server, directory):
        await server.connected(times=2)
        await server.want(desired("one", 2, wanted))
        assert (await server.settled("one", 2)).state == "running"
        assert (await server.ask("one", "ping", source="n0", target="10.0.1.49")).ping.got == "reply"
    observed, record = await network_of(directory)
    assert record.phase == "applied"
    assert normalize(observed, compile(parse(wanted))) == compile(parse(wanted))


async def test_a_half_done_apply_is_gone_on_with_before_the_server_says_anything(server, directory):
    wanted = star(LARGE)
    async with worker_process(server, directory) as worker:
        await server.connected()
        await server.watch("one")
        await server.want(desired("one", 2, wanted))
        await kill_while(server, worker, "starting")
    async with worker_process(server, directory):
        assert (await server.settled("one", 2)).state == "running"


async def test_a_change_that_can_neither_be_finished_nor_undone_leaves_the_lab_and_says_what_is_left_over(server, start_worker, directory):
    """A worker died on the way, and meanwhile somebody put a link of a kind that no drawing has in the place of one."""
    worker = await start_worker()
    await server.connected()
    await server.run("one", 1, pair())
    await worker.stop()
    wanted = pair(second="192.168.1.3/24")
    half = Record(generation=2, version=2, phase="applying", document=wanted, previous=pair(), previous_version=1)
    lab = await Lab.attach(directory / "one.sock")
    await lab.run(NS1, ["sh", "-c", "ip link del veth-ns1; ip link add veth-ns1 type ifb"])
    await lab.keeper.set_record(half.encode())
    lab.leave()

    worker = await start_worker()
    await server.connected(times=2)
    run = await server.run("one", 2, wanted)
    assert (run.state, run.error.op, run.error.errno) == ("failed", "AddVeth", "EEXIST")
    assert run.error.leftovers[0].summary == "Add veth pair veth-ns1 in ns1, veth-ns2 in ns2"
    assert "Not undone: Add veth pair veth-ns1 in ns1, veth-ns2 in ns2" in str(run.error)

    lab = worker.reconciler.runner("one").lab
    await lab.run(NS1, ["ip", "link", "del", "veth-ns1"])
    assert (await server.ask("one", "repair")).error is None
    assert await observed_state(lab, compile(parse(pair()))) == compile(parse(pair()))
    record = Record.decode(await lab.keeper.get_record())
    assert (record.phase, record.version, record.error.op, record.error.leftovers) == ("failed", 1, "AddVeth", ())
    assert worker.reconciler.runner("one").report.run.error == record.error


async def test_a_stop_that_was_missed_is_made_up_for(server, directory):
    async with worker_process(server, directory) as worker:
        await server.connected()
        await server.run("one", 1, pair())
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    async with worker_process(server, directory):
        await server.connected(times=2)
        since = len(server.received)
        await server.want(desired("one", 2, pair(), running=False))
        assert (await server.settled("one", 2, since=since)).state == "stopped"
    assert find_labs(directory) == []


async def test_a_worker_that_is_told_to_end_leaves_its_labs(server, directory):
    async with worker_process(server, directory) as worker:
        await server.connected()
        await server.run("one", 1, pair())
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    _, record = await network_of(directory)
    assert (record.phase, record.generation) == ("applied", 1)


async def test_end_labs_ends_them_all(server, directory):
    async with worker_process(server, directory) as worker:
        await server.connected()
        await server.run("one", 1, pair())
        worker.send_signal(signal.SIGTERM)
        await worker.wait()
    arguments = ["worker", "--end-labs", "--state-dir", str(directory.parent)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "topoweb.cli", *arguments)
    assert await process.wait() == 0
    assert find_labs(directory) == []
