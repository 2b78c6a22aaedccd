"""Visitors: connections to a lab beside that of its controller."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from labs.kernel.errors import AgentError, LabBusyError, LabGoneError
from labs.kernel.lab import Lab
from labs.network.state import Netns
from tests.kernel import machine

HOST = Netns("", "")
NS1 = Netns("", "ns1")


@pytest.fixture
async def kept(directory):
    lab = await Lab.start("kept", directory=directory, keep=True)
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    await lab.keeper.set_record(b"record")
    yield lab
    await (await Lab.attach(directory / "kept.sock")).end()


@pytest.fixture
async def visitor(kept, directory):
    lab = await Lab.visit(directory / "kept.sock")
    yield lab
    lab.leave()


async def test_a_visitor_looks_and_runs_commands_beside_the_controller(kept, visitor):
    assert await visitor.keeper.get_record() == b"record"
    assert (await visitor.keeper.read_sysctls([NS1]))[NS1]["net.ipv4.ip_forward"] == 0
    both = await asyncio.gather(visitor.run(NS1, ["sh", "-c", "exit 3"]), kept.run(NS1, ["sh", "-c", "exit 4"]))
    assert [completed.code for completed in both] == [3, 4]
    await kept.keeper.add_netns([Netns("", "ns2")])
    assert not kept.keeper.closed.is_set()


async def test_a_visitor_s_descriptors_are_its_own(kept, visitor):
    await visitor.keeper.attach()
    assert visitor.handles.keys() == kept.handles.keys()
    for netns in (HOST, NS1):
        ours, theirs = visitor.handles[netns], kept.handles[netns]
        assert os.fstat(ours.fd).st_ino == os.fstat(theirs.fd).st_ino
        assert os.fstat(ours.rtnl.fileno()).st_ino != os.fstat(theirs.rtnl.fileno()).st_ino
    target = ip_address("127.0.0.1")
    pings = [lab.prober.ping(NS1, target) for lab in (kept, visitor) for _ in range(50)]
    assert {ping.got for ping in await asyncio.gather(*pings)} == {"reply"}


async def test_a_visitor_changes_nothing_that_the_lab_is_made_of(kept, visitor):
    for request in (
        visitor.keeper.add_netns([Netns("", "ns2")]),
        visitor.keeper.remove_netns([NS1]),
        visitor.keeper.remove_hosts([""]),
        visitor.keeper.write_sysctls([(NS1, "net.ipv4.ip_forward", 1)]),
        visitor.keeper.watch_sysctls(["net.ipv4.ip_forward"], lambda: None),
        visitor.keeper.set_record(b"other"),
        visitor.keeper.end(),
    ):
        with pytest.raises(AgentError, match="Only who controls the lab"):
            await request
    assert await kept.keeper.get_record() == b"record"


async def test_who_controls_a_lab_is_cut_off_by_force_alone(kept, directory):
    with pytest.raises(LabBusyError):
        await Lab.attach(directory / "kept.sock", force=False)
    assert await kept.keeper.get_record() == b"record"
    second = await Lab.attach(directory / "kept.sock")
    await asyncio.wait_for(kept.keeper.closed.wait(), 5)
    second.leave()
    third = await Lab.attach(directory / "kept.sock", force=False)
    await third.keeper.add_netns([Netns("", "ns2")])
    third.leave()


async def test_a_controller_that_has_gone_is_none_whatever_it_left_unread(kept, directory):
    os.kill(kept.keeper.pid, signal.SIGSTOP)
    requests = [asyncio.ensure_future(kept.keeper.read_sysctls([NS1] * 50)) for _ in range(5)]
    await asyncio.sleep(0)
    kept.leave()
    next_one = asyncio.ensure_future(Lab.attach(directory / "kept.sock", force=False))
    await asyncio.sleep(0)
    os.kill(kept.keeper.pid, signal.SIGCONT)
    (await next_one).leave()
    assert all(isinstance(gone, LabGoneError) for gone in await asyncio.gather(*requests, return_exceptions=True))


async def test_what_a_visitor_started_is_told_that_he_hung_up(kept, directory):
    visitor = await Lab.visit(directory / "kept.sock")
    ours = asyncio.ensure_future(kept.run(NS1, ["sleep", "61"]))
    theirs = [asyncio.ensure_future(visitor.run(NS1, argv)) for argv in (["sleep", "62"], ["nohup", "sleep", "63"])]
    assert await run_in(kept, ["sleep 61", "sleep 62", "sleep 63"])
    visitor.leave()
    assert await run_in(kept, ["sleep 61", "sleep 63"])
    assert not ours.done()
    assert all(isinstance(gone, LabGoneError) for gone in await asyncio.gather(*theirs, return_exceptions=True))
    ours.cancel()
    await asyncio.gather(ours, return_exceptions=True)


async def test_a_visitor_that_does_not_read_is_dropped_and_the_controller_served(kept, directory):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as deaf:
        with contextlib.chdir(directory):  # the address of a UNIX socket has at most 107 bytes
            deaf.connect("kept.sock")
        async with asyncio.timeout(25):  # after 5 s it is given up
            with pytest.raises((BrokenPipeError, ConnectionResetError)):
                await asyncio.to_thread(_ask_without_end, deaf)
            await kept.keeper.add_netns([Netns("", "ns2")])


def _ask_without_end(deaf: socket.socket) -> None:
    while True:
        deaf.send(b'[1,"ReadSysctls",[[["","ns1"]]]]')


def _next_descriptor(pid: int) -> int:
    taken = {int(file.name) for file in Path(f"/proc/{pid}/fd").iterdir()}
    return min(set(range(len(taken) + 1)) - taken)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees and limits an agent's descriptors")
async def test_where_descriptors_are_scarce_visitors_wait_and_the_lab_lives_on(kept, directory):
    agent = kept.keeper.pid
    limits = resource.prlimit(agent, resource.RLIMIT_NOFILE)
    resource.prlimit(agent, resource.RLIMIT_NOFILE, (_next_descriptor(agent), limits[1]))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as waiting:
        waiting.connect(str(directory / "kept.sock"))
        for _ in range(2):  # the agent has tried to let him in, then
            assert await kept.keeper.get_record() == b"record"
        resource.prlimit(agent, resource.RLIMIT_NOFILE, limits)
        assert b"ready" in await asyncio.to_thread(waiting.recv, 4096)


async def test_no_descriptor_leads_out_of_the_lab(visitor, directory):
    outside = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(AgentError, match="A directory cannot be a standard stream"):
            await visitor.execute(NS1, ["true"], stdin=outside, stdout=2, stderr=2)
    finally:
        os.close(outside)


async def test_a_command_in_a_terminal_of_the_lab(kept, visitor):
    command, master = await visitor.keeper.execute_in_terminal(
        NS1, ["sh", "-c", "tty; stty size; read line; echo got $line"], rows=33, columns=77
    )
    os.write(master, b"hello\n")
    assert await command.wait() == 0
    assert _rest(master).decode().split("\r\n") == ["hello", "/dev/pts/0", "33 77", "got hello", ""]
    os.close(master)


async def test_who_closes_a_terminal_hangs_up(kept, visitor):
    command, master = await visitor.keeper.execute_in_terminal(NS1, ["sh", "-c", "sleep 60 & sleep 60"], rows=24, columns=80)
    os.close(master)
    assert await asyncio.wait_for(command.wait(), 10) == 128 + signal.SIGHUP


def _rest(master: int) -> bytes:
    parts = []
    try:
        while part := os.read(master, 4096):
            parts.append(part)
    except OSError:  # EIO: nobody holds the other side any more
        pass
    return b"".join(parts)


async def run_in(lab: Lab, commands: list[str]) -> bool:
    """Whether these, and no others, come to run in a lab."""

    def running() -> list[str]:
        processes = machine.processes_of(lab.keeper.pid) - {lab.keeper.pid}
        return sorted(map(machine.command_of, processes))

    return await asyncio.to_thread(machine.wait_until, lambda: running() == commands)
