"""A lab is a Linux machine of its own. `test_sandbox_as_user` repeats this file, and that on the agent, as an ordinary user."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labs.kernel import isolation, sandbox
from labs.kernel.errors import AgentError, LabExistsError
from labs.kernel.lab import Completed, Lab
from labs.kernel.limits import Limits
from labs.network.state import Netns
from tests.kernel import machine

ROOT = Path(__file__).parents[2]
NS = Netns("", "ns1")
HOST1, HOST2 = Netns("host1", ""), Netns("host2", "")
NS1 = Netns("host1", "ns1")


async def shell(lab: Lab, netns: Netns, script: str) -> Completed:
    return await lab.run(netns, ["bash", "-c", script])


async def output(lab: Lab, netns: Netns, script: str) -> str:
    completed = await shell(lab, netns, f"set -e; {script}")
    assert completed.code == 0, completed
    return completed.stdout.decode().strip()


# Nothing of the machine


async def test_the_machine_stays_as_it_is():
    before = machine.snapshot()
    lab = await Lab.start("test")
    await lab.keeper.add_hosts(["", "host1"])
    await lab.keeper.add_netns([Netns("", "ns1"), NS1])
    await lab.keeper.write_sysctls([(HOST1, "net.ipv4.ip_forward", 1)])
    await output(
        lab, HOST1, "ip netns add byhand; ip link add br9 type bridge; sysctl -qw net.ipv4.ip_default_ttl=9; mount -t tmpfs t /mnt"
    )
    during = machine.snapshot()
    await lab.end()
    assert during == before
    assert machine.snapshot() == before


async def test_root_in_a_lab_is_nobody_on_the_machine(lab):
    await lab.keeper.add_hosts([""])
    assert await output(lab, Netns("", ""), "id -u; id -g; id -G") == "0\n0\n0"
    (agent, *_) = machine.processes_of(lab.keeper.pid)
    seen = machine.user_id(agent)
    if os.geteuid() == 0:
        assert sandbox.FIRST_ID <= seen < sandbox.FIRST_ID + sandbox.ID_SLOTS * sandbox.IDS_EACH
    else:
        assert seen == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has one id for all labs")
async def test_each_lab_has_user_ids_of_its_own(lab):
    other = await Lab.start("test")
    ids = {machine.user_id(lab.keeper.pid), machine.user_id(other.keeper.pid)}
    await other.end()
    assert len(ids) == 2


@pytest.mark.parametrize("path", ["/usr/x", "/usr/bin/x", "/bin/x", "/lib/x", "/etc/x", "/x", "/dev/x"])
async def test_the_root_is_read_only(lab, path):
    await lab.keeper.add_hosts([""])
    completed = await shell(lab, Netns("", ""), f"touch {path}")
    assert completed.code == 1
    assert b"Read-only file system" in completed.stderr


async def test_the_root_stays_read_only_when_it_is_remounted(lab):
    await lab.keeper.add_hosts([""])
    assert (await shell(lab, Netns("", ""), "mount -o remount,rw,bind /usr")).code != 0
    assert (await shell(lab, Netns("", ""), "touch /usr/x")).code != 0


async def test_the_machines_files_are_out_of_sight(lab):
    await lab.keeper.add_hosts([""])
    entries = set((await output(lab, Netns("", ""), "ls -A /")).split())
    assert entries <= {
        ".sys",
        "bin",
        "dev",
        "etc",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "mnt",
        "proc",
        "root",
        "run",
        "sbin",
        "sys",
        "tmp",
        "usr",
        "var",
    }
    assert await output(lab, Netns("", ""), "ls -A /root /tmp") == "/root:\n\n/tmp:"
    assert "shadow" not in (await output(lab, Netns("", ""), "ls /etc")).split()


async def test_no_setuid_gain(lab):
    await lab.keeper.add_hosts([""])
    assert "NoNewPrivs:\t1" in await output(lab, Netns("", ""), "cat /proc/self/status")
    flags = await output(lab, Netns("", ""), "findmnt -no OPTIONS -T /usr/bin/mount")
    assert {"ro", "nosuid", "nodev"} <= set(flags.split(","))


async def test_devices(lab):
    await lab.keeper.add_hosts([""])
    devices = (await output(lab, Netns("", ""), "ls /dev")).split()
    assert devices == ["fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"]
    assert await output(lab, Netns("", ""), "head -c 3 /dev/zero | wc -c; echo gone >/dev/null; head -c 1 /dev/urandom | wc -c") == "3\n1"


async def test_processes_of_the_machine_are_out_of_sight(lab):
    await lab.keeper.add_hosts([""])
    assert {int(pid) for pid in (await output(lab, Netns("", ""), "cd /proc; echo [0-9]*")).split()} < set(range(1, 20))


# Several labs, several hosts


async def test_two_labs_with_the_same_names():
    labs = [await Lab.start("test"), await Lab.start("test")]
    for number, lab in enumerate(labs):
        await lab.keeper.add_hosts(["host1"])
        await lab.keeper.add_netns([NS1])
        await output(lab, NS1, f"ip link add br0 type bridge; ip link set br0 up; ip addr add 10.0.0.{number + 1}/24 dev br0")
    seen = [await output(lab, NS1, "ip -br -4 addr show br0") for lab in labs]
    for lab in labs:
        await lab.end()
    assert [line.split()[-1] for line in seen] == ["10.0.0.1/24", "10.0.0.2/24"]


async def test_hosts_with_the_same_namespace_names(lab):
    await lab.keeper.add_hosts(["host1", "host2"])
    await lab.keeper.add_netns([NS1, Netns("host2", "ns1")])
    await output(lab, HOST2, "ip netns exec ns1 ip link add br0 type bridge")
    assert await output(lab, HOST1, "ip netns list") == "ns1"
    assert "br0" not in await output(lab, HOST1, "ip netns exec ns1 ip link")
    assert "br0" in await output(lab, HOST2, "ip netns exec ns1 ip link")


async def test_each_host_has_a_name_and_files_of_its_own(lab):
    await lab.keeper.add_hosts(["", "host1", "host2"])
    names = [await output(lab, netns, "hostname; touch /root/x /tmp/x /run/x") for netns in (Netns("", ""), HOST1)]
    assert names == ["host", "host1"]
    assert await output(lab, HOST2, "hostname; ls -A /root /tmp /run") == "host2\n/root:\n\n/run:\nnetns\n\n/tmp:"


# As in a textbook


TEXTBOOK = """
ip netns add ns1
ip netns add ns2
ip link add veth-ns1 type veth peer name veth-ns1-br
ip link add veth-ns2 type veth peer name veth-ns2-br
ip link set veth-ns1 netns ns1
ip link set veth-ns2 netns ns2
brctl addbr br0
brctl addif br0 veth-ns1-br
brctl addif br0 veth-ns2-br
ip link set br0 up
ip link set veth-ns1-br up
ip link set veth-ns2-br up
ip netns exec ns1 ip addr add 192.168.1.1/24 dev veth-ns1
ip -n ns2 addr add 192.168.1.2/24 dev veth-ns2
ip netns exec ns1 ip link set veth-ns1 up
ip -n ns2 link set veth-ns2 up
ip netns exec ns1 ping -c 1 -W 2 192.168.1.2
"""


@pytest.mark.parametrize("host", ["", "host1"])
async def test_the_commands_of_a_textbook(lab, host):
    await lab.keeper.add_hosts([host])
    assert "1 received" in await output(lab, Netns(host, ""), TEXTBOOK)
    assert re.search(r"br0\s+\S+\s+no\s+veth-ns1-br\s+veth-ns2-br", await output(lab, Netns(host, ""), "brctl show"))


async def test_what_is_set_by_hand_in_a_host_goes_on_to_namespaces_made_by_hand(lab):
    await lab.keeper.add_hosts(["host1", "host2"])
    await lab.keeper.write_sysctls([(HOST2, "net.ipv4.ip_forward", 1)])
    forward = "net.ipv4.ip_forward = 1"
    typed = f"echo {forward} > /etc/sysctl.d/30-ipforward.conf; sysctl -qp /etc/sysctl.d/30-ipforward.conf; ip netns add ns1"
    await output(lab, HOST1, typed)
    await output(lab, HOST2, "ip netns add ns1")
    await asyncio.sleep(0.1)
    assert await output(lab, Netns("host1", "ns1"), "sysctl net.ipv4.ip_forward") == forward
    assert await output(lab, Netns("host2", "ns1"), "sysctl -n net.ipv4.ip_forward; ls /etc/sysctl.d") == "0"


async def test_a_command_in_a_namespace_sees_that_namespace(lab):
    await lab.keeper.add_hosts(["host1"])
    await lab.keeper.add_netns([NS1])
    await output(lab, NS1, "ip link add br1 type bridge")
    assert await output(lab, NS1, "ls /sys/class/net; ip netns identify; hostname") == "br1\nlo\nns1\nhost1"
    assert await output(lab, HOST1, "ls /sys/class/net; ip netns identify") == "lo"


async def test_a_namespace_made_by_hand_is_seen_in_all_terminals_of_its_host(lab):
    await lab.keeper.add_hosts(["host1", "host2"])
    await lab.keeper.add_netns([NS1])
    await output(lab, NS1, "ip netns add here")
    await output(lab, HOST1, "ip netns add there")
    for netns in (HOST1, NS1):
        assert set((await output(lab, netns, "ip netns exec here true; ip netns exec there true; ls /run/netns")).split()) == {
            "ns1",
            "here",
            "there",
        }
    assert await output(lab, HOST2, "ls /run/netns") == ""


async def test_unshare_in_a_lab(lab):
    await lab.keeper.add_hosts([""])
    assert await output(lab, Netns("", ""), "unshare -Urnm bash -c 'ip link set lo up; ping -qc 1 ::1 >/dev/null; id -u'") == "0"


# Limits


async def test_limits_are_told_and_hold():
    lab = await Lab.start("test", limits=Limits(memory=256 << 20, processes=40, cpus=1.0))
    await lab.keeper.add_hosts([""])
    assert set(lab.keeper.limits) == {"memory", "processes", "cpu"}
    hungry = await lab.run(Netns("", ""), ["perl", "-e", "$x = 'x' x (1 << 30); print 'fed'"])
    assert (hungry.code != 0, hungry.stdout) == (True, b"")
    bomb = await lab.run(Netns("", ""), ["perl", "-e", "for (1..100) { $p = fork; die $! unless defined $p; sleep 60 unless $p }"])
    assert bomb.stderr.startswith(b"Resource temporarily unavailable")
    await lab.keeper.add_netns([NS])
    await lab.end()


async def test_the_number_of_namespaces_is_limited():
    lab = await Lab.start("test", limits=Limits(namespaces=6))
    await lab.keeper.add_hosts(["", "host1"])
    with pytest.raises(AgentError, match="No space left"):
        await lab.keeper.add_netns([Netns("", f"ns{number}") for number in range(9)])
    await shell(lab, Netns("", ""), "echo 99 >/proc/sys/user/max_net_namespaces")
    byhand = await shell(lab, Netns("", ""), "for i in {1..9}; do ip netns add ns$i && echo made; done")
    assert byhand.stdout.count(b"made") < 6
    assert len(lab.handles) <= 6
    await lab.end()


# The kernel


async def test_a_link_out_of_the_lab_is_refused(lab):
    await lab.keeper.add_hosts(["host1", "host2"])
    machines = os.open("/proc/self/ns/net", os.O_RDONLY)
    assert not isolation.reaches(lab.handles[HOST1].rtnl, machines)  # though this process is root: the socket was opened in the lab
    os.close(machines)
    assert isolation.reaches(lab.handles[HOST1].rtnl, lab.handles[HOST2].fd)
    assert await output(lab, HOST1, "ls /sys/class/net") == "lo"


REFUSED = """
import asyncio
from labs.kernel.lab import Lab
asyncio.run(Lab.start("test"))
"""


def test_where_user_namespaces_are_forbidden_it_is_said_how_to_allow_them():
    script = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" -c "$1"'
    completed = subprocess.run(
        ["unshare", "-Ur", "bash", "-c", script, sys.executable, REFUSED], capture_output=True, text=True, check=False, cwd=ROOT
    )
    last = completed.stderr.splitlines()[-1]
    assert last.startswith("labs.kernel.errors.SandboxError: This machine does not let us make a lab's sandbox")
    assert last.endswith("Allow user namespaces: sysctl -w user.max_user_namespaces=16384")


# Names


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "a b", "x" * 61, "名"])
async def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(ValueError, match="cannot name a lab"):
        await Lab.start(name)


async def test_a_lab_of_this_name_runs_already(directory):
    lab = await Lab.start("test", directory=directory)
    with pytest.raises(LabExistsError):
        await Lab.start("test", directory=directory)
    await lab.keeper.add_hosts([""])  # it is still ours
    await lab.end()
