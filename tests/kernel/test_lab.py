"""A lab over time: its record, who takes it over, who may die without whom."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from labs.kernel import lab as lab_module
from labs.kernel import protocol
from labs.kernel.errors import LabGoneError
from labs.kernel.lab import Lab, end_lab, end_labs, find_labs
from labs.kernel.observe import observe
from labs.network.state import Netns
from tests.kernel import machine
from tests.kernel.controller import controller, kill

DEFAULT = Netns("", "")
NS1 = Netns("", "ns1")


async def test_a_record_of_any_size_is_kept(lab):
    assert await lab.keeper.get_record() is None
    for record in (b"one", b"", os.urandom(3 << 20)):
        await lab.keeper.set_record(record)
        assert await lab.keeper.get_record() == record


async def test_a_lab_outlives_its_worker_and_is_taken_over(directory):
    script = """
lab = await Lab.start("test", directory=directory, keep=True)
await lab.keeper.add_hosts(["", "host1"])
await lab.keeper.add_netns([Netns("host1", f"ns{number}") for number in range(130)])
await lab.keeper.set_record(b"generation 7")
print(json.dumps([[*netns, os.fstat(handle.fd).st_ino] for netns, handle in lab.handles.items()]))
"""
    worker = controller(script, directory)
    assert worker.stdout
    before = {(host, name): inode for host, name, inode in json.loads(worker.stdout.readline())}
    kill(worker)
    (path,) = find_labs(directory)
    lab = await Lab.attach(path)
    assert {tuple(netns): os.fstat(handle.fd).st_ino for netns, handle in lab.handles.items()} == before
    assert len(before) == 133
    assert await lab.keeper.get_record() == b"generation 7"
    assert (await lab.run(Netns("host1", "ns129"), ["hostname"])).stdout == b"host1\n"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    await lab.end()
    assert machine.wait_until(lambda: not find_labs(directory))


async def test_who_takes_a_lab_over_cuts_off_who_had_it(directory):
    name = "long" * 15  # with its directory more than the address of a UNIX socket holds
    first = await Lab.start(name, directory=directory, keep=True)
    second = await Lab.attach(directory / f"{name}.sock")
    assert first.keeper.pid == second.keeper.pid
    await asyncio.wait_for(first.keeper.closed.wait(), 1)
    with pytest.raises(LabGoneError):
        await first.keeper.add_hosts([""])
    await second.keeper.add_hosts([""])
    await second.end()


@pytest.mark.parametrize("nonsense", [b"x", b"[]", b"[1,2,3]", b'[1,"NoRequest",[]]', b'[1,"AddNetns",[1]]', b"\xff\0", b"9" * 5000])
async def test_nonsense_on_its_socket_does_not_disturb_a_lab(directory, nonsense):
    lab = await Lab.start("test", directory=directory)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
        with contextlib.chdir(directory):
            stranger.connect("test.sock")
        stranger.send(nonsense)
        assert machine.wait_until(lambda: _is_closed(stranger))
    await lab.keeper.add_hosts([""])
    await lab.end()


async def test_an_agent_that_understands_nothing_can_be_ended(directory, monkeypatch):
    """One of another version of this program."""
    lab = await Lab.start("test", directory=directory, keep=True)
    lab.leave()
    with monkeypatch.context() as other:
        other.setattr(protocol, "VERSION", "another")
        other.setattr(protocol, "encode_request", lambda number, request: b'[1,"NoRequest",[]]')
        await end_lab(directory / "test.sock")
    assert machine.wait_until(lambda: not machine.is_alive(lab.keeper.pid))
    assert not find_labs(directory)


def test_who_may_set_other_sysctls_is_another_version():
    code = "from labs.document.sysctls import SYSCTLS; SYSCTLS.popitem(); from labs.kernel import protocol; print(protocol.VERSION)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() != protocol.VERSION


async def test_a_lab_that_is_not_kept_ends_with_its_controller(directory):
    process = controller('lab = await Lab.start("test"); await lab.keeper.add_hosts([""]); print(lab.keeper.pid)', directory)
    assert process.stdout
    agent = int(process.stdout.readline())
    assert machine.is_alive(agent)
    kill(process)
    assert machine.wait_until(lambda: not machine.is_alive(agent))


async def test_an_agent_that_is_killed_leaves_nothing(directory):
    name = f"killed-{os.getpid()}"
    lab = await Lab.start(name, directory=directory, keep=True)
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([Netns("", f"ns{number}") for number in range(50)])
    command = asyncio.ensure_future(lab.run(NS1, ["sleep", "60"]))
    await asyncio.sleep(0.1)
    processes, ids = machine.processes_of(lab.keeper.pid), _id_sockets(lab.keeper.pid)
    assert len(processes) == 2
    assert len(ids) == (os.geteuid() == 0)
    assert len(_cgroups(name)) == sum(by.startswith("cgroup") for by in lab.keeper.limits.values())
    os.kill(lab.keeper.pid, signal.SIGKILL)
    await asyncio.wait_for(lab.keeper.closed.wait(), 1)
    assert not lab.handles
    with pytest.raises(LabGoneError):
        await command
    assert machine.wait_until(lambda: not any(map(machine.is_alive, processes)))
    assert machine.wait_until(lambda: not find_labs(directory) and not _cgroups(name))
    assert not ids & set(_unix_sockets().values())
    with pytest.raises(LabGoneError):
        await Lab.attach(directory / f"{name}.sock")


async def test_a_lab_that_has_ended_is_not_seen_as_an_empty_one(lab):
    await lab.keeper.add_hosts([""])
    await lab.observe()
    os.kill(lab.keeper.pid, signal.SIGKILL)
    await lab.keeper.closed.wait()
    for look in (lab.observe(), observe(lab.keeper)):
        with pytest.raises(LabGoneError):
            await look


async def test_a_lab_whose_agent_is_killed_as_it_begins_is_started_again(directory):
    starting = asyncio.ensure_future(Lab.start("test", directory=directory, keep=True))
    await asyncio.sleep(0)  # it is asked for; what comes of it is not seen here until the next await
    killed = _kill_agent_when_ready(directory / "test.sock")
    assert machine.wait_until(lambda: not find_labs(directory))
    lab = await starting
    assert lab.keeper.pid != killed
    await lab.end()


def _kill_agent_when_ready(path: Path) -> int:
    assert machine.wait_until(path.exists)
    _greeted_by(path)  # its controller has had its own greeting before
    agent = _greeted_by(path)  # now that it listens itself, and no longer who forked it
    os.kill(agent, signal.SIGKILL)
    return agent


def _greeted_by(path: Path) -> int:
    with contextlib.ExitStack() as undo:
        held = os.open(path.parent, os.O_PATH)
        undo.callback(os.close, held)
        visit = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        visit.settimeout(10)
        visit.connect(f"/proc/self/fd/{held}/{path.name}")  # the address of a UNIX socket has at most 107 bytes
        process, _, _ = struct.unpack("iII", visit.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        assert visit.recv(10_000)
    return process


async def test_the_socket_of_the_next_lab_of_a_name_stays(directory):
    for _ in range(5):
        lab = await Lab.start("test", directory=directory, keep=True)
        await lab.end()
    lab = await Lab.start("test", directory=directory, keep=True)
    await asyncio.sleep(0.2)
    again = await Lab.attach(directory / "test.sock")
    await again.end()


async def test_a_lab_outlives_the_fork_server(directory):
    lab = await Lab.start("test", directory=directory, keep=True)
    server = lab_module._forkserver._process
    assert server
    server.kill()
    server.wait()
    other = await Lab.start("other")
    await other.end()
    await lab.keeper.add_hosts([""])
    assert (await lab.run(DEFAULT, ["true"])).code == 0
    await lab.end()
    again = await Lab.start("test", directory=directory)  # over the socket that nobody removed
    await again.end()


async def test_an_agent_that_hangs_is_killed_at_the_end(monkeypatch):
    monkeypatch.setattr("labs.kernel.keeper._END_WITHIN", 0.1)
    lab = await Lab.start("test")
    os.kill(lab.keeper.pid, signal.SIGSTOP)
    await lab.end()
    assert machine.wait_until(lambda: not machine.is_alive(lab.keeper.pid))


async def test_an_agent_that_hangs_when_it_is_asked_is_killed(monkeypatch):
    monkeypatch.setattr("labs.kernel.keeper._SILENT_FOR", 0.1)
    lab = await Lab.start("test")
    agent = lab.keeper.pid
    os.kill(agent, signal.SIGSTOP)
    with pytest.raises(LabGoneError):
        await lab.keeper.add_hosts([""])
    assert machine.wait_until(lambda: not machine.is_alive(agent))


async def test_an_agent_that_hangs_when_it_is_taken_over_is_killed(directory, monkeypatch):
    monkeypatch.setattr("labs.kernel.lab._ANSWER_WITHIN", 0.1)
    lab = await Lab.start("test", directory=directory, keep=True)
    os.kill(lab.keeper.pid, signal.SIGSTOP)
    with pytest.raises(LabGoneError, match="did not answer"):
        await Lab.attach(directory / "test.sock")
    assert machine.wait_until(lambda: not machine.is_alive(lab.keeper.pid) and not find_labs(directory))


async def test_end_all_labs_of_a_directory(directory):
    labs = [await Lab.start(name, directory=directory, keep=True) for name in ("one", "two")]
    (directory / "stale.sock").touch()
    agents = [lab.keeper.pid for lab in labs]
    for lab in labs:
        lab.leave()
    assert all(map(machine.is_alive, agents))
    await end_labs(directory)
    assert machine.wait_until(lambda: not any(map(machine.is_alive, agents)) and not find_labs(directory))


def _is_closed(connection: socket.socket) -> bool:
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(1000) == b""
    return True


def _cgroups(lab: str) -> list[Path]:
    """Any may go while they are looked for."""
    found = [Path(parent, name) for parent, names, _ in os.walk("/sys/fs/cgroup") for name in names]
    return [path for path in found if path.name.startswith(f"topoweb-{lab}-")]


def _id_sockets(agent: int) -> set[str]:
    """The names of the sockets by which an agent holds its range of user ids."""
    opened = {str(fd.readlink()) for fd in Path(f"/proc/{agent}/fd").iterdir()} if os.geteuid() == 0 else set()
    return {name for inode, name in _unix_sockets().items() if f"socket:[{inode}]" in opened and name.startswith("@topoweb-ids-")}


def _unix_sockets() -> dict[str, str]:
    """The names of those that have one, by inode."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return {fields[6]: fields[7] for fields in lines if len(fields) > 7}


@pytest.mark.parametrize("turns", range(6))
async def test_who_is_cancelled_at_the_moment_a_lab_has_ended_is_cancelled(lab: Lab, turns: int) -> None:
    """So many turns of the loop after it. Else a worker that is told to end would wait for ever for who ends a lab just then."""
    ending = asyncio.ensure_future(lab.end())
    await asyncio.sleep(0)
    lab.leave()
    for _ in range(turns):
        await asyncio.sleep(0)
    if ending.cancel():
        with pytest.raises(asyncio.CancelledError):
            await ending
    else:
        assert ending.done()
