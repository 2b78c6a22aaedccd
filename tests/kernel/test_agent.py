"""The agent and its controller: namespaces, descriptors, commands, requests that are refused."""

import asyncio
import os
import re
import resource
import signal
import socket
import subprocess
import time
from contextlib import suppress

import pytest

from labs.document.sysctls import SYSCTLS
from labs.kernel.errors import AgentError, LabGoneError
from labs.kernel.netns import LANS
from labs.network.state import Netns
from tests.kernel import machine
from tests.kernel.controller import controller, kill

DEFAULT = Netns("", "")
NS1 = Netns("", "ns1")
MANY = [Netns("", f"ns{number}") for number in range(500)]


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


@pytest.mark.parametrize(
    "command",
    [
        "sysctl net.ipv4.ip_default_ttl=9",
        "(sleep 0.3; sysctl net.ipv4.ip_default_ttl=9) &",
        "setsid sh -c 'sleep 0.3; sysctl net.ipv4.ip_default_ttl=9' &",
    ],
    ids=["at once", "later, in the background", "later, in a session of its own"],
)
async def test_what_any_process_of_the_lab_writes_is_read(lab, command):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    key = "net.ipv4.ip_default_ttl"
    assert await lab.keeper.read_sysctls([NS1], [key]) == {NS1: {key: 64}}
    assert (await lab.run(NS1, ["sh", "-c", f"exec >/dev/null 2>&1; {command}"])).code == 0
    assert (await lab.keeper.read_sysctls([NS1], [key]))[NS1][key] in ((9,) if "sleep" not in command else (9, 64))
    await asyncio.sleep(0.6)
    assert await lab.keeper.read_sysctls([NS1], [key]) == {NS1: {key: 9}}
    await lab.keeper.write_sysctls([(NS1, key, 10)])
    assert await lab.keeper.read_sysctls([NS1], [key]) == {NS1: {key: 10}}


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user of the machine cannot enter a lab")
async def test_what_is_written_from_outside_of_the_lab_is_read_within_three_seconds(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    key = "net.ipv4.ip_default_ttl"
    assert await lab.keeper.read_sysctls([NS1], [key]) == {NS1: {key: 64}}
    fd = lab.keeper.handles[NS1].fd
    enter = ["nsenter", f"--user=/proc/{lab.keeper.pid}/ns/user", f"--net=/proc/self/fd/{fd}"]
    await asyncio.to_thread(subprocess.run, [*enter, "sysctl", "-q", f"{key}=9"], check=True, pass_fds=[fd])
    await asyncio.sleep(3.1)
    assert await lab.keeper.read_sysctls([NS1], [key]) == {NS1: {key: 9}}


async def test_a_change_of_a_sysctl_is_told_to_who_watches_it(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    told = asyncio.Event()
    watching = asyncio.create_task(lab.keeper.watch_sysctls(["net.ipv4.ip_default_ttl"], told.set))

    async def is_told(*command: str, within: float) -> bool:
        told.clear()
        assert (await lab.run(NS1, command)).code == 0
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), within)
        return told.is_set()

    assert not await is_told("true", within=1)
    assert await is_told("sysctl", "net.ipv4.ip_default_ttl=9", within=2)
    assert await is_told("sysctl", "net.ipv4.ip_default_ttl=10", within=2)
    assert not await is_told("sysctl", "net.ipv4.icmp_echo_ignore_all=1", within=1)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    lab.keeper._on_sysctls = told.set
    assert not await is_told("sysctl", "net.ipv4.ip_default_ttl=11", within=1)


async def test_who_watches_sysctls_is_told_that_the_lab_has_ended(lab):
    watching = asyncio.create_task(lab.keeper.watch_sysctls(["net.ipv4.ip_default_ttl"], lambda: None))
    await asyncio.sleep(0)
    os.kill(lab.keeper.pid, signal.SIGKILL)
    with pytest.raises(LabGoneError):
        await watching


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
    cause = "Too many files are open" if short == "controller" else r"(/\S+: )?Too many open files"  # and which file, if it was one
    assert re.fullmatch(cause + r"\b.*Raise the limit of open files: ulimit -n\n", first)
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
