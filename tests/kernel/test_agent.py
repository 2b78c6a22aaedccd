"""The agent and its controller: descriptors, requests that are refused, who may die without whom."""

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labs.document.sysctls import SYSCTLS
from labs.kernel import lab as lab_module
from labs.kernel.errors import AgentError, LabGoneError
from labs.kernel.lab import Lab, end_labs, find_labs
from labs.kernel.netns import LANS
from labs.kernel.observe import observe
from labs.network.state import Netns
from tests.kernel import machine

DEFAULT = Netns("", "")
NS1 = Netns("", "ns1")
MANY = [Netns("", f"ns{number}") for number in range(500)]


def controller(script: str, directory: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """Another process that runs this in a coroutine, with `Lab`, `Netns` and `directory` at hand, and then waits to be killed."""
    lines = "".join(f"    {line}\n" for line in script.strip().splitlines())
    program = (
        "import asyncio, json, os, sys\nfrom pathlib import Path\nfrom labs.kernel.lab import Lab\nfrom labs.network.state import Netns\n"
        f"async def main(directory):\n{lines}    sys.stdout.flush()\n    await asyncio.sleep(60)\n"
        "asyncio.run(main(Path(sys.argv[1])))\n"
    )
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen(
        [sys.executable, "-c", program, str(directory), *arguments], stdout=subprocess.PIPE, text=True, env=environment, **options
    )  # type: ignore[call-overload]  # the options are the caller's


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


# Namespaces


async def test_a_new_namespace_has_lo_up_and_default_sysctls(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    for netns in (DEFAULT, NS1):
        assert (await lab.run(netns, ["ip", "-br", "link"])).stdout.split()[:2] == [b"lo", b"UNKNOWN"]
    values = await lab.keeper.read_sysctls([DEFAULT, NS1, LANS])
    defaults = {key: sysctl.default for key, sysctl in SYSCTLS.items()}
    assert values == {DEFAULT: defaults, NS1: defaults, LANS: defaults}


async def test_sysctls_are_read_as_they_are_each_time_also_in_a_namespace_that_was_made_anew(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])

    async def ttl() -> int:
        return (await lab.keeper.read_sysctls([NS1]))[NS1]["net.ipv4.ip_default_ttl"]

    assert await ttl() == 64
    await lab.keeper.write_sysctls([(NS1, "net.ipv4.ip_default_ttl", 9)])
    assert await ttl() == 9
    await lab.keeper.remove_netns([NS1])
    await lab.keeper.add_netns([NS1])
    assert await ttl() == 64


async def test_sysctls_are_written_where_they_belong(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    await lab.keeper.write_sysctls([(NS1, "net.ipv4.ip_forward", 1), (NS1, "net.ipv6.conf.all.forwarding", 1)])
    values = await lab.keeper.read_sysctls([DEFAULT, NS1])
    assert (values[NS1]["net.ipv4.ip_forward"], values[NS1]["net.ipv6.conf.all.forwarding"]) == (1, 1)
    assert values[DEFAULT]["net.ipv4.ip_forward"] == 0


@pytest.mark.parametrize("key", ["net.core.somaxconn", "kernel.hostname", "../../etc/passwd", ""])
async def test_other_sysctls_are_refused(lab, key):
    await lab.keeper.add_hosts([""])
    with pytest.raises(AgentError) as refused:
        await lab.keeper.write_sysctls([(DEFAULT, key, 1)])
    assert refused.value.subject == key


async def test_namespaces_are_made_all_or_none(lab):
    await lab.keeper.add_hosts([""])
    await lab.run(DEFAULT, ["ip", "netns", "add", "ns3"])
    handles = set(lab.handles)
    with pytest.raises(AgentError) as refused:
        await lab.keeper.add_netns([Netns("", "ns4"), Netns("", "ns2"), Netns("", "ns3")])
    assert refused.value.subject.endswith("ns3")
    assert set(lab.handles) - {Netns("", "ns3")} == handles - {Netns("", "ns3")}
    assert (await lab.run(DEFAULT, ["ls", "/run/netns"])).stdout == b"ns3\n"


async def test_what_is_not_there_is_an_error_that_names_it(lab):
    await lab.keeper.add_hosts([""])
    for request in (
        lab.keeper.add_netns([Netns("host9", "ns1")]),
        lab.keeper.remove_hosts(["host9"]),
        lab.keeper.read_sysctls([Netns("host9", "")]),
        lab.run(Netns("host9", ""), ["true"]),
    ):
        with pytest.raises(AgentError, match="host9: There is no such host"):
            await request
    with pytest.raises(AgentError, match="ns1: There is no such namespace"):
        await lab.keeper.remove_netns([NS1])


async def test_a_namespace_that_is_removed_takes_its_processes_with_it(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    sleeping = asyncio.ensure_future(lab.run(NS1, ["sleep", "60"]))
    elsewhere = asyncio.ensure_future(lab.run(DEFAULT, ["sleep", "1"]))
    await asyncio.sleep(0.1)
    await lab.keeper.remove_netns([NS1])
    assert (await sleeping).code == 128 + signal.SIGKILL
    assert NS1 not in lab.handles
    assert (await lab.run(DEFAULT, ["ls", "/run/netns"])).stdout == b""
    assert (await elsewhere).code == 0


async def test_a_host_that_is_removed_takes_all_of_it_along(lab):
    await lab.keeper.add_hosts(["host1", "host2"])
    await lab.keeper.add_netns([Netns("host1", "ns1"), Netns("host2", "ns1")])
    sleeping = asyncio.ensure_future(lab.run(Netns("host1", "ns1"), ["sleep", "60"]))
    await asyncio.sleep(0.1)
    await lab.keeper.remove_hosts(["host1"])
    assert (await sleeping).code == 128 + signal.SIGKILL
    assert set(lab.handles) == {LANS, Netns("host2", ""), Netns("host2", "ns1")}
    await lab.keeper.add_hosts(["host1"])
    assert Netns("host1", "") in lab.handles


async def test_namespaces_made_and_deleted_by_hand_come_and_go(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    assert (await lab.run(DEFAULT, ["ip", "netns", "add", "byhand"])).code == 0
    await asyncio.sleep(0.1)
    assert Netns("", "byhand") in lab.handles
    assert (await lab.run(DEFAULT, ["ip", "netns", "del", "byhand"])).code == 0
    assert (await lab.run(DEFAULT, ["ip", "netns", "del", "ns1"])).code == 0
    await asyncio.sleep(0.1)
    assert set(lab.handles) == {LANS, DEFAULT}


async def test_a_namespace_made_anew_by_hand_is_another(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    before = os.fstat(lab.handles[NS1].fd).st_ino
    await lab.run(DEFAULT, ["bash", "-c", "ip netns del ns1; ip netns add other; ip netns add ns1"])
    await asyncio.sleep(0.1)
    assert os.fstat(lab.handles[NS1].fd).st_ino != before


async def test_five_hundred_namespaces(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns(MANY)
    assert lab.handles.keys() >= set(MANY)
    assert len({os.fstat(handle.fd).st_ino for handle in lab.handles.values()}) == 502
    began = time.monotonic()
    await lab.end()
    assert time.monotonic() - began < 0.2


# Descriptors


async def test_descriptors_are_closed_on_exec(lab):
    await lab.keeper.add_hosts([""])
    inside = await lab.run(DEFAULT, ["ls", "/proc/self/fd"])
    assert inside.stdout.split() == [b"0", b"1", b"2", b"3"]  # 3 is the directory itself
    handle = lab.handles[DEFAULT]
    for fd in (handle.fd, handle.rtnl.fileno()):
        assert not os.get_inheritable(fd)
        assert handle.rtnl.getblocking() is False


@pytest.mark.parametrize("short", ["agent", "controller"])
async def test_too_few_descriptors_are_a_clear_error(directory, short):
    script = """
import resource
lab = await Lab.start("test")
await lab.keeper.add_hosts([""])
if sys.argv[2] == "controller":
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
try:
    await lab.keeper.add_netns([Netns("", f"ns{number}") for number in range(60)])
except Exception as error:
    print(error)
completed = await lab.run(Netns("", ""), ["bash", "-c", "ls /run/netns | wc -l"])
print(len(lab.handles), completed.stdout.decode())
"""

    def lower_limit() -> None:
        if short == "agent":
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

    process = controller(script, directory, short, preexec_fn=lower_limit)
    assert process.stdout
    first, second = process.stdout.readline(), process.stdout.readline()
    kill(process)
    assert first.startswith("Too many files are open" if short == "controller" else "Too many open files")
    assert first.endswith("Raise the limit of open files: ulimit -n\n")
    assert second == "2 0\n"


async def test_a_socket_is_opened_in_its_namespace(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    await lab.run(NS1, ["ip", "addr", "add", "10.1.2.3/32", "dev", "lo"])
    with await lab.keeper.open_socket(NS1, socket.AF_INET, socket.SOCK_DGRAM, 0) as opened:
        opened.bind(("10.1.2.3", 0))
    with await lab.keeper.open_socket(DEFAULT, socket.AF_INET, socket.SOCK_DGRAM, 0) as opened, pytest.raises(OSError, match="assign"):
        opened.bind(("10.1.2.3", 0))


# Commands


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["true"], 0, ""),
        (["bash", "-c", "exit 3"], 3, ""),
        (["bash", "-c", "kill -TERM $$"], 128 + signal.SIGTERM, ""),
        (["no-such-command"], 127, "no-such-command: No such file or directory\n"),
        (["/usr"], 126, "/usr: Permission denied\n"),
    ],
)
async def test_exit_codes_are_a_shells(lab, argv, code, message):
    await lab.keeper.add_hosts([""])
    completed = await lab.run(DEFAULT, argv)
    assert (completed.code, completed.stderr.decode()) == (code, message)


async def test_a_command_that_is_given_up_is_killed(lab):
    await lab.keeper.add_hosts([""])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await lab.run(DEFAULT, ["bash", "-c", "sleep 60 & sleep 60"])
    assert machine.wait_until(lambda: len(machine.processes_of(lab.keeper.pid)) == 1)


async def test_of_what_a_command_leaves_behind_nobody_is_told(lab):
    """It may be any number, and its process ids are given to later commands."""
    await lab.keeper.add_hosts([""])
    left = (await lab.run(DEFAULT, ["sh", "-c", "sleep 0.05 >/dev/null 2>&1 & echo $!"])).stdout.decode().strip()
    assert (await lab.run(DEFAULT, ["sh", "-c", f"while kill -0 {left}; do sleep 0.01; done 2>/dev/null"])).code == 0
    assert not lab.keeper._early_exits


async def test_a_command_has_a_small_environment_of_its_own(lab):
    await lab.keeper.add_hosts([""])
    completed = await lab.run(DEFAULT, ["bash", "-c", "pwd; env | cut -d= -f1 | sort"], environment={"TERM": "xterm"})
    assert completed.stdout.decode().split() == ["/root", "HOME", "LANG", "NODE", "PATH", "PWD", "SHLVL", "TERM", "USER", "_"]


async def test_commands_are_killed_with_the_lab(lab):
    await lab.keeper.add_hosts([""])
    command = asyncio.ensure_future(lab.run(DEFAULT, ["sleep", "60"]))
    await asyncio.sleep(0.1)
    processes = machine.processes_of(lab.keeper.pid)
    assert len(processes) == 2
    await lab.end()
    with pytest.raises(LabGoneError):
        await command
    assert machine.wait_until(lambda: not any(map(machine.is_alive, processes)))


async def test_the_labs_root_does_not_reach_the_agent(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.set_record(b"base")
    for signal_name in ("KILL", "TERM", "INT", "HUP", "CHLD"):
        await lab.run(DEFAULT, ["bash", "-c", f"kill -{signal_name} 1"])
    for reach in (
        "ls /proc/1/fd",
        "head -c 1 /proc/1/mem",
        "readlink /proc/1/exe",
        "nsenter -t 1 -m true",
        "echo 9 >/proc/1/oom_score_adj",
    ):
        completed = await lab.run(DEFAULT, ["bash", "-c", reach])
        assert completed.code != 0, reach
    assert await lab.keeper.get_record() == b"base"


# The record, and who may die without whom


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
    await lab.keeper.add_netns(MANY[:50])
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
