"""A worker that may change its machine, on throw-away machines that have things of their own."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from labs.kernel.machine import Machine
from labs.messages.status import RunStatus
from labs.messages.worker import Hello, Reply, Report
from labs.network.state import Host, NetworkState
from tests.formats.machines import Machines
from tests.kernel.test_machine_lab import OWN, Picture, picture
from tests.worker.documents import pair, star
from tests.worker.server import TOKEN, FakeServer, desired

pytestmark = pytest.mark.kernel

LAB = "6f1c0c2e-0000-4000-8000-000000000001"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with Machines() as machines:
        yield machines


@pytest.fixture
def box(machines: Machines) -> Machines:
    """A machine with things of its own."""
    machines.make(NetworkState({"": Host()}))
    machines.paste("", "".join(f"{line}\n" for line in OWN[:5]))
    return machines


def on_machine(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"target": "machine"}


class Site:
    """A worker's process on this machine, and the server that it works for."""

    def __init__(self, server: FakeServer, state: Path) -> None:
        self.server = server
        self.state = state
        self.workers = 0
        (state / "token").write_text(TOKEN)

    @asynccontextmanager
    async def worker(self, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
        arguments = ["worker", "--server", self.server.url, "--token-file", str(self.state / "token"), "--state-dir", str(self.state)]
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "topoweb.cli", *arguments, *options, cwd=ROOT)
        self.workers += 1
        try:
            await self.server.connected(times=self.workers)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    def allowed(self) -> Any:
        return self.worker("--allow-machine")

    async def run(self, generation: int, document: dict[str, Any]) -> RunStatus:
        return await self.server.run(LAB, generation, on_machine(document))

    async def ask(self, action: str, **fields: Any) -> Reply:
        return await self.server.ask(LAB, action, **fields)

    async def stop(self, generation: int) -> RunStatus:
        since = len(self.server.received)
        await self.server.want(desired(LAB, generation, on_machine(pair()), running=False))
        return await self.server.settled(LAB, generation, since=since)


@asynccontextmanager
async def site(state: str) -> AsyncIterator[tuple[Site, Picture]]:
    """With all that is on the machine before."""
    async with Machine() as machine:
        before = await picture(machine)
    async with FakeServer() as server:
        yield Site(server, Path(state)), before


async def now() -> Picture:
    async with Machine() as machine:
        return await picture(machine)


def by_hand(command: str) -> None:
    subprocess.run(["sh", "-ec", command], check=True)


async def live(state: str) -> None:
    async with site(state) as (here, before), here.allowed():
        [hello] = [message for message in here.server.received if isinstance(message, Hello)]
        assert "machine" in hello.features.available
        preview = await here.ask("preview", document=on_machine(pair()))
        assert [entry.op for entry in preview.plan or ()][:2] == ["AddNamespace", "AddNamespace"], preview.error
        assert await now() == before
        run = await here.run(1, pair())
        assert (run.state, run.done) == ("running", run.total), run.error
        assert (await here.ask("ping", source="ns1", target="ns2")).ping.got == "reply"
        refused = await here.ask("open_terminal", source="ns1")
        assert refused.failure
        assert refused.failure.code == "terminals_on_machine"

        await here.server.watch(LAB)
        by_hand("ip -n ns1 link set veth-ns1 down")
        await here.server.status(LAB, lambda status: any(link.state == "down" for link in status.links.values()))
        by_hand("ip -n ns1 link set veth-ns1 up; ip -n ns1 addr add 10.9.9.9/24 dev veth-ns1; ip link add mine type bridge")
        added = "Add address 10.9.9.9/24 to veth-ns1 in ns1"
        await here.server.status(LAB, lambda status: [entry.summary for entry in status.drift or ()] == [added])
        adopted = await here.ask("adopt", document=on_machine(pair()), entries=(added,))
        assert "10.9.9.9/24" in json.dumps(adopted.document)
        since = len(here.server.received)
        repaired = await here.ask("repair")
        assert repaired.error is None, repaired.error
        await here.server.status(LAB, lambda status: status.drift == (), since=since)
        by_hand("ip netns del ns2")
        gone = "Remove namespace ns2"
        await here.server.status(LAB, lambda status: any(entry.summary == gone for entry in status.drift or ()))
        repaired = await here.ask("repair")
        assert repaired.error is None, repaired.error
        assert (await here.ask("ping", source="ns1", target="ns2")).ping.got == "reply"

        run = await here.run(2, pair(second="192.168.1.77/24"))
        assert (run.state, run.total) == ("running", 2), run.error
        assert (await here.stop(3)).state == "stopped"
        by_hand("ip link del mine")
        assert await now() == before
        assert list((here.state / "labs").iterdir()) == []


def test_a_lab_on_the_machine_is_run_watched_repaired_changed_and_stopped(box: Machines, tmp_path: Path) -> None:
    box.inside("", live, str(tmp_path))


async def taken(state: str) -> None:
    async with site(state) as (here, _), here.allowed():
        by_hand("ip netns add ns2")
        before = await now()
        words = "There is a namespace ns2 on this machine already: rename one of the two"
        preview = await here.ask("preview", document=on_machine(pair()))
        assert preview.failure
        assert preview.failure.code == "machine-unfit"
        [reason] = preview.failure.reasons
        assert (reason.code, reason.params, reason.message) == ("machine_namespace_taken", {"name": "ns2"}, words)
        run = await here.run(1, pair())
        assert run.error
        assert (run.state, run.error.reasons) == ("failed", (reason,))
        assert await now() == before
        by_hand("ip netns del ns2")
        await here.run(2, pair())
        by_hand("ip netns add ns3; ip -n ns2 link add other type bridge")
        run = await here.run(3, star(4))
        assert run.error
        assert "ns2:other is not the lab's" in str(run.error)
        assert (await here.ask("ping", source="ns1", target="ns2")).ping.got == "reply"

        await here.server.want(desired(LAB, 4, on_machine(pair()), running=False))
        await here.server.wait(lambda m: isinstance(m, Report) and m.run.state == "stopping" and m.run.error is not None)
        by_hand("ip -n ns2 link del other")
        assert (await here.stop(4)).state == "stopped"


def test_what_is_in_the_way_is_said_before_anything_is_done(box: Machines, tmp_path: Path) -> None:
    box.inside("", taken, str(tmp_path))


async def killed(state: str) -> None:
    async with site(state) as (here, before):
        async with here.allowed() as worker:
            await here.run(1, pair())
            by_hand("ip -n ns1 addr add 10.9.9.9/24 dev veth-ns1")
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
        async with here.allowed() as worker:
            await here.server.watch(LAB)
            since = len(here.server.received)
            await here.server.want(desired(LAB, 1, on_machine(pair())))
            await here.server.status(LAB, lambda status: len(status.drift or ()) == 1, since=since)
            await here.server.want(desired(LAB, 2, on_machine(star(100))))
            await here.server.wait(lambda m: isinstance(m, Report) and m.run.generation == 2 and 0 < m.run.done < m.run.total)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
        async with here.allowed():
            assert (await here.server.settled(LAB, 2)).state == "running", "it goes on before the server says anything"
            assert (await here.ask("ping", source="n0", target="10.0.0.100")).ping.got == "reply"
        async with here.worker():
            since = len(here.server.received)
            await here.server.want(desired(LAB, 3, on_machine(pair()), running=False))
            refused = await here.server.wait(lambda m: isinstance(m, Report) and m.run.error is not None, since=since)
            assert (refused.run.state, refused.run.error.code) == ("stopping", "feature-missing")
            assert await now() != before
        async with here.allowed():
            assert (await here.stop(3)).state == "stopped"
        assert await now() == before


def test_a_lab_on_the_machine_outlives_its_worker_and_a_half_done_change_is_finished(box: Machines, tmp_path: Path) -> None:
    box.inside("", killed, str(tmp_path))
